/*
 * An application that embeds libnst: a worker thread paints, the application's own thread stays free, shows how far
 * it is, and may stop it; all memory comes from the application's own budget.
 *     cc embed.c -pthread $(pkg-config --cflags --libs nst)
 *     embed town.jpg painting.jpg result.png [MEGABYTES [SECONDS]]
 */
#include <nst/nst.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- The application's memory: a budget, kept in front of each block ---- */

typedef struct budget {
    _Atomic size_t used, peak;
    size_t limit;
} budget;

typedef union header {
    size_t size;
    max_align_t align;
} header;

static int take(budget *b, size_t size)
{
    size_t used = atomic_fetch_add(&b->used, size) + size;
    if (used > b->limit) {
        atomic_fetch_sub(&b->used, size);
        return 0;
    }
    for (size_t peak = atomic_load(&b->peak); used > peak;)
        if (atomic_compare_exchange_weak(&b->peak, &peak, used)) break;
    return 1;
}

static void *allocate(size_t size, void *user)
{
    header *block = NULL;
    if (size > SIZE_MAX - sizeof *block || !take(user, size)) return NULL;
    block = malloc(sizeof *block + size);
    if (!block) {
        atomic_fetch_sub(&((budget *)user)->used, size);
        return NULL;
    }
    block->size = size;
    return block + 1;
}

static void release(void *block, void *user)
{
    if (!block) return;
    header *head = (header *)block - 1;
    atomic_fetch_sub(&((budget *)user)->used, head->size);
    free(head);
}

static void *resize(void *block, size_t size, void *user)
{
    header *head = (header *)block - 1;
    const size_t before = head->size;
    if (size > SIZE_MAX - sizeof *head || !take(user, size)) return NULL;
    header *moved = realloc(head, sizeof *head + size);
    atomic_fetch_sub(&((budget *)user)->used, moved ? before : size);
    if (!moved) return NULL;
    moved->size = size;
    return moved + 1;
}

/* ---- The job ---- */

typedef struct job {
    const char *content, *style, *result;
    nst_transfer *transfer;
    pthread_mutex_t lock; /* of what is below: written by the painter, read by the application */
    double fraction, total;
    int width, height;
    nst_status status;
    char message[256];
    atomic_int done;
} job;

/* On the painting thread, after each evaluation: quick, and no call that sets anything. */
static int on_progress(nst_transfer *transfer, void *user)
{
    job *j = user;
    pthread_mutex_lock(&j->lock);
    j->fraction = nst_transfer_progress(transfer, NST_PROGRESS_FRACTION);
    j->total = nst_transfer_progress(transfer, NST_PROGRESS_TOTAL);
    j->width = (int)nst_transfer_progress(transfer, NST_PROGRESS_WIDTH);
    j->height = (int)nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT);
    pthread_mutex_unlock(&j->lock);
    return 0;
}

static nst_status prepare(job *j)
{
    nst_image *content = NULL, *style = NULL;
    nst_model *model = NULL;
    nst_status status = nst_image_load(&content, j->content, 0);
    if (!status) status = nst_image_load(&style, j->style, 0);
    if (!status) status = nst_model_load(&model, NULL);
    if (!status) status = nst_transfer_create(&j->transfer, model);
    if (!status) status = nst_transfer_set_int(j->transfer, NST_PARAM_SIZE, 0);
    if (!status) status = nst_transfer_set_content(j->transfer, content);
    if (!status) status = nst_transfer_add_style(j->transfer, style, 1.0);
    if (!status) status = nst_transfer_set_progress(j->transfer, on_progress, j);
    nst_model_destroy(model); /* the transfer has what it needs */
    nst_image_destroy(style);
    nst_image_destroy(content);
    return status;
}

static void *paint(void *user)
{
    job *j = user;
    nst_image *result = NULL;
    j->status = nst_transfer_run(&result, j->transfer, NULL);
    if (!j->status) j->status = nst_image_save(result, j->result);
    if (j->status) /* the message belongs to this thread: it is copied before the thread ends */
        snprintf(j->message, sizeof j->message, "%s", nst_last_error());
    nst_image_destroy(result);
    atomic_store(&j->done, 1);
    return NULL;
}

/* The application's own loop: here it only prints, ten times a second. */
static void wait_for(job *j, double seconds)
{
    const struct timespec tick = {0, 100000000};
    double waited = 0;
    for (; !atomic_load(&j->done); waited += 0.1) {
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&j->lock);
        fprintf(stderr, "%3.0f %%, %d x %d, total %.4g\n", 100 * j->fraction, j->width, j->height, j->total);
        pthread_mutex_unlock(&j->lock);
        if (seconds > 0 && waited >= seconds)
            nst_transfer_cancel(j->transfer); /* the best picture so far is still saved */
    }
}

int main(int argc, char **argv)
{
    budget memory = {.limit = (size_t)(argc > 4 ? atoi(argv[4]) : 1024) << 20};
    const nst_allocator allocator = {
        .size = sizeof(nst_allocator), .allocate = allocate, .resize = resize, .release = release, .user = &memory};
    job j = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t painter;
    if (argc < 4) {
        fprintf(stderr, "usage: embed CONTENT STYLE RESULT [MEGABYTES [SECONDS]]\n");
        return 2;
    }
    j.content = argv[1];
    j.style = argv[2];
    j.result = argv[3];
    nst_allocator_set(&allocator); /* before the first handle exists */
    j.status = prepare(&j);
    if (j.status)
        snprintf(j.message, sizeof j.message, "%s", nst_last_error());
    else if (pthread_create(&painter, NULL, paint, &j) == 0) {
        wait_for(&j, argc > 5 ? atof(argv[5]) : 0);
        pthread_join(painter, NULL);
    }
    if (j.status)
        fprintf(stderr, "embed: %s\n", j.message);
    else
        printf("%s: %s, at most %.1f MB\n", j.result, nst_stop_text(nst_transfer_stop_reason(j.transfer)),
               (double)atomic_load(&memory.peak) / 1048576);
    nst_transfer_destroy(j.transfer);
    if (atomic_load(&memory.used) != 0) /* cannot be: all handles are gone */
        return 3;
    return j.status ? 1 : 0;
}
