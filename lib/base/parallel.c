#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT_S */
#include "base/parallel.h"
#include "base/alloc.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    _Atomic size_t next; /* first task that nobody has taken */
    int threads;         /* with the caller */
    int started;
    struct worker {
        nst__workers *workers;
        pthread_t thread;
        int index;
    } worker[];
};

void nst__lock_init(nst__lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

void nst__lock_destroy(nst__lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

void nst__lock_take(nst__lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void nst__lock_give(nst__lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

/* The quota of cgroup v2 is "MAX PERIOD" in microseconds, MAX possibly the word max; only the process's own
 * group is looked at, which is where containers put it. */
static int cgroup_cores(void)
{
    long long quota, period;
    int cores = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file) {
        if (fscanf(file, "%lld %lld", &quota, &period) == 2 && quota > 0 && period > 0)
            cores = (int)((quota + period - 1) / period);
        fclose(file);
    }
    return cores;
}

int nst__cores(void)
{
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) cores = CPU_COUNT(&mask);
    int quota = cgroup_cores();
    if (quota > 0 && quota < cores) cores = quota;
#endif
    return cores < 1 ? 1 : cores;
}

static void take_tasks(nst__workers *workers, int index)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&workers->next, 1, memory_order_relaxed);
        if (i >= workers->count) return;
        workers->task(workers->user, i, index);
    }
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
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

nst_status nst__workers_create(nst__workers **out, int threads)
{
    *out = NULL;
    if (threads <= 0) threads = nst__cores();
    nst__workers *workers = nst__zalloc(1, sizeof *workers + (size_t)threads * sizeof workers->worker[0]);
    if (!workers) return NST_ERR_OUT_OF_MEMORY;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work_is_there, NULL);
    pthread_cond_init(&workers->all_is_done, NULL);
    workers->threads = threads;
    for (int i = 1; i < threads; i++) {
        workers->worker[i].workers = workers;
        workers->worker[i].index = i;
        int error = start(&workers->worker[i]);
        if (error) {
            nst__workers_destroy(workers);
            return nst__fail(NST_ERR_SYSTEM, "thread %d of %d cannot be started: %s", i + 1, threads, strerror(error));
        }
        workers->started = i;
    }
    *out = workers;
    return NST_OK;
}

void nst__workers_destroy(nst__workers *workers)
{
    if (!workers) return;
    pthread_mutex_lock(&workers->lock);
    workers->leave = true;
    pthread_cond_broadcast(&workers->work_is_there);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 1; i <= workers->started; i++)
        pthread_join(workers->worker[i].thread, NULL);
    pthread_cond_destroy(&workers->all_is_done);
    pthread_cond_destroy(&workers->work_is_there);
    pthread_mutex_destroy(&workers->lock);
    nst__free(workers);
}

int nst__workers_count(const nst__workers *workers)
{
    return workers->threads;
}

void nst__workers_run(nst__workers *workers, size_t count, nst__task_fn task, void *user)
{
    if (workers->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++)
            task(user, i, 0);
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->task = task;
    workers->user = user;
    workers->count = count;
    atomic_store(&workers->next, 0);
    workers->working = workers->threads - 1;
    workers->round++;
    pthread_cond_broadcast(&workers->work_is_there);
    pthread_mutex_unlock(&workers->lock);

    take_tasks(workers, 0);

    pthread_mutex_lock(&workers->lock);
    while (workers->working > 0)
        pthread_cond_wait(&workers->all_is_done, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
}
