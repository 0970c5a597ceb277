/* Engines that transfers share: the same bits, one set of threads, memory that is kept; threads and memory of the host. */
#include "unit/runner.h"

#include "base/parallel.h"
#include "transfer/transfer.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRANSFERS = 6 };

static nst_transfer *transfer_of(const nst_model *model, uint64_t seed, nst_engine *engine)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(44, 36, seed), *style = tiny_image(50, 44, seed + 50);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "22:4,44:4"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_engine(transfer, engine), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

static nst_engine *engine_of(int64_t threads)
{
    nst_engine *engine;
    ck_assert_int_eq(nst_engine_create(&engine), NST_OK);
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_THREADS, threads), NST_OK);
    return engine;
}

static bool alike(const nst_image *a, const nst_image *b)
{
    const size_t bytes = (size_t)nst_image_width(a) * nst_image_height(a) * 3 * sizeof(float);
    return nst_image_width(a) == nst_image_width(b) && memcmp(nst_image_pixels(a), nst_image_pixels(b), bytes) == 0;
}

START_TEST(parameters_are_those_of_engines_and_set_before_use)
{
    tiny_model tiny = tiny_model_make(1);
    nst_engine *engine = engine_of(3);
    nst_image *result;
    int64_t value;
    double number;
    const char *text;
    ck_assert_int_eq(nst_engine_set_text(engine, NST_PARAM_CONVOLUTION, "direct"), NST_OK);
    ck_assert_int_eq(nst_engine_get_text(engine, NST_PARAM_CONVOLUTION, &text), NST_OK);
    ck_assert_str_eq(text, "direct");
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_SIZE, 3), NST_ERR_ARGUMENT);
    ck_assert_str_eq(nst_last_error(),
                     "parameter of an engine: expected threads, simd, convolution or gemm, found size");
    ck_assert_int_eq(nst_engine_set_int(engine, (nst_param)7, 3), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_engine_get_int(engine, NST_PARAM_MEMORY_LIMIT, &value), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_THREADS, -1), NST_ERR_RANGE);
    ck_assert_int_eq(nst_engine_set_float(engine, NST_PARAM_THREADS, 2.5), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_engine_set_float(engine, NST_PARAM_THREADS, 2), NST_OK);
    ck_assert_int_eq(nst_engine_create(NULL), NST_ERR_ARGUMENT);

    nst_transfer *transfer = transfer_of(tiny.model, 1, engine);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 4), NST_ERR_STATE);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_THREADS, 4), NST_ERR_STATE);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_GEMM, "own"), NST_ERR_STATE);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_get_int(transfer, NST_PARAM_THREADS, &value), NST_OK);
    ck_assert_int_eq(value, 2);
    ck_assert_int_eq(nst_transfer_get_float(transfer, NST_PARAM_THREADS, &number), NST_OK);
    ck_assert_double_eq(number, 2);
    ck_assert_int_eq(nst_transfer_get_text(transfer, NST_PARAM_CONVOLUTION, &text), NST_OK);
    ck_assert_str_eq(text, "direct");

    ck_assert_int_eq(nst_transfer_run(&result, transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_engine_set_int(engine, NST_PARAM_THREADS, 4), NST_ERR_STATE);
    ck_assert_int_eq(nst_transfer_set_engine(transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 4), NST_OK);
    nst_image_destroy(result);
    nst_transfer_destroy(transfer);
    nst_engine_destroy(engine);
    nst_engine_destroy(NULL);
    tiny_model_destroy(&tiny);
}
END_TEST

struct painter {
    pthread_t thread;
    nst_transfer *transfer;
    nst_image *result;
    nst_status status;
};

static void *paint(void *argument)
{
    struct painter *painter = argument;
    painter->status = nst_transfer_run(&painter->result, painter->transfer, NULL);
    return NULL;
}

