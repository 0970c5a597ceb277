/* Handles in the child of a fork: inherited or its own, idle or at work when it happened. */
#include "unit/runner.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/tiny_model.h"

typedef struct world {
    tiny_model tiny;
    nst_image *picture;
    nst_transfer *transfer;
    double total;           /* of the picture */
    nst_image *result;      /* of a run */
    atomic_int evaluations; /* of a run that goes on */
} world;

enum { SIDE = 48, VALUES = SIDE * SIDE * 3 };

static nst_transfer *make(const world *w, const char *gemm)
{
    nst_transfer *transfer;
    if (nst_transfer_create(&transfer, w->tiny.model) != NST_OK ||
        nst_transfer_set_int(transfer, NST_PARAM_THREADS, 3) != NST_OK ||
        nst_transfer_set_text(transfer, NST_PARAM_GEMM, gemm) != NST_OK ||
        nst_transfer_set_text(transfer, NST_PARAM_SIZES, "48:4") != NST_OK ||
        nst_transfer_set_content(transfer, w->picture) != NST_OK ||
        nst_transfer_add_style(transfer, w->picture, 1) != NST_OK)
        abort();
    return transfer;
}

static world begin(const char *gemm)
{
    world w = {.tiny = tiny_model_make(1), .picture = tiny_image(SIDE, SIDE, 5)};
    w.transfer = make(&w, gemm);
    ck_assert_int_eq(nst_transfer_run(&w.result, w.transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(w.transfer, w.result, &w.total, NULL), NST_OK);
    return w;
}

static void end(world *w)
{
    nst_transfer_destroy(w->transfer);
    nst_image_destroy(w->picture);
    nst_image_destroy(w->result);
    tiny_model_destroy(&w->tiny);
}

static int in_a_child(bool (*child)(world *), world *w)
{
    int status;
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) _exit(child(w) ? 0 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static bool same_value(world *w, nst_transfer *transfer)
{
    double total;
    return nst_transfer_evaluate(transfer, w->result, &total, NULL) == NST_OK && total == w->total;
}

static bool same_picture(world *w, nst_transfer *transfer)
{
    nst_image *result;
    if (nst_transfer_run(&result, transfer, NULL) != NST_OK) return false;
    const bool same = memcmp(nst_image_pixels(result), nst_image_pixels(w->result), VALUES * sizeof(float)) == 0;
    nst_image_destroy(result);
    return same;
}

static bool destroy(world *w)
{
    end(w);
    return true;
}

static bool evaluate(world *w)
{
    return same_value(w, w->transfer) && same_picture(w, w->transfer) && destroy(w);
}

static bool run(world *w)
{
    return same_picture(w, w->transfer) && same_value(w, w->transfer) && destroy(w);
}

static bool change(world *w)
{
    return nst_transfer_set_int(w->transfer, NST_PARAM_THREADS, 2) == NST_OK && run(w);
}

static bool make_another(world *w)
{
    const char *gemm;
    if (nst_transfer_get_text(w->transfer, NST_PARAM_GEMM, &gemm) != NST_OK) return false;
    nst_transfer *own = make(w, gemm);
    const bool same = same_value(w, own) && same_picture(w, own);
    nst_transfer_destroy(own);
    return same && destroy(w);
}

static bool fork_again(world *w)
{
    return in_a_child(evaluate, w) == 0 && in_a_child(destroy, w) == 0 && run(w);
}

START_TEST(an_idle_transfer_is_as_good_as_new)
{
    static const char *const gemms[] = {"own", "cblas"};
    static bool (*const children[])(world *) = {destroy, evaluate, run, change, make_another, fork_again};
    for (size_t g = 0; g < 2; g++) {
        world w = begin(gemms[g]);
        for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
            ck_assert_msg(in_a_child(children[i], &w) == 0, "%s, child %zu", gemms[g], i);
        ck_assert(same_value(&w, w.transfer));
        end(&w);
    }
}
END_TEST

static int count(nst_transfer *transfer, void *user)
{
    (void)transfer;
    atomic_fetch_add(&((world *)user)->evaluations, 1);
    return 0;
}

static void *paint_on(void *user)
{
    world *w = user;
    nst_image *result;
    if (nst_transfer_run(&result, w->transfer, NULL) != NST_OK) abort();
    nst_image_destroy(result);
    return NULL;
}

/* The transfer is lost, all else is not. */
static bool leave_alone(world *w)
{
    double total;
    nst_image *result;
    if (nst_transfer_evaluate(w->transfer, w->picture, &total, NULL) != NST_ERR_STATE) return false;
    if (!strstr(nst_last_error(), "forked")) return false;
    if (nst_transfer_run(&result, w->transfer, NULL) != NST_ERR_STATE) return false;
    if (nst_transfer_set_int(w->transfer, NST_PARAM_THREADS, 2) != NST_ERR_STATE) return false;
    return make_another(w);
}

START_TEST(a_transfer_at_work_in_another_thread_is_refused)
{
    world w = begin("cblas");
    pthread_t painter;
    ck_assert_int_eq(nst_transfer_set_text(w.transfer, NST_PARAM_SIZES, "48:1000000"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_progress(w.transfer, count, &w), NST_OK);
    ck_assert_int_eq(pthread_create(&painter, NULL, paint_on, &w), 0);
    for (int i = 1; i <= 20; i++) { /* each time somewhere else in an evaluation */
        while (atomic_load(&w.evaluations) < i)
            sched_yield();
        ck_assert_int_eq(in_a_child(leave_alone, &w), 0);
    }
    nst_transfer_cancel(w.transfer);
    pthread_join(painter, NULL);
    end(&w);
}
END_TEST

static int fork_there(nst_transfer *transfer, void *user)
{
    world *w = user;
    int status;
    (void)transfer;
    if (w->evaluations++ != 1) return 0;
    const pid_t pid = fork();
    if (pid == 0) return 0; /* the child runs on as well */
    if (waitpid(pid, &status, 0) != pid || status != 0) abort();
    return 0;
}

START_TEST(a_run_goes_on_in_both_after_a_fork_in_its_callback)
{
    world w = begin("auto");
    const pid_t parent = getpid();
    ck_assert_int_eq(nst_transfer_set_progress(w.transfer, fork_there, &w), NST_OK);
    const bool same = same_picture(&w, w.transfer);
    if (getpid() != parent) _exit(same && run(&w) ? 0 : 1);
    ck_assert(same);
    end(&w);
}
END_TEST

RUNNER("fork", an_idle_transfer_is_as_good_as_new, a_transfer_at_work_in_another_thread_is_refused,
       a_run_goes_on_in_both_after_a_fork_in_its_callback)
