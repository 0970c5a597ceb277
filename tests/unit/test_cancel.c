/* Being cancelled: what is under way ends at the next task, what is not is left alone, and nothing breaks. */
#include "unit/runner.h"

#include "objective/sweep.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "unit/tiny_model.h"

enum { SIDE = 64, VALUES = SIDE * SIDE * 3 };

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

static nst_transfer *make(const nst_model *model)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(SIDE, SIDE, 2), *style = tiny_image(50, 40, 3);
    for (size_t i = 0; i < VALUES; i++)
        nst_image_mutable_pixels(content)[i] = fminf(fmaxf(nst_image_pixels(content)[i], 0), 1);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 3), NST_OK);
    set(transfer, NST_PARAM_SIZES, "16:3,32:3,64:3");
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

static nst_image *run(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    ck_assert(nst_image_width(result) == SIDE && nst_image_height(result) == SIDE);
    for (size_t i = 0; i < VALUES; i++)
        ck_assert(nst_image_pixels(result)[i] >= 0 && nst_image_pixels(result)[i] <= 1);
    return result;
}

static bool same(nst_image *a, nst_image *b)
{
    return memcmp(nst_image_pixels(a), nst_image_pixels(b), VALUES * sizeof(float)) == 0;
}

static double evaluate(nst_transfer *transfer, const nst_image *x)
{
    double total;
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, NULL) == NST_OK, "%s", nst_last_error());
    return total;
}

/* ---- When ---- */

START_TEST(without_work_to_cancel_nothing_happens)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model);
    nst_image *first = run(transfer), *next;
    const double total = evaluate(transfer, first);
    nst_transfer_cancel(NULL);
    for (int i = 0; i < 2; i++) { /* before a call, and after one that the cancelled call was */
        nst_transfer_cancel(transfer);
        next = run(transfer);
        ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_BUDGET);
        ck_assert(same(next, first));
        nst_image_destroy(next);
        nst_transfer_cancel(transfer);
        ck_assert(evaluate(transfer, first) == total);
    }
    nst_image_destroy(first);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

static int cancel_it(nst_transfer *transfer, void *user)
{
    ++*(int *)user;
    nst_transfer_cancel(transfer);
    return 0;
}

START_TEST(one_run_is_cancelled_and_not_the_next)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model);
    nst_image *whole = run(transfer);
    int calls = 0;
    ck_assert_int_eq(nst_transfer_set_progress(transfer, cancel_it, &calls), NST_OK);
    nst_image *result = run(transfer);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CANCELLED);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, NULL, NULL), NST_OK);
    nst_image_destroy(result);
    result = run(transfer);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_BUDGET);
    ck_assert(same(result, whole));
    nst_image_destroy(result);
    nst_image_destroy(whole);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(a_flag_ends_what_has_not_begun)
{
    static const char *const inits[] = {"content", "noise"};
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model), *empty;
    nst_image *content = tiny_image(SIDE, SIDE, 2), *result;
    volatile int32_t flag = -1; /* anything but 0 */
    double total = 1;
    float buffer[VALUES];
    ck_assert_int_eq(nst_transfer_set_cancel_flag(NULL, &flag), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, &flag), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, content, &total, buffer), NST_ERR_CANCELLED);
    ck_assert(total == 0);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "cancelled"));
    ck_assert_int_eq(nst_transfer_create(&empty, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_cancel_flag(empty, &flag), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&result, empty, NULL), NST_ERR_STATE);
    const char *before = nst_last_error();
    for (int i = 0; i < 2; i++) {
        set(transfer, NST_PARAM_INIT, inits[i]);
        result = run(transfer); /* the starting picture */
        ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_CANCELLED);
        ck_assert(nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) == 0);
        for (size_t k = 0; i == 0 && k < VALUES; k++)
            ck_assert_float_eq_tol(nst_image_pixels(result)[k], fminf(fmaxf(nst_image_pixels(content)[k], 0), 1),
                                   1e-5F);
        nst_image_destroy(result);
    }
    ck_assert_str_eq(nst_last_error(), before); /* a run that was cancelled has not failed */
    flag = 0;
    result = run(transfer);
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_BUDGET);
    nst_image_destroy(result);
    flag = 1;
    ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, NULL), NST_OK);
    ck_assert(evaluate(transfer, content) > 0);
    nst_image_destroy(content);
    nst_transfer_destroy(empty);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Where ---- */

/* An allocator that asks at a certain allocation: the making of an objective is full of them. */
static struct {
    int until; /* counts down; 0 asks */
    int blocks;
    volatile int32_t asked;
} plan;

static void *allocate(size_t size, void *user)
{
    (void)user;
    if (plan.until > 0 && --plan.until == 0) plan.asked = 1;
    plan.blocks++;
    return malloc(size);
}