/* Six transfers in six threads on one engine, of one thread and of three: what each paints with an engine of its own. */
START_TEST(transfers_in_threads_paint_the_same_bits)
{
    tiny_model tiny = tiny_model_make(2);
    for (int64_t threads = 1; threads <= 3; threads += 2) {
        nst_engine *engine = engine_of(threads);
        struct painter painters[TRANSFERS];
        for (uint64_t i = 0; i < TRANSFERS; i++)
            painters[i] = (struct painter){.transfer = transfer_of(tiny.model, i, engine)};
        nst_engine_destroy(engine); /* the transfers hold it */
        for (int i = 0; i < TRANSFERS; i++)
            ck_assert_int_eq(pthread_create(&painters[i].thread, NULL, paint, &painters[i]), 0);
        for (uint64_t i = 0; i < TRANSFERS; i++) {
            ck_assert_int_eq(pthread_join(painters[i].thread, NULL), 0);
            ck_assert_int_eq(painters[i].status, NST_OK);
            struct painter alone = {.transfer = transfer_of(tiny.model, i, NULL)};
            paint(&alone);
            ck_assert(alike(painters[i].result, alone.result));
            nst_image_destroy(alone.result);
            nst_image_destroy(painters[i].result);
            nst_transfer_destroy(alone.transfer);
            nst_transfer_destroy(painters[i].transfer);
        }
    }
    tiny_model_destroy(&tiny);
}
END_TEST

static int paint_another(nst_transfer *transfer, void *user)
{
    struct painter *painter = user;
    uint64_t bytes;
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_ERR_STATE); /* and does not harm the run */
    if (!painter->result) paint(painter);
    return 0;
}

