/* The pool runs every task once, whatever the number of threads, in the caller's floating-point mode and on stacks of
 * its own size; locks and pools outlive a fork. */
#define _GNU_SOURCE /* pthread_setattr_default_np */
#include "unit/runner.h"

#include "base/parallel.h"

#include <fenv.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

typedef struct tally {
    _Atomic int runs[1000];
    _Atomic int outside; /* workers with an index that does not exist */
    int threads;
} tally;

static void count(void *user, size_t index, int worker)
{
    tally *t = user;
    atomic_fetch_add(&t->runs[index], 1);
    if (worker < 0 || worker >= t->threads) atomic_fetch_add(&t->outside, 1);
}

START_TEST(each_task_runs_once)
{
    static tally t;
    static const size_t counts[] = {0, 1, 2, 7, 1000};
    for (int threads = 1; threads <= 9; threads++) {
        nst__workers *workers;
        ck_assert_int_eq(nst__workers_create(&workers, threads, NULL), NST_OK);
        ck_assert_int_eq(nst__workers_count(workers), threads);
        for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++) {
            memset(&t, 0, sizeof t);
            t.threads = threads;
            nst__workers_run(workers, counts[n], count, &t);
            for (size_t i = 0; i < 1000; i++)
                ck_assert_int_eq(t.runs[i], i < counts[n] ? 1 : 0);
            ck_assert_int_eq(t.outside, 0);
        }
        nst__workers_destroy(workers);
    }
}
END_TEST

START_TEST(many_short_runs_end)
{
    static tally t;
    nst__workers *workers;
    t.threads = 3;
    ck_assert_int_eq(nst__workers_create(&workers, 3, NULL), NST_OK);
    for (int i = 0; i < 20000; i++)
        nst__workers_run(workers, 3, count, &t);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(t.runs[i], 20000);
    nst__workers_destroy(workers);
}
END_TEST

START_TEST(zero_means_the_cores_of_the_process)
{
    nst__workers *workers;
    ck_assert_int_ge(nst__cores(), 1);
    ck_assert_int_eq(nst__workers_create(&workers, 0, NULL), NST_OK);
    ck_assert_int_eq(nst__workers_count(workers), nst__cores());
    nst__workers_destroy(workers);
    nst__workers_destroy(NULL);
}
END_TEST

/* ---- What a task finds ---- */

enum { THREADS = 3 };

typedef struct modes {
    pthread_barrier_t all; /* each thread takes one task */
    int rounding[THREADS];
    float third[THREADS], tiny[THREADS];
} modes;

static void see_mode(void *user, size_t index, int worker)
{
    modes *m = user;
    volatile float one = 1, three = 3, small = 1e-30F, less = 1e-10F;
    (void)worker;
    pthread_barrier_wait(&m->all);
    m->rounding[index] = fegetround();
    m->third[index] = one / three;
    m->tiny[index] = small * less; /* a subnormal, or 0 where those are flushed */
}

static void same_everywhere(nst__workers *workers, modes *m)
{
    nst__workers_run(workers, THREADS, see_mode, m);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(m->rounding[i], fegetround());
        ck_assert(m->third[i] == m->third[0]);
        ck_assert(m->tiny[i] == m->tiny[0]);
    }
}

START_TEST(tasks_have_the_mode_of_the_caller)
{
    modes m;
    nst__workers *workers;
    pthread_barrier_init(&m.all, NULL, THREADS);
    ck_assert_int_eq(nst__workers_create(&workers, THREADS, NULL), NST_OK);
    same_everywhere(workers, &m);
    ck_assert(m.tiny[0] > 0);
    const float nearest = m.third[0];
#if defined(FE_UPWARD) && defined(FE_DOWNWARD)
    ck_assert_int_eq(fesetround(FE_UPWARD), 0);
    same_everywhere(workers, &m);
    const float above = m.third[0];
    ck_assert_int_eq(fesetround(FE_DOWNWARD), 0);
    same_everywhere(workers, &m);
    ck_assert(m.third[0] < above);
    ck_assert_int_eq(fesetround(FE_TONEAREST), 0);
#endif
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush subnormals, given and found */
    same_everywhere(workers, &m);
    ck_assert(m.tiny[0] == 0);
    _mm_setcsr(_mm_getcsr() & ~0x8040U);
#endif
    same_everywhere(workers, &m);
    ck_assert(m.third[0] == nearest && m.tiny[0] > 0);
    nst__workers_destroy(workers);
    pthread_barrier_destroy(&m.all);
}
END_TEST

