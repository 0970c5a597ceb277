/* When a size has gained enough: on numbers, and on a minimisation whose line search finds nothing for a while. */
#include "unit/runner.h"

#include "transfer/gain.h"

#include <nst/nst.h>

#include <math.h>

/* The iterations after which a loss that falls to PART of itself in each has gained too little; 0: none of 50. */
static uint64_t end_of(double cost, double value, double part)
{
    nst__gain gain = {0};
    for (uint64_t i = 1; i <= 50; i++, value *= part)
        if (nst__gain_is_small(&gain, cost, i, value)) return i;
    return 0;
}

START_TEST(two_percent_an_iteration_is_enough)
{
    ck_assert_uint_eq(end_of(1, 3, 0.97), 0);
    ck_assert_uint_eq(end_of(1, 3e12, 0.97), 0);
    ck_assert_uint_eq(end_of(1, 3, 0.99), NST__GAIN_ITERATIONS + 1);
    ck_assert_uint_eq(end_of(0.25, 3, 0.99), 0); /* a quarter of the pixels */
    ck_assert_uint_eq(end_of(0.25, 3, 0.997), NST__GAIN_ITERATIONS + 1);
    ck_assert_uint_eq(end_of(1, 3, 1), NST__GAIN_ITERATIONS + 1);
    ck_assert_uint_eq(end_of(1, -3, 1.03), 0); /* a term of the host may be negative */
    ck_assert_uint_eq(end_of(1, -3, 1.01), NST__GAIN_ITERATIONS + 1);
}
END_TEST

START_TEST(one_small_step_does_not_end_it)
{
    nst__gain gain = {0};
    double value = 1;
    for (uint64_t i = 1; i <= 30; i++) {
        ck_assert(!nst__gain_is_small(&gain, 1, i, value));
        value *= i % 5 == 0 ? 0.999 : 0.95;
    }
}
END_TEST

/* ---- A plateau of the line search ---- */

enum { N = 60, BEGIN = 9, END = 17 }; /* the calls at which no point is lower */

typedef struct valley {
    nst__gain gain;
    int calls, ended_at;
    double lowest, lowest_before[40]; /* by call */
} valley;

/* 1 plus half the sum of k_i x_i^2, k from 1 to 100. On the plateau a wall stands around the lowest point so far. */
static int follow(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    valley *v = user;
    if (nst__gain_is_small(&v->gain, 1, nst_optimizer_iterations(optimizer), nst_optimizer_value(optimizer))) {
        v->ended_at = v->calls;
        return NST_OBJECTIVE_STOP;
    }
    *value = 1;
    for (size_t i = 0; i < n; i++) {
        const double k = pow(100, (double)i / (double)(n - 1));
        *value += 0.5 * k * (double)x[i] * (double)x[i];
        g[i] = (float)(k * (double)x[i]);
    }
    v->calls++;
    if (v->calls >= BEGIN && v->calls < END) *value = v->lowest * (1 + 1e-4 * v->calls);
    if (v->calls == 1 || *value < v->lowest) v->lowest = *value;
    if (v->calls < 40) v->lowest_before[v->calls] = v->lowest;
    return 0;
}

START_TEST(a_plateau_of_the_line_search_does_not_end_it)
{
    nst_optimizer *optimizer;
    valley v = {0};
    float x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = 10;
    ck_assert_int_eq(nst_optimizer_create(&optimizer, NST_ALGORITHM_LBFGS), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(optimizer, N, x, follow, &v), NST_OK);
    /* The plateau was longer than the window of the rule, and there was much to gain after it. */
    ck_assert_double_eq(v.lowest_before[END - 1], v.lowest_before[BEGIN - 1]);
    ck_assert_int_gt(END - BEGIN, NST__GAIN_ITERATIONS + 1);
    ck_assert_int_gt(v.ended_at, END + NST__GAIN_ITERATIONS);
    ck_assert_double_lt(v.lowest, 0.1 * v.lowest_before[END - 1]);
    ck_assert_double_lt(v.lowest, 1.1);
    nst_optimizer_destroy(optimizer);
}
END_TEST

RUNNER("gain", two_percent_an_iteration_is_enough, one_small_step_does_not_end_it,
       a_plateau_of_the_line_search_does_not_end_it)