/* A run within the callback of another, on one engine. */
START_TEST(a_callback_may_run_another_transfer)
{
    tiny_model tiny = tiny_model_make(2);
    nst_engine *engine = engine_of(2);
    struct painter inner = {.transfer = transfer_of(tiny.model, 1, engine)};
    struct painter outer = {.transfer = transfer_of(tiny.model, 1, engine)};
    ck_assert_int_eq(nst_transfer_set_progress(outer.transfer, paint_another, &inner), NST_OK);
    paint(&outer);
    ck_assert(alike(inner.result, outer.result));
    nst_image_destroy(inner.result);
    nst_image_destroy(outer.result);
    nst_transfer_destroy(inner.transfer);
    nst_transfer_destroy(outer.transfer);
    nst_engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A place is returned after each call, and the next transfer gets it with its memory. */
START_TEST(memory_is_kept_for_the_next_transfer)
{
    tiny_model tiny = tiny_model_make(3);
    nst_engine *engine = engine_of(2);
    nst__engine *place, *again;
    struct painter painter = {.transfer = transfer_of(tiny.model, 1, engine)};
    paint(&painter);
    ck_assert_ptr_null(painter.transfer->engine);
    nst_image_destroy(painter.result);
    nst_transfer_destroy(painter.transfer);
    ck_assert_int_eq(nst__engine_enter(&place, engine), NST_OK);
    const size_t bytes = nst__engine_arena_bytes(place), floats = nst__engine_scratch_floats(place);
    const float *scratch = nst__engine_scratch(place, 0);
    const char *arena = nst__engine_arena(place);
    ck_assert_uint_gt(bytes, 0);
    ck_assert_uint_gt(floats, 0);
    nst__engine_leave(engine, place);

    painter = (struct painter){.transfer = transfer_of(tiny.model, 2, engine)};
    paint(&painter);
    nst_image_destroy(painter.result);
    nst_transfer_destroy(painter.transfer);
    ck_assert_int_eq(nst__engine_enter(&again, engine), NST_OK);
    ck_assert_ptr_eq(again, place);
    ck_assert_ptr_eq(nst__engine_scratch(again, 0), scratch);
    ck_assert_ptr_eq(nst__engine_arena(again), arena);
    ck_assert_uint_eq(nst__engine_arena_bytes(again), bytes);
    ck_assert_int_eq(nst_engine_trim(engine), NST_OK); /* not what is in use */
    ck_assert_uint_eq(nst__engine_arena_bytes(again), bytes);
    nst__engine_leave(engine, again);
    ck_assert_int_eq(nst_engine_trim(engine), NST_OK);
    ck_assert_uint_eq(nst__engine_arena_bytes(again), 0);
    ck_assert_uint_eq(nst__engine_scratch_floats(again), 0);
    ck_assert_int_eq(nst_engine_trim(NULL), NST_ERR_ARGUMENT);
    nst_engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- What the host gives ---- */

/* Bytes from the host's allocator: now, and at most. Each block has its size before it. */
struct counting {
    size_t now, most, blocks;
};

enum { HEAD = 64 };

static void *count_allocate(size_t size, void *user)
{
    struct counting *counting = user;
    char *block = malloc(size + HEAD);
    if (!block) return NULL;
    memcpy(block, &size, sizeof size);
    counting->now += size;
    counting->blocks++;
    if (counting->now > counting->most) counting->most = counting->now;
    return block + HEAD;
}

static void count_release(void *block, void *user)
{
    struct counting *counting = user;
    size_t size;
    if (!block) return;
    memcpy(&size, (char *)block - HEAD, sizeof size);
    counting->now -= size;
    free((char *)block - HEAD);
}

static void *count_resize(void *block, size_t size, void *user)
{
    (void)block;
    (void)size;
    (void)user;
    ck_abort_msg("the memory of an engine is never resized");
    return NULL;
}

static nst_allocator allocator_of(struct counting *counting)
{
    return (nst_allocator){.size = sizeof(nst_allocator),
                           .user = counting,
                           .allocate = count_allocate,
                           .resize = count_resize,
                           .release = count_release};
}

START_TEST(maps_come_from_the_allocator_of_the_engine)
{
    tiny_model tiny = tiny_model_make(3);
    nst_engine *engine = engine_of(2);
    struct counting counting = {0};
    nst_allocator allocator = allocator_of(&counting);
    allocator.size = 8;
    ck_assert_int_eq(nst_engine_set_allocator(engine, &allocator), NST_ERR_ARGUMENT);
    allocator.size = sizeof allocator;
    allocator.release = NULL;
    ck_assert_int_eq(nst_engine_set_allocator(engine, &allocator), NST_ERR_ARGUMENT);
    allocator.release = count_release;
    ck_assert_int_eq(nst_engine_set_allocator(engine, &allocator), NST_OK);
    struct painter painter = {.transfer = transfer_of(tiny.model, 1, engine)};
    struct painter alone = {.transfer = transfer_of(tiny.model, 1, NULL)};
    paint(&painter);
    paint(&alone);
    ck_assert(alike(painter.result, alone.result));
    ck_assert_uint_gt(counting.most, (size_t)44 * 36 * 3 * sizeof(float));
    ck_assert_uint_gt(counting.now, 0); /* kept */
    const size_t blocks = counting.blocks;
    nst_image_destroy(painter.result);
    paint(&painter);
    ck_assert_uint_eq(counting.blocks, blocks);
    ck_assert_int_eq(nst_engine_set_allocator(engine, NULL), NST_ERR_STATE);
    ck_assert_int_eq(nst_engine_trim(engine), NST_OK);
    ck_assert_uint_eq(counting.now, 0);
    nst_image_destroy(painter.result);
    nst_image_destroy(alone.result);
    nst_transfer_destroy(painter.transfer);
    nst_transfer_destroy(alone.transfer);
    nst_engine_destroy(engine);
    ck_assert_uint_eq(counting.now, 0);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A transfer under a limit on an engine that still has the memory of a larger one: it takes no more than it planned. */
START_TEST(a_limit_holds_on_a_shared_engine)
{
    tiny_model tiny = tiny_model_make(3);
    nst_engine *engine = engine_of(2);
    struct counting counting = {0};
    const nst_allocator allocator = allocator_of(&counting);
    nst_image *content = tiny_image(300, 260, 9);
    uint64_t whole, small;
    ck_assert_int_eq(nst_engine_set_allocator(engine, &allocator), NST_OK);
    struct painter painter = {.transfer = transfer_of(tiny.model, 1, engine)};
    ck_assert_int_eq(nst_transfer_set_content(painter.transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(painter.transfer, NST_PARAM_SIZES, "300:2"), NST_OK);
    /* The history of L-BFGS would give way before the tiles get small. */
    ck_assert_int_eq(nst_transfer_set_text(painter.transfer, NST_PARAM_OPTIMIZER, "adam"), NST_OK);
    paint(&painter);
    ck_assert_int_eq(nst_transfer_memory(&whole, painter.transfer, NULL), NST_OK);
    const size_t untiled = counting.now;
    nst_image_destroy(painter.result);

    /* A smaller run without a limit: what the engine keeps is in its figure. */
    struct painter little = {.transfer = transfer_of(tiny.model, 1, engine)};
    ck_assert_int_eq(nst_transfer_memory(&small, little.transfer, NULL), NST_OK);
    ck_assert_uint_gt(small, untiled);
    paint(&little);
    ck_assert_uint_eq(counting.now, untiled);
    nst_image_destroy(little.result);
    nst_transfer_destroy(little.transfer);

    const int64_t limit = (int64_t)whole - (int64_t)untiled / 3;
    ck_assert_int_eq(nst_transfer_set_int(painter.transfer, NST_PARAM_MEMORY_LIMIT, limit), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&small, painter.transfer, NULL), NST_OK);
    ck_assert_uint_le(small, (uint64_t)limit);
    paint(&painter);
    ck_assert_int_eq(painter.status, NST_OK);
    ck_assert_uint_le(counting.now, untiled - untiled / 3);
    nst_image_destroy(painter.result);
    nst_image_destroy(content);
    nst_transfer_destroy(painter.transfer);
    nst_engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A pool of the host: a thread for each call, or fewer calls than it is asked for. */
struct host_pool {
    int kind; /* 0: all calls in threads; 1: one after another, backwards; 2: the first alone; 3: none */
    int most; /* calls that it was asked for */
    size_t runs;
};

struct host_call {
    pthread_t thread;
    void (*task)(void *data, int index);
    void *data;
    int index;
};

static void *call(void *argument)
{
    const struct host_call *c = argument;
    c->task(c->data, c->index);
    return NULL;
}

static void run_in_threads(void (*task)(void *data, int index), void *data, int count)
{
    struct host_call calls[8];
    for (int i = 0; i < count; i++) {
        calls[i] = (struct host_call){.task = task, .data = data, .index = i};
        ck_assert_int_eq(pthread_create(&calls[i].thread, NULL, call, &calls[i]), 0);
    }
    for (int i = 0; i < count; i++)
        pthread_join(calls[i].thread, NULL);
}

static void run_host_pool(void (*task)(void *data, int index), void *data, int count, void *user)
{
    struct host_pool *pool = user;
    pool->runs++;
    if (count > pool->most) pool->most = count;
    if (pool->kind == 0) run_in_threads(task, data, count);
    for (int i = count; i-- > 0 && pool->kind == 1;)
        task(data, i);
    if (pool->kind == 2) task(data, 0);
}

START_TEST(a_runner_of_the_host_computes_the_same_bits)
{
    tiny_model tiny = tiny_model_make(3);
    struct painter alone = {.transfer = transfer_of(tiny.model, 1, NULL)};
    paint(&alone);
    for (int kind = 0; kind < 4; kind++) {
        nst_engine *engine = engine_of(3);
        struct host_pool pool = {.kind = kind};
        nst_runner runner = {.size = 8, .user = &pool, .run = run_host_pool};
        ck_assert_int_eq(nst_engine_set_runner(engine, &runner), NST_ERR_ARGUMENT);
        runner.size = sizeof runner;
        runner.run = NULL;
        ck_assert_int_eq(nst_engine_set_runner(engine, &runner), NST_ERR_ARGUMENT);
        runner.run = run_host_pool;
        ck_assert_int_eq(nst_engine_set_runner(engine, &runner), NST_OK);
        struct painter painter = {.transfer = transfer_of(tiny.model, 1, engine)};
        paint(&painter);
        ck_assert_int_eq(painter.status, NST_OK);
        ck_assert(alike(painter.result, alone.result));
        ck_assert_uint_gt(pool.runs, 0);
        ck_assert_int_eq(pool.most, 3);
        ck_assert_int_eq(nst_engine_set_runner(engine, NULL), NST_ERR_STATE);
        nst_image_destroy(painter.result);
        nst_transfer_destroy(painter.transfer);
        nst_engine_destroy(engine);
    }
    nst_image_destroy(alone.result);
    nst_transfer_destroy(alone.transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Cancelling and forks ---- */

/* One of two is cancelled by its flag while both compute: the other does not notice. */
START_TEST(a_cancelled_transfer_leaves_the_others_alone)
{
    tiny_model tiny = tiny_model_make(4);
    nst_engine *engine = engine_of(2);
    const volatile int32_t flag = 1;
    struct painter painters[2], alone = {.transfer = transfer_of(tiny.model, 1, NULL)};
    for (int i = 0; i < 2; i++)
        painters[i] = (struct painter){.transfer = transfer_of(tiny.model, 1, engine)};
    ck_assert_int_eq(nst_transfer_set_cancel_flag(painters[0].transfer, &flag), NST_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&painters[i].thread, NULL, paint, &painters[i]), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(painters[i].thread, NULL), 0);
    paint(&alone);
    ck_assert_int_eq(nst_transfer_stop_reason(painters[0].transfer), NST_STOP_CANCELLED);
    ck_assert_int_eq(nst_transfer_stop_reason(painters[1].transfer), nst_transfer_stop_reason(alone.transfer));
    ck_assert(alike(painters[1].result, alone.result));
    for (int i = 0; i < 2; i++) {
        nst_image_destroy(painters[i].result);
        nst_transfer_destroy(painters[i].transfer);
    }
    nst_image_destroy(alone.result);
    nst_transfer_destroy(alone.transfer);
    nst_engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

/* The child has no thread of the engine; two of its own start them anew at the same time. */
START_TEST(a_child_computes_with_the_engine)
{
    tiny_model tiny = tiny_model_make(5);
    nst_engine *engine = engine_of(3);
    struct painter before = {.transfer = transfer_of(tiny.model, 1, engine)};
    int state = 0;
    paint(&before);
    const pid_t child = fork();
    if (child == 0) {
        struct painter painters[2];
        bool good = true;
        for (int i = 0; i < 2; i++)
            painters[i] = (struct painter){.transfer = transfer_of(tiny.model, 1, engine)};
        for (int i = 0; i < 2; i++)
            pthread_create(&painters[i].thread, NULL, paint, &painters[i]);
        for (int i = 0; i < 2; i++) {
            pthread_join(painters[i].thread, NULL);
            good = good && painters[i].status == NST_OK && alike(painters[i].result, before.result);
            nst_transfer_destroy(painters[i].transfer);
        }
        nst_transfer_destroy(before.transfer);
        nst_engine_destroy(engine);
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(state, 0);
    nst_image_destroy(before.result);
    nst_transfer_destroy(before.transfer);
    nst_engine_destroy(engine);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("engine", parameters_are_those_of_engines_and_set_before_use, transfers_in_threads_paint_the_same_bits,
       a_callback_may_run_another_transfer, memory_is_kept_for_the_next_transfer,
       maps_come_from_the_allocator_of_the_engine, a_limit_holds_on_a_shared_engine,
       a_runner_of_the_host_computes_the_same_bits, a_cancelled_transfer_leaves_the_others_alone,
       a_child_computes_with_the_engine)
