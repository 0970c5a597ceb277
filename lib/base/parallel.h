/*
 * The only door to threads: a small pool that handles may share. Work is cut into tasks by the problem, never by the
 * number of workers, and a task writes only what is its own: so the results are the same bits for any number.
 */
#ifndef NST_BASE_PARALLEL_H
#define NST_BASE_PARALLEL_H

#include "base/cancel.h"

#include <pthread.h>
#include <stdatomic.h>

/* How many forks lie between the first process that used the library and this one. */
unsigned nst__forks(void);

/* From here on, the thread that forks calls BEFORE, forks, and calls AFTER in the parent alone. For good. */
void nst__at_fork(void (*before)(void), void (*after)(void));

/* A lock for what threads share: NST__LOCK_INIT, or nst__lock_init() where it is a member of something. A lock that
 * another thread held at a fork is free in the child, and what it guards may be half changed there. */
typedef struct nst__lock {
    pthread_mutex_t mutex;
    atomic_uint forks; /* of the process that last used it */
} nst__lock;
#define NST__LOCK_INIT \
    { \
        PTHREAD_MUTEX_INITIALIZER, 0 \
    }
void nst__lock_init(nst__lock *lock);
void nst__lock_destroy(nst__lock *lock);
void nst__lock_take(nst__lock *lock);
void nst__lock_give(nst__lock *lock);

typedef struct nst__workers nst__workers;

/* The cores that the process may use: affinity mask and control groups respected, at least 1. */
int nst__cores(void);

/* THREADS counts the thread that calls nst__workers_run(), which works too; 0 means nst__cores(). In the child of a
 * fork the threads are started again when there is work; if one cannot be started, the others do its work. RUNNER
 * (copied) runs the tasks on threads of the host instead; NULL: none. */
nst_status nst__workers_create(nst__workers **out, int threads, const nst_runner *runner);
/* The same threads for one more user, which may run tasks from another thread at the same time: the runs take turns in
 * the order in which they arrive. The threads end with the last user. */
nst_status nst__workers_share(nst__workers **out, const nst__workers *workers);
void nst__workers_destroy(nst__workers *workers);
int nst__workers_count(const nst__workers *workers);

/* Runs TASK for index 0 to COUNT - 1, in any order, and returns when all are done. WORKER, below
 * nst__workers_count(), tells which scratch memory to use. Every task has the rounding mode and the flush-to-zero
 * setting of the caller. Not to be nested. */
typedef void (*nst__task_fn)(void *user, size_t index, int worker);
void nst__workers_run(nst__workers *workers, size_t count, nst__task_fn task, void *user);

/* From now on, the tasks of this user are left out once CANCEL is asked for, also while it waits for its turn. What
 * they write is then not valid. NULL: all tasks run. */
void nst__workers_watch(nst__workers *workers, nst__cancel *cancel);

#endif