static void fill_stack(void *user, size_t index, int worker)
{
    volatile char block[400 << 10];
    (void)worker;
    for (size_t i = 0; i < sizeof block; i += 512)
        block[i] = (char)index;
    pthread_barrier_wait(user);
}

/* As `ulimit -s 64` has it. */
START_TEST(the_host_s_stack_size_does_not_matter)
{
    pthread_barrier_t all;
    nst__workers *workers;
#ifdef __GLIBC__
    pthread_attr_t small;
    ck_assert_int_eq(pthread_attr_init(&small), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&small, (size_t)128 << 10), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&small), 0);
#endif
    pthread_barrier_init(&all, NULL, THREADS);
    ck_assert_int_eq(nst__workers_create(&workers, THREADS, NULL), NST_OK);
    nst__workers_run(workers, THREADS, fill_stack, &all);
    nst__workers_destroy(workers);
    pthread_barrier_destroy(&all);
}
END_TEST

/* ---- Leaving off ---- */

typedef struct leaving {
    nst__cancel cancel;
    atomic_int runs;
} leaving;

static void ask_at_seven(void *user, size_t index, int worker)
{
    leaving *l = user;
    (void)worker;
    atomic_fetch_add(&l->runs, 1);
    if (index == 7) nst__cancel_ask(&l->cancel);
}

START_TEST(tasks_are_left_out_once_it_is_cancelled)
{
    volatile int32_t flag = 0;
    for (int threads = 1; threads <= 4; threads++) {
        leaving l = {.cancel = {.flag = &flag}};
        nst__workers *workers;
        ck_assert_int_eq(nst__workers_create(&workers, threads, NULL), NST_OK);
        nst__workers_watch(workers, &l.cancel);
        nst__workers_run(workers, 1000, ask_at_seven, &l); /* no work is said to be under way: not asked */
        ck_assert_int_eq(l.runs, 1000);

        nst__cancel_begin(&l.cancel);
        l.runs = 0;
        nst__workers_run(workers, 1000, ask_at_seven, &l);
        if (threads == 1) ck_assert_int_eq(l.runs, 8);
        ck_assert(nst__cancelled(&l.cancel));
        l.runs = 0;
        nst__workers_run(workers, 1000, ask_at_seven, &l);
        ck_assert_int_eq(l.runs, 0);
        nst__workers_watch(workers, NULL);
        nst__workers_run(workers, 1000, ask_at_seven, &l);
        ck_assert_int_eq(l.runs, 1000);
        nst__cancel_end(&l.cancel);

        nst__cancel_begin(&l.cancel);
        ck_assert(!nst__cancelled(&l.cancel));
        flag = 1;
        ck_assert(nst__cancelled(&l.cancel));
        flag = 0;
        ck_assert(nst__cancelled(&l.cancel)); /* to the end: tasks may have been left out */
        nst__cancel_end(&l.cancel);
        ck_assert(!nst__cancelled(&l.cancel));
        nst__workers_destroy(workers);
    }
    ck_assert(!nst__cancelled(NULL));
}
END_TEST

/* One user holds the threads; two others wait, of whom one is cancelled by a flag before its turn. */
typedef struct waiting {
    nst__workers *workers;
    nst__cancel cancel;
    pthread_barrier_t started;
    atomic_bool release, ended;
    atomic_int runs;
} waiting;

static void hold_threads(void *user, size_t index, int worker)
{
    waiting *w = user;
    (void)worker;
    if (index > 0) return;
    pthread_barrier_wait(&w->started);
    while (!atomic_load(&w->release))
        usleep(1000);
}

