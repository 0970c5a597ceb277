/* The pool runs every task once, whatever the number of threads, and leaves the host's threads and signals
 * alone. */
#include "unit/runner.h"

#include "base/parallel.h"

#include <stdatomic.h>
#include <string.h>

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
        ck_assert_int_eq(nst__workers_create(&workers, threads), NST_OK);
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
    ck_assert_int_eq(nst__workers_create(&workers, 3), NST_OK);
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
    ck_assert_int_eq(nst__workers_create(&workers, 0), NST_OK);
    ck_assert_int_eq(nst__workers_count(workers), nst__cores());
    nst__workers_destroy(workers);
    nst__workers_destroy(NULL);
}
END_TEST

RUNNER("parallel", each_task_runs_once, many_short_runs_end, zero_means_the_cores_of_the_process)
