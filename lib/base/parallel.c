#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT_S */
#include "base/parallel.h"
#include "base/alloc.h"
#include "base/cgroup.h"

#include <fenv.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A thread's stack, whatever `ulimit -s` says. The deepest task needs 20 KB; the C library takes all thread-local
 * variables of the process from it too, of which an OpenBLAS alone has 60 KB, and the host has its own. Only what is
 * used is ever memory. */
#define STACK_BYTES ((size_t)1 << 20)

/* How often a thread looks before it sleeps, for some 10 µs: most of the waits at small sizes are shorter, and sleeping
 * and waking take longer. With three times as many the processes that share the cores lose 10 %. */
#define LOOKS 600

/* How often a user who waits for its turn looks whether it is cancelled. */
#define WAIT_NANOSECONDS 10000000

/* A user in the queue of a pool: a local variable of the thread that waits. */
struct turn {
    struct turn *next;
};

/* The threads. Several users may share them: each nst__workers_run() waits for its turn. */
struct pool {
    atomic_size_t users;
    nst_runner runner; /* of the host; run is NULL: threads of our own */
    nst__lock restart; /* while the threads are started in the child of a fork */
    pthread_mutex_t lock;
    pthread_cond_t work_is_there;
    pthread_cond_t all_is_done;
    pthread_cond_t next_turn;
    struct turn *queue; /* in the order of arrival; the first one has the turn */
    atomic_uint round;  /* goes up with each run: what a worker waits for; releases the fields of the run */
    atomic_int working; /* workers that have not finished this round */
    int looks;          /* before a thread sleeps; 0 where there are more threads than cores */
    bool leave;
    nst__task_fn task;
    void *user;
    size_t count;
    nst__cancel *cancel; /* may be NULL */
    _Atomic size_t next; /* first task that nobody has taken */
    fenv_t floating;     /* the caller's floating-point environment */
    int threads;         /* with the caller */
    int started;         /* without it */
    atomic_uint forks;   /* of the process that started them */
    struct worker {
        struct pool *pool;
        pthread_t thread;
        int index;
    } worker[];
};

/* One user of a pool. */
struct nst__workers {
    struct pool *pool;
    nst__cancel *cancel; /* may be NULL */
};

/* ---- Forks ---- */

/* A child has the memory of its parent and one of its threads. It counts itself; whatever has a count of its own sees
 * by that that its threads are gone, and that nobody is left to give a lock. */
static atomic_uint forks;
static pthread_mutex_t repair = PTHREAD_MUTEX_INITIALIZER; /* held while a lock of the parent is made anew */
static int count_error;

static void count_fork(void)
{
    pthread_mutex_init(&repair, NULL);
    atomic_fetch_add(&forks, 1);
}

static void count_forks(void)
{
    count_error = pthread_atfork(NULL, NULL, count_fork);
}

unsigned nst__forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, count_forks);
    return atomic_load_explicit(&forks, memory_order_relaxed);
}

void nst__at_fork(void (*before)(void), void (*after)(void))
{
    const int error = pthread_atfork(before, after, NULL);
    if (error) count_error = error; /* no pool is made then */
}

/* ---- Locks ---- */

void nst__lock_init(nst__lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
    atomic_init(&lock->forks, nst__forks());
}

void nst__lock_destroy(nst__lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

void nst__lock_take(nst__lock *lock)
{
    const unsigned now = nst__forks();
    if (atomic_load_explicit(&lock->forks, memory_order_acquire) != now) {
        pthread_mutex_lock(&repair);
        if (atomic_load_explicit(&lock->forks, memory_order_relaxed) != now) {
            pthread_mutex_init(&lock->mutex, NULL);
            atomic_store_explicit(&lock->forks, now, memory_order_release);
        }
        pthread_mutex_unlock(&repair);
    }
    pthread_mutex_lock(&lock->mutex);
}

void nst__lock_give(nst__lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

/* ---- Cores ---- */

int nst__cores(void)
{
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) cores = CPU_COUNT(&mask);
    const uint64_t quota = nst__cgroup_cores("");
    if (quota < (uint64_t)cores) cores = (int)quota;
#endif
    return cores < 1 ? 1 : cores;
}

uint32_t nst_machine_cores(void)
{
    return (uint32_t)nst__cores();
}

/* ---- The pool ---- */

static void take_tasks(struct pool *pool, int index)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->count || nst__cancelled(pool->cancel)) return;
        pool->task(pool->user, i, index);
    }
}