static void *run_holding(void *user)
{
    waiting *w = user;
    nst__workers_run(w->workers, 2, hold_threads, w);
    return NULL;
}

static void count_run(void *user, size_t index, int worker)
{
    (void)index;
    (void)worker;
    atomic_fetch_add(&((waiting *)user)->runs, 1);
}

static void *run_waiting(void *user)
{
    waiting *w = user;
    nst__workers_run(w->workers, 5, count_run, w);
    atomic_store(&w->ended, true);
    return NULL;
}

START_TEST(a_user_who_waits_is_cancelled_before_its_turn)
{
    volatile int32_t flag = 0;
    for (int threads = 1; threads <= 3; threads += 2) {
        waiting holding = {.runs = 0}, patient = {.runs = 0}, cancelled = {.cancel = {.flag = &flag}};
        pthread_t thread[3];
        ck_assert_int_eq(nst__workers_create(&holding.workers, threads, NULL), NST_OK);
        ck_assert_int_eq(nst__workers_share(&patient.workers, holding.workers), NST_OK);
        ck_assert_int_eq(nst__workers_share(&cancelled.workers, holding.workers), NST_OK);
        pthread_barrier_init(&holding.started, NULL, 2);
        ck_assert_int_eq(pthread_create(&thread[0], NULL, run_holding, &holding), 0);
        pthread_barrier_wait(&holding.started);
        nst__cancel_begin(&cancelled.cancel);
        nst__workers_watch(cancelled.workers, &cancelled.cancel);
        ck_assert_int_eq(pthread_create(&thread[1], NULL, run_waiting, &cancelled), 0);
        ck_assert_int_eq(pthread_create(&thread[2], NULL, run_waiting, &patient), 0);
        usleep(30000);
        ck_assert(!atomic_load(&cancelled.ended));
        flag = 1;
        ck_assert_int_eq(pthread_join(thread[1], NULL), 0); /* while the first still holds the threads */
        flag = 0;
        ck_assert_int_eq(cancelled.runs, 0);
        ck_assert(!atomic_load(&patient.ended));
        atomic_store(&holding.release, true);
        ck_assert_int_eq(pthread_join(thread[0], NULL), 0);
        ck_assert_int_eq(pthread_join(thread[2], NULL), 0);
        ck_assert_int_eq(patient.runs, 5);
        nst__workers_destroy(cancelled.workers);
        nst__workers_destroy(patient.workers);
        nst__workers_destroy(holding.workers);
        pthread_barrier_destroy(&holding.started);
    }
}
END_TEST

/* ---- Threads of the host ---- */

static void run_one_by_one(void (*task)(void *data, int index), void *data, int count, void *user)
{
    const fenv_t *expected = user;
    fenv_t found;
    task(data, -1); /* not an index of a share: nothing happens */
    task(data, 1000);
    fesetround(FE_TONEAREST); /* a thread of the host has a mode of its own */
    for (int i = 0; i < count; i++)
        task(data, i);
    fegetenv(&found);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
    fesetenv(expected);
}

static void see_rounding(void *user, size_t index, int worker)
{
    int *rounding = user;
    (void)worker;
    rounding[index] = fegetround();
}

START_TEST(the_host_s_threads_take_the_mode_of_the_caller)
{
#ifdef FE_UPWARD
    nst__workers *workers;
    fenv_t before, upward;
    int rounding[20];
    const nst_runner runner = {.size = sizeof runner, .user = &upward, .run = run_one_by_one};
    fegetenv(&before);
    ck_assert_int_eq(fesetround(FE_UPWARD), 0);
    fegetenv(&upward);
    ck_assert_int_eq(nst__workers_create(&workers, 4, &runner), NST_OK);
    nst__workers_run(workers, 20, see_rounding, rounding);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(rounding[i], FE_UPWARD);
    fesetenv(&before);
    nst__workers_destroy(workers);
#endif
}
END_TEST

