#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT_S */
#include "base/parallel.h"
#include "base/alloc.h"
#include "base/cgroup.h"

#include <fenv.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A thread's stack, whatever `ulimit -s` says. The deepest task needs 20 KB; the C library takes all thread-local
 * variables of the process from it too, of which an OpenBLAS alone has 60 KB, and the host has its own. Only what is
 * used is ever memory. */
#define STACK_BYTES ((size_t)1 << 20)

struct nst__workers {
    pthread_mutex_t lock;
    pthread_cond_t work_is_there;
    pthread_cond_t all_is_done;
    unsigned round; /* goes up with each run: what a worker waits for */
    int working;    /* workers that have not finished this round */
    bool leave;
    nst__task_fn task;
    void *user;
    size_t count;
    nst__cancel *cancel; /* may be NULL */
    _Atomic size_t next; /* first task that nobody has taken */
    fenv_t floating;     /* the caller's floating-point environment */
    int threads;         /* with the caller */
    int started;         /* without it */
    unsigned forks;      /* of the process that started them */
    struct worker {
        nst__workers *workers;
        pthread_t thread;
        int index;
    } worker[];
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

/* ---- The pool ---- */

static void take_tasks(nst__workers *workers, int index)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&workers->next, 1, memory_order_relaxed);
        if (i >= workers->count || nst__cancelled(workers->cancel)) return;
        workers->task(workers->user, i, index);
    }
}

/* The modes of the environment, but no traps: only the host's own threads may stop at them. */
static void take_mode(const fenv_t *floating)
{
    fenv_t unused;
    fesetenv(floating);
    feholdexcept(&unused);
}

static void *work(void *argument)
{
    struct worker *self = argument;
    nst__workers *workers = self->workers;
    unsigned seen = 0;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (workers->round == seen && !workers->leave)
            pthread_cond_wait(&workers->work_is_there, &workers->lock);
        if (workers->leave) break;
        seen = workers->round;
        pthread_mutex_unlock(&workers->lock);
        take_mode(&workers->floating);
        take_tasks(workers, self->index);
        pthread_mutex_lock(&workers->lock);
        if (--workers->working == 0) pthread_cond_signal(&workers->all_is_done);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
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

/* All but the caller's; stops at the first that cannot be started, whose error it returns. */
static int start_all(nst__workers *workers)
{
    int error = 0;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work_is_there, NULL);
    pthread_cond_init(&workers->all_is_done, NULL);
    workers->round = 0;
    workers->started = 0;
    workers->forks = nst__forks();
    for (int i = 1; i < workers->threads && !error; i++) {
        workers->worker[i].workers = workers;
        workers->worker[i].index = i;
        error = start(&workers->worker[i]);
        if (!error) workers->started = i;
    }
    return error;
}

nst_status nst__workers_create(nst__workers **out, int threads)
{
    *out = NULL;
    if (threads <= 0) threads = nst__cores();
    nst__workers *workers = nst__zalloc(1, sizeof *workers + (size_t)threads * sizeof workers->worker[0]);
    if (!workers) return NST_ERR_OUT_OF_MEMORY;
    workers->threads = threads;
    int error = start_all(workers);
    if (!error) error = count_error;
    if (error) {
        const int failed = workers->started + 2;
        nst__workers_destroy(workers);
        return nst__fail(NST_ERR_SYSTEM, "thread %d of %d cannot be started: %s", failed, threads, strerror(error));
    }
    *out = workers;
    return NST_OK;
}

/* In the child of a fork there is nothing to wait for: what waits and what is waited for is in the parent alone. */
static void stop_all(nst__workers *workers)
{
    if (workers->forks != nst__forks()) return;
    pthread_mutex_lock(&workers->lock);
    workers->leave = true;
    pthread_cond_broadcast(&workers->work_is_there);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 1; i <= workers->started; i++)
        pthread_join(workers->worker[i].thread, NULL);
    pthread_cond_destroy(&workers->all_is_done);
    pthread_cond_destroy(&workers->work_is_there);
    pthread_mutex_destroy(&workers->lock);
}

void nst__workers_destroy(nst__workers *workers)
{
    if (!workers) return;
    stop_all(workers);
    nst__free(workers);
}

int nst__workers_count(const nst__workers *workers)
{
    return workers->threads;
}

void nst__workers_run(nst__workers *workers, size_t count, nst__task_fn task, void *user)
{
    if (workers->forks != nst__forks()) (void)start_all(workers); /* fewer threads compute the same */
    if (workers->started == 0 || count <= 1) {
        for (size_t i = 0; i < count && !nst__cancelled(workers->cancel); i++)
            task(user, i, 0);
        return;
    }
    fegetenv(&workers->floating);
    pthread_mutex_lock(&workers->lock);
    workers->task = task;
    workers->user = user;
    workers->count = count;
    atomic_store(&workers->next, 0);
    workers->working = workers->started;
    workers->round++;
    pthread_cond_broadcast(&workers->work_is_there);
    pthread_mutex_unlock(&workers->lock);

    take_tasks(workers, 0);

    pthread_mutex_lock(&workers->lock);
    while (workers->working > 0)
        pthread_cond_wait(&workers->all_is_done, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
}

void nst__workers_watch(nst__workers *workers, nst__cancel *cancel)
{
    workers->cancel = cancel;
}
