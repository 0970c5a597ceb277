#include "photos.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 8, SHARE = 5 }; /* at most one photo in SHARE is held back */

struct photos {
    char **path;
    size_t count, held;
    uint32_t size;
    size_t batch;
    uint64_t seed;
    nst_image *now[PHOTOS_BATCH], *next[PHOTOS_BATCH];
    uint64_t step; /* of NEXT */
    pthread_t thread;
    bool running;
    char *error; /* of the thread; NULL: none */
};

/* ---- The folder ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Moves photos to the front, evenly from all over the folder: its first ones are often of one kind. */
static void hold_back(photos *p)
{
    const size_t share = p->count / SHARE;
    p->held = share < PHOTOS_SHOWN ? 0 : share < PHOTOS_HELD ? share : PHOTOS_HELD;
    for (size_t i = 0; i < p->held; i++) {
        const size_t from = (2 * i + 1) * p->count / (2 * p->held);
        char *path = p->path[from];
        memmove(p->path + i + 1, p->path + i, (from - i) * sizeof *p->path);
        p->path[i] = path;
    }
}

static int list(photos *p, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) return complain(EXIT_INPUT, "--photos %s: %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *end = ending(entry->d_name);
        if (!*end || !nst_image_type(end + 1)) continue;
        p->path = grow(p->path, p->count + 1, sizeof *p->path);
        p->path[p->count++] = print_text("%s/%s", folder, entry->d_name);
    }
    closedir(dir);
    if (p->count < 2)
        return complain(EXIT_INPUT, "--photos %s: expected a folder of pictures, a hundred or more, found %zu", folder,
                        p->count);
    qsort(p->path, p->count, sizeof *p->path, compare);
    hold_back(p);
    return EXIT_DONE;
}

int photos_open(photos **out, const char *folder, uint32_t size, size_t batch, uint64_t seed)
{
    photos *p = grow(NULL, 1, sizeof *p);
    *p = (photos){.size = size, .batch = batch, .seed = seed};
    const int code = list(p, folder);
    if (code) {
        photos_close(p);
        p = NULL;
    }
    *out = p;
    return code;
}

static void drop(photos *p, nst_image **images)
{
    for (size_t i = 0; i < p->batch; i++) {
        nst_image_destroy(images[i]);
        images[i] = NULL;
    }
}

void photos_close(photos *p)
{
    if (!p) return;
    if (p->running) pthread_join(p->thread, NULL);
    drop(p, p->now);
    drop(p, p->next);
    for (size_t i = 0; i < p->count; i++)
        free(p->path[i]);
    free(p->path);
    free(p->error);
    free(p);
}

size_t photos_count(const photos *p)
{
    return p->count - p->held;
}

size_t photos_judged(const photos *p)
{
    return p->held > 0 ? p->held : PHOTOS_SHOWN;
}

bool photos_holds(const photos *p)
{
    return p->held > 0;
}

/* ---- Crops ---- */

/* SplitMix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void mirror(nst_image *image)
{
    const size_t width = nst_image_width(image), height = nst_image_height(image);
    for (size_t i = 0; i < height; i++) {
        float *row = nst_image_mutable_pixels(image) + i * width * 3;
        for (size_t j = 0; j < width / 2; j++)
            for (size_t c = 0; c < 3; c++) {
                const float pixel = row[j * 3 + c];
                row[j * 3 + c] = row[(width - 1 - j) * 3 + c];
                row[(width - 1 - j) * 3 + c] = pixel;
            }
    }
}

/* The square of SIDE pixels at (LEFT, TOP), resized to the size of the crops. */
static nst_status cut(const photos *p, nst_image **out, const nst_image *photo, uint32_t left, uint32_t top,
                      uint32_t side)
{
    const size_t width = nst_image_width(photo);
    nst_image *square;
    nst_status status = nst_image_from_f32(&square, nst_image_pixels(photo) + (top * width + left) * 3, side, side, 3,
                                           width * 3 * sizeof(float));
    if (status != NST_OK) return status;
    status = nst_image_resize(out, square, p->size, p->size);
    nst_image_destroy(square);
    return status;
}

/* A random square of a random photo: at least half as large as the photo allows, and if possible not enlarged. */
static nst_status crop(const photos *p, nst_image **out, uint64_t *random)
{
    nst_image *photo;
    *out = NULL;
    const nst_status status = nst_image_load(&photo, p->path[p->held + draw(random) % photos_count(p)], 0);
    if (status != NST_OK) return status;
    const uint32_t width = nst_image_width(photo), height = nst_image_height(photo);
    const uint32_t most = width < height ? width : height, half = (most + 1) / 2;
    const uint32_t least = most < p->size ? most : half < p->size ? p->size : half;
    const uint32_t side = least + (uint32_t)(draw(random) % (most - least + 1));
    const uint32_t left = (uint32_t)(draw(random) % (width - side + 1));
    const uint32_t top = (uint32_t)(draw(random) % (height - side + 1));
    const nst_status made = cut(p, out, photo, left, top, side);
    nst_image_destroy(photo);
    if (made == NST_OK && draw(random) % 2) mirror(*out);
    return made;
}

/* What is drawn depends on seed, step and place alone. */
static void *read_step(void *user)
{
    photos *p = user;
    for (size_t i = 0; i < p->batch; i++) {
        uint64_t random = p->seed ^ (p->step * PHOTOS_BATCH + i) * 0xd1342543de82ef95u;
        nst_status status = NST_ERR_NOT_FOUND;
        for (int trial = 0; trial < TRIALS && status != NST_OK; trial++)
            status = crop(p, &p->next[i], &random);
        if (status == NST_OK || p->error) continue;
        p->error = print_text("%s", nst_last_error());
    }
    return NULL;
}

static void begin(photos *p, uint64_t step)
{
    p->step = step;
    p->running = pthread_create(&p->thread, NULL, read_step, p) == 0;
    if (!p->running) read_step(p);
}

int photos_next(photos *p, uint64_t step, nst_image *const **out)
{
    if (p->running) pthread_join(p->thread, NULL);
    p->running = false;
    drop(p, p->now);
    if (p->step != step || !p->next[0]) {
        drop(p, p->next);
        p->step = step;
        read_step(p);
    }
    if (p->error) return complain(EXIT_INPUT, "--photos: %s", p->error);
    memcpy(p->now, p->next, sizeof p->now);
    memset(p->next, 0, sizeof p->next);
    begin(p, step + 1);
    *out = p->now;
    return EXIT_DONE;
}

int photos_held(photos *p, size_t index, nst_image **out)
{
    nst_image *photo;
    *out = NULL;
    nst_status status = nst_image_load(&photo, p->path[index % p->count], 0);
    if (status != NST_OK) return complain_of(status);
    const uint32_t width = nst_image_width(photo), height = nst_image_height(photo);
    const uint32_t side = width < height ? width : height;
    status = cut(p, out, photo, (width - side) / 2, (height - side) / 2, side);
    nst_image_destroy(photo);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}