/* ---- Forks ---- */

/* The exit status of a child that runs CHILD(USER), which says whether it found what it expected. */
static int in_a_child(bool (*child)(void *user), void *user)
{
    int status;
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) _exit(child(user) ? 0 : 1);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void meet(void *user, size_t index, int worker)
{
    (void)index;
    (void)worker;
    pthread_barrier_wait(user);
}

/* Ends if there are as many threads as before; once more a generation on. */
static bool use_pool(void *user)
{
    static bool grandchild;
    nst__workers *workers = user;
    pthread_barrier_t all;
    pthread_barrier_init(&all, NULL, THREADS);
    nst__workers_run(workers, THREADS, meet, &all);
    if (!grandchild) {
        grandchild = true;
        if (in_a_child(use_pool, workers) != 0) return false;
    }
    nst__workers_run(workers, THREADS, meet, &all);
    nst__workers_destroy(workers);
    return true;
}

static bool destroy_pool(void *user)
{
    nst__workers_destroy(user);
    return true;
}

START_TEST(a_pool_outlives_a_fork)
{
    pthread_barrier_t all;
    nst__workers *workers;
    pthread_barrier_init(&all, NULL, THREADS);
    ck_assert_int_eq(nst__workers_create(&workers, THREADS, NULL), NST_OK);
    ck_assert_int_eq(in_a_child(destroy_pool, workers), 0); /* no task has run yet */
    nst__workers_run(workers, THREADS, meet, &all);
    ck_assert_int_eq(in_a_child(destroy_pool, workers), 0);
    ck_assert_int_eq(in_a_child(use_pool, workers), 0);
    nst__workers_run(workers, THREADS, meet, &all); /* the parent's is as it was */
    nst__workers_destroy(workers);
    pthread_barrier_destroy(&all);
}
END_TEST

typedef struct holding {
    nst__lock lock;
    pthread_barrier_t taken, done;
} holding;

static nst__lock static_lock = NST__LOCK_INIT;

static void *hold(void *user)
{
    holding *h = user;
    nst__lock_take(&h->lock);
    nst__lock_take(&static_lock);
    pthread_barrier_wait(&h->taken);
    pthread_barrier_wait(&h->done);
    nst__lock_give(&static_lock);
    nst__lock_give(&h->lock);
    return NULL;
}

static bool take_both(void *user)
{
    holding *h = user;
    for (int i = 0; i < 2; i++) {
        nst__lock_take(&h->lock);
        nst__lock_take(&static_lock);
        nst__lock_give(&static_lock);
        nst__lock_give(&h->lock);
    }
    nst__lock_destroy(&h->lock);
    return true;
}

START_TEST(a_lock_that_is_held_at_a_fork_is_free_in_the_child)
{
    holding h;
    pthread_t holder;
    nst__lock_init(&h.lock);
    pthread_barrier_init(&h.taken, NULL, 2);
    pthread_barrier_init(&h.done, NULL, 2);
    ck_assert_int_eq(pthread_create(&holder, NULL, hold, &h), 0);
    pthread_barrier_wait(&h.taken);
    ck_assert_int_eq(in_a_child(take_both, &h), 0);
    pthread_barrier_wait(&h.done);
    pthread_join(holder, NULL);
    nst__lock_take(&h.lock);
    nst__lock_give(&h.lock);
    nst__lock_destroy(&h.lock);
    pthread_barrier_destroy(&h.taken);
    pthread_barrier_destroy(&h.done);
}
END_TEST

RUNNER("parallel", each_task_runs_once, many_short_runs_end, zero_means_the_cores_of_the_process,
       tasks_have_the_mode_of_the_caller, the_host_s_stack_size_does_not_matter,
       tasks_are_left_out_once_it_is_cancelled, a_user_who_waits_is_cancelled_before_its_turn,
       the_host_s_threads_take_the_mode_of_the_caller, a_pool_outlives_a_fork,
       a_lock_that_is_held_at_a_fork_is_free_in_the_child)