/* The modes of the environment, but no traps: only the host's own threads may stop at them. */
static void take_mode(const fenv_t *floating)
{
    fenv_t unused;
    fesetenv(floating);
    feholdexcept(&unused);
}

static void pause_briefly(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ __volatile__("yield");
#endif
}

/* Waits for a round after SEEN. False: the thread has to leave. */
static bool wait_for_round(struct pool *pool, unsigned seen)
{
    bool leave = false;
    for (int i = 0; i < pool->looks; i++) {
        if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen) return true;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen && !pool->leave)
        pthread_cond_wait(&pool->work_is_there, &pool->lock);
    leave = pool->leave;
    pthread_mutex_unlock(&pool->lock);
    return !leave;
}

static void *work(void *argument)
{
    struct worker *self = argument;
    struct pool *pool = self->pool;
    for (unsigned seen = 0; wait_for_round(pool, seen); seen++) {
        take_mode(&pool->floating);
        take_tasks(pool, self->index);
        if (atomic_fetch_sub_explicit(&pool->working, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->all_is_done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

static void wait_for_workers(struct pool *pool)
{
    for (int i = 0; i < pool->looks; i++) {
        if (atomic_load_explicit(&pool->working, memory_order_acquire) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->working) > 0)
        pthread_cond_wait(&pool->all_is_done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* Signals are the host's: none may land on a thread that it does not know. */
static int start(struct worker *worker)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error) return error;
    error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) error = pthread_create(&worker->thread, &attributes, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

/* A condition whose waits can end at a time of CLOCK_MONOTONIC. */
static void init_monotonic(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* All but the caller's; stops at the first that cannot be started, whose error it returns. */
static int start_all(struct pool *pool)
{
    int error = 0;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work_is_there, NULL);
    pthread_cond_init(&pool->all_is_done, NULL);
    init_monotonic(&pool->next_turn);
    atomic_store(&pool->round, 0);
    pool->looks = pool->threads <= nst__cores() ? LOOKS : 0;
    pool->started = 0;
    pool->queue = NULL;
    for (int i = 1; i < pool->threads && !pool->runner.run && !error; i++) {
        pool->worker[i].pool = pool;
        pool->worker[i].index = i;
        error = start(&pool->worker[i]);
        if (!error) pool->started = i;
    }
    atomic_store_explicit(&pool->forks, nst__forks(), memory_order_release);
    return error;
}

/* In the child of a fork there is nothing to wait for: what waits and what is waited for is in the parent alone. */
static void stop_all(struct pool *pool)
{
    if (atomic_load(&pool->forks) != nst__forks()) return;
    pthread_mutex_lock(&pool->lock);
    pool->leave = true;
    pthread_cond_broadcast(&pool->work_is_there);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->worker[i].thread, NULL);
    pthread_cond_destroy(&pool->next_turn);
    pthread_cond_destroy(&pool->all_is_done);
    pthread_cond_destroy(&pool->work_is_there);
    pthread_mutex_destroy(&pool->lock);
}

static void pool_release(struct pool *pool)
{
    if (!pool || atomic_fetch_sub(&pool->users, 1) != 1) return;
    stop_all(pool);
    nst__lock_destroy(&pool->restart);
    nst__free(pool);
}

static nst_status pool_create(struct pool **out, int threads, const nst_runner *runner)
{
    *out = NULL;
    if (threads <= 0) threads = nst__cores();
    struct pool *pool = nst__zalloc(1, sizeof *pool + (size_t)threads * sizeof pool->worker[0]);
    if (!pool) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&pool->users, 1);
    nst__lock_init(&pool->restart);
    pool->threads = threads;
    if (runner) pool->runner = *runner;
    int error = start_all(pool);
    if (!error) error = count_error;
    if (error) {
        const int failed = pool->started + 2;
        pool_release(pool);
        return nst__fail(NST_ERR_SYSTEM, "thread %d of %d cannot be started: %s", failed, threads, strerror(error));
    }
    *out = pool;
    return NST_OK;
}

/* ---- Its users ---- */

nst_status nst__workers_create(nst__workers **out, int threads, const nst_runner *runner)
{
    nst_status status = NST_OK;
    nst__workers *workers = nst__zalloc(1, sizeof *workers);
    *out = NULL;
    if (!workers) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(pool_create(&workers->pool, threads, runner));
    *out = workers;
    workers = NULL;
out:
    nst__free(workers);
    return status;
}

nst_status nst__workers_share(nst__workers **out, const nst__workers *workers)
{
    nst__workers *other = nst__zalloc(1, sizeof *other);
    *out = other;
    if (!other) return NST_ERR_OUT_OF_MEMORY;
    other->pool = workers->pool;
    atomic_fetch_add(&other->pool->users, 1);
    return NST_OK;
}

void nst__workers_destroy(nst__workers *workers)
{
    if (!workers) return;
    pool_release(workers->pool);
    nst__free(workers);
}

int nst__workers_count(const nst__workers *workers)
{
    return workers->pool->threads;
}

/* In the child of a fork, the first user starts the threads; fewer threads compute the same. */
static void wake(struct pool *pool)
{
    const unsigned now = nst__forks();
    if (atomic_load_explicit(&pool->forks, memory_order_acquire) == now) return;
    nst__lock_take(&pool->restart);
    if (atomic_load_explicit(&pool->forks, memory_order_relaxed) != now) (void)start_all(pool);
    nst__lock_give(&pool->restart);
}

/* Waits until the turn comes or somebody cancels. */
static void wait_for_turn(struct pool *pool, nst__cancel *cancel)
{
    struct timespec until;
    if (!cancel) {
        pthread_cond_wait(&pool->next_turn, &pool->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NANOSECONDS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&pool->next_turn, &pool->lock, &until);
}

static void leave_queue(struct pool *pool, const struct turn *turn)
{
    struct turn **at = &pool->queue;
    while (*at != turn)
        at = &(*at)->next;
    *at = turn->next;
    pthread_cond_broadcast(&pool->next_turn);
}

/* False: it was cancelled before its turn, and has left the queue. */
static bool take_turn(struct pool *pool, struct turn *turn, nst__cancel *cancel)
{
    struct turn **last = &pool->queue;
    bool cancelled = false;
    wake(pool);
    pthread_mutex_lock(&pool->lock);
    while (*last)
        last = &(*last)->next;
    *last = turn;
    while (pool->queue != turn && !cancelled) {
        wait_for_turn(pool, cancel);
        cancelled = nst__cancelled(cancel);
    }
    if (cancelled) leave_queue(pool, turn);
    pthread_mutex_unlock(&pool->lock);
    return !cancelled;
}

static void give_turn(struct pool *pool, const struct turn *turn)
{
    pthread_mutex_lock(&pool->lock);
    leave_queue(pool, turn);
    pthread_mutex_unlock(&pool->lock);
}

static void run_on_threads(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->working, pool->started);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->work_is_there);
    pthread_mutex_unlock(&pool->lock);
    take_tasks(pool, 0);
    wait_for_workers(pool);
}

/* A share of the work on a thread of the host, whose floating-point environment stays as it is. */
static void take_share(void *data, int index)
{
    struct pool *pool = data;
    fenv_t own;
    if (index < 0 || index >= pool->threads) return;
    fegetenv(&own);
    take_mode(&pool->floating);
    take_tasks(pool, index);
    fesetenv(&own);
}

/* What the host's threads leave is for the caller. */
static void run_on_host(struct pool *pool)
{
    const int shares = pool->count < (size_t)pool->threads ? (int)pool->count : pool->threads;
    pool->runner.run(take_share, pool, shares, pool->runner.user);
    take_tasks(pool, 0);
}

void nst__workers_run(nst__workers *workers, size_t count, nst__task_fn task, void *user)
{
    struct pool *pool = workers->pool;
    struct turn turn = {NULL};
    if (!take_turn(pool, &turn, workers->cancel)) return;
    pool->task = task;
    pool->user = user;
    pool->count = count;
    pool->cancel = workers->cancel;
    atomic_store(&pool->next, 0);
    fegetenv(&pool->floating);
    if (count <= 1)
        take_tasks(pool, 0);
    else if (pool->runner.run)
        run_on_host(pool);
    else if (pool->started == 0)
        take_tasks(pool, 0);
    else
        run_on_threads(pool);
    give_turn(pool, &turn);
}

void nst__workers_watch(nst__workers *workers, nst__cancel *cancel)
{
    workers->cancel = cancel;
}