static void *resize(void *block, size_t size, void *user)
{
    (void)user;
    return realloc(block, size);
}

static void release(void *block, void *user)
{
    (void)user;
    plan.blocks -= block != NULL;
    free(block);
}

static const nst_allocator counting = {
    .size = sizeof(nst_allocator), .allocate = allocate, .resize = resize, .release = release};

START_TEST(anywhere_in_the_making_of_targets)
{
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    bool ended = false;
    for (int n = 1; !ended; n++) {
        tiny_model tiny = tiny_model_make(1); /* anew, so that its weights are packed anew */
        nst_transfer *transfer = make(tiny.model);
        ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, &plan.asked), NST_OK);
        plan.until = n;
        nst_image *result = run(transfer);
        ended = !plan.asked;
        ck_assert_int_eq(nst_transfer_stop_reason(transfer), ended ? NST_STOP_BUDGET : NST_STOP_CANCELLED);
        nst_image_destroy(result);
        nst_transfer_destroy(transfer);
        tiny_model_destroy(&tiny);
        plan.until = plan.asked = 0;
        ck_assert_int_eq(plan.blocks, 0);
    }
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

START_TEST(anywhere_in_an_evaluation_that_makes_targets)
{
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    nst_image *x = tiny_image(SIDE, SIDE, 9);
    bool ended = false;
    for (int n = 1; !ended; n++) {
        tiny_model tiny = tiny_model_make(1);
        nst_transfer *transfer = make(tiny.model);
        double total;
        ck_assert_int_eq(nst_transfer_set_cancel_flag(transfer, &plan.asked), NST_OK);
        plan.until = n;
        const nst_status status = nst_transfer_evaluate(transfer, x, &total, NULL);
        ended = !plan.asked;
        ck_assert_int_eq(status, ended ? NST_OK : NST_ERR_CANCELLED);
        plan.until = plan.asked = 0;
        ck_assert(evaluate(transfer, x) > 0); /* usable afterwards */
        nst_transfer_destroy(transfer);
        tiny_model_destroy(&tiny);
    }
    nst_image_destroy(x);
    ck_assert_int_eq(plan.blocks, 0);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

/* A sweep whose observer asks when it is called for convolution AT, forward or, from 10 on, backward. */
static const size_t tiny_layers[TINY_CONVS] = {1, 3, 6, 8, 11}; /* conv1_1 to conv3_1 of a VGG */

typedef struct asking {
    nst__cancel cancel;
    size_t at, forward, backward; /* how often it was called */
    nst__slopes_call slopes;      /* no losses */
} asking;

static void see_forward(void *user, size_t layer, nst__map map, float *workspace)
{
    asking *a = user;
    (void)map;
    (void)workspace;
    a->forward++;
    if (layer == tiny_layers[a->at % 10] && a->at < 10) nst__cancel_ask(&a->cancel);
}

static const nst__slopes_call *see_backward(void *user, size_t layer, nst__map map)
{
    asking *a = user;
    a->slopes.window = (nst__window){.map = map, .height = map.height, .width = map.width};
    a->backward++;
    if (layer == tiny_layers[a->at % 10] && a->at >= 10) nst__cancel_ask(&a->cancel);
    return &a->slopes;
}

START_TEST(a_sweep_ends_within_a_layer)
{
    tiny_model tiny = tiny_model_make(1);
    nst_image *x = tiny_image(SIDE, SIDE, 9);
    nst__engine *engine;
    static float gradient[VALUES];
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    for (size_t at = 0; at < 10 + TINY_CONVS; at = at + 1 == TINY_CONVS ? 10 : at + 1) {
        asking a = {.at = at, .slopes.engine = engine};
        nst__net net = {.model = tiny.model, .engine = engine, .cancel = &a.cancel};
        const nst__observer observer = {.forward = see_forward, .slopes = see_backward, .user = &a};
        nst__sweep *sweep;
        for (size_t i = 0; i < TINY_CONVS; i++)
            nst__net_tap(&net, &(nst__tap){tiny_layers[i] + 1, 1}, 1); /* at its ReLU */
        const nst__tiling tiling = nst__tiling_make(&net, SIDE, SIDE, 1, 1);
        const nst__tile tile = nst__tile_at(&tiling, 0);
        nst__cancel_begin(&a.cancel);
        const nst__sweep_plan sweep_plan = nst__sweep_plan_make(&net, &tiling, true);
        ck_assert_int_eq(nst__sweep_create(&sweep, &net, &sweep_plan), NST_OK);
        nst_status status = nst__sweep_forward(sweep, &tile, nst_image_pixels(x), net.depth, &observer);
        ck_assert_int_eq(status, at < 10 ? NST_ERR_CANCELLED : NST_OK);
        ck_assert_uint_eq(a.forward, at < 10 ? at + 1 : TINY_CONVS);
        if (at >= 10) {
            ck_assert_int_eq(nst__sweep_backward(sweep, &tile, gradient, &observer), NST_ERR_CANCELLED);
            ck_assert_uint_eq(a.backward, TINY_CONVS - (at - 10));
        }
        nst__cancel_end(&a.cancel);
        nst__sweep_destroy(sweep);
    }
    nst__engine_destroy(engine);
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- By whom ---- */

typedef struct asker {
    nst_transfer *transfer;
    atomic_bool over;
} asker;

static void *ask_on(void *user)
{
    asker *a = user;
    while (!atomic_load(&a->over)) {
        nst_transfer_cancel(a->transfer);
        sched_yield();
    }
    return NULL;
}

/* The least that does, as the message names it: tiles. */
static void limit_memory(nst_transfer *transfer, const nst_image *x)
{
    double total;
    char limit[32];
    set(transfer, NST_PARAM_MEMORY_LIMIT, "1");
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_ERR_MEMORY_LIMIT);
    const char *named = strstr(nst_last_error(), "does is ");
    ck_assert_ptr_nonnull(named);
    snprintf(limit, sizeof limit, "%s", named + strlen("does is "));
    set(transfer, NST_PARAM_MEMORY_LIMIT, limit);
}

START_TEST(evaluations_go_on_as_if_nothing_had_been)
{
    enum { WIDTH = 300, HEIGHT = 200 };
    tiny_model tiny = tiny_model_make(1);
    nst_image *x = tiny_image(WIDTH, HEIGHT, 9);
    static float gradient[WIDTH * HEIGHT * 3], again[WIDTH * HEIGHT * 3];
    for (int tiled = 0; tiled < 2; tiled++) {
        asker a = {.transfer = make(tiny.model)};
        pthread_t thread;
        double total, next;
        int cancelled = 0;
        if (tiled) limit_memory(a.transfer, x);
        ck_assert_int_eq(nst_transfer_evaluate(a.transfer, x, &total, gradient), NST_OK);
        while (cancelled < 10) {
            atomic_store(&a.over, false);
            ck_assert_int_eq(pthread_create(&thread, NULL, ask_on, &a), 0);
            while (nst_transfer_evaluate(a.transfer, x, &next, again) == NST_OK)
                ck_assert(next == total);
            cancelled++;
            atomic_store(&a.over, true);
            pthread_join(thread, NULL);
            ck_assert_int_eq(nst_transfer_evaluate(a.transfer, x, &next, again), NST_OK);
            ck_assert(next == total && memcmp(again, gradient, sizeof gradient) == 0);
        }
        nst_transfer_destroy(a.transfer);
    }
    nst_image_destroy(x);
    tiny_model_destroy(&tiny);
}
END_TEST

static int count(nst_transfer *transfer, void *user)
{
    (void)transfer;
    atomic_fetch_add((atomic_int *)user, 1);
    return 0;
}

typedef struct waiting {
    nst_transfer *transfer;
    atomic_int evaluations;
    int until;
} waiting;

static void *cancel_then(void *user)
{
    waiting *w = user;
    while (atomic_load(&w->evaluations) < w->until)
        sched_yield();
    nst_transfer_cancel(w->transfer);
    return NULL;
}

START_TEST(a_run_keeps_the_best_of_what_it_has_seen)
{
    static const char *const optimizers[] = {"lbfgs", "adam"};
    tiny_model tiny = tiny_model_make(1);
    for (int i = 0; i < 10; i++) {
        waiting w = {.transfer = make(tiny.model), .until = i + 1};
        pthread_t thread;
        set(w.transfer, NST_PARAM_SIZES, "64:1000000");
        set(w.transfer, NST_PARAM_OPTIMIZER, optimizers[i % 2]);
        ck_assert_int_eq(nst_transfer_set_progress(w.transfer, count, &w.evaluations), NST_OK);
        ck_assert_int_eq(pthread_create(&thread, NULL, cancel_then, &w), 0);
        nst_image *result = run(w.transfer);
        pthread_join(thread, NULL);
        ck_assert_int_eq(nst_transfer_stop_reason(w.transfer), NST_STOP_CANCELLED);
        ck_assert(evaluate(w.transfer, result) < 1.1 * nst_transfer_progress(w.transfer, NST_PROGRESS_BEST));
        nst_image_destroy(result);
        nst_transfer_destroy(w.transfer);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("cancel", without_work_to_cancel_nothing_happens, one_run_is_cancelled_and_not_the_next,
       a_flag_ends_what_has_not_begun, anywhere_in_the_making_of_targets, anywhere_in_an_evaluation_that_makes_targets,
       a_sweep_ends_within_a_layer, evaluations_go_on_as_if_nothing_had_been, a_run_keeps_the_best_of_what_it_has_seen)
