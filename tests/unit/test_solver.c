/* Optimizers on the standard problems of the field, against their known minima. */
#include "unit/runner.h"

#include "unit/algorithms.h"
#include "solver/optimizer.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Problems ---- */

typedef struct problem {
    uint64_t calls;
    uint64_t stop_at, fail_at, nan_at; /* the call at which it does so, from 1; 0: never */
    double lowest;                     /* value that was handed out */
    float lowest_x[4];
} problem;

static int answer(problem *p, size_t n, const float *x, double f, double *value)
{
    p->calls++;
    if (p->calls == p->stop_at) return NST_OBJECTIVE_STOP;
    if (p->calls == p->fail_at) return 7;
    *value = p->calls == p->nan_at ? (double)NAN : f;
    if (p->calls == 1 || *value < p->lowest) {
        p->lowest = *value;
        memcpy(p->lowest_x, x, (n < 4 ? n : 4) * sizeof *x);
    }
    return 0;
}

/* Sum of 100 (x_i+1 - x_i²)² + (1 - x_i)²; minimum 0 at (1, ..., 1). */
static int rosenbrock(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    memset(g, 0, n * sizeof *g);
    for (size_t i = 0; i + 1 < n; i++) {
        const double a = (double)x[i], t = (double)x[i + 1] - a * a;
        f += 100 * t * t + (1 - a) * (1 - a);
        g[i] += (float)(-400 * t * a - 2 * (1 - a));
        g[i + 1] += (float)(200 * t);
    }
    return answer(user, n, x, f, value);
}

/* Beale 1958; minimum 0 at (3, 0.5). */
static int beale(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    static const double c[3] = {1.5, 2.25, 2.625};
    const double a = (double)x[0], b = (double)x[1];
    double f = 0, da = 0, db = 0;
    for (int i = 1; i <= 3; i++) {
        const double power = pow(b, i), t = c[i - 1] - a * (1 - power);
        f += t * t;
        da -= 2 * t * (1 - power);
        db += 2 * t * a * i * pow(b, i - 1);
    }
    g[0] = (float)da;
    g[1] = (float)db;
    return answer(user, n, x, f, value);
}

/* Powell's singular function; minimum 0 at the origin, where the second derivative is singular. */
static int powell(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    const double a = (double)x[0], b = (double)x[1], c = (double)x[2], d = (double)x[3];
    const double p = a + 10 * b, q = c - d, r = b - 2 * c, s = a - d;
    g[0] = (float)(2 * p + 40 * s * s * s);
    g[1] = (float)(20 * p + 4 * r * r * r);
    g[2] = (float)(10 * q - 8 * r * r * r);
    g[3] = (float)(-10 * q - 40 * s * s * s);
    return answer(user, n, x, p * p + 5 * q * q + r * r * r * r + 10 * s * s * s * s, value);
}

/* Half the sum of k_i (x_i - 1)², k from 1 to 1e6. */
static int quadratic(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        const double k = pow(1e6, (double)i / (double)(n - 1)), t = (double)x[i] - 1;
        f += 0.5 * k * t * t;
        g[i] = (float)(k * t);
    }
    return answer(user, n, x, f, value);
}

static int bowl(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        const double t = (double)x[i] - 0.5;
        f += 0.5 * t * t;
        g[i] = (float)t;
    }
    return answer(user, n, x, f, value);
}

static int kink(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        f += fabs((double)x[i] - 0.5);
        g[i] = x[i] < 0.5F ? -1 : 1;
    }
    return answer(user, n, x, f, value);
}

static int flat(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    memset(g, 0, n * sizeof *g);
    return answer(user, n, x, 3, value);
}

static int line(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        f -= (double)x[i];
        g[i] = -1;
    }
    return answer(user, n, x, f, value);
}

/* -log(x) + 100 x, not a number from 0 down; minimum 1 + log(100) at 0.01, and steps from above overshoot. */
static int barrier(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        f += 100 * (double)x[i] + (x[i] > 0 ? -log((double)x[i]) : (double)NAN);
        g[i] = (float)(100 - 1 / (double)x[i]);
    }
    return answer(user, n, x, f, value);
}

/* Finite at the start alone. */
static int island(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    for (size_t i = 0; i < n; i++)
        g[i] = 1;
    return answer(user, n, x, x[0] == 1.0F ? 5 : (double)INFINITY, value);
}

/* Its gradient points up: nothing is lower along any search. */
static int liar(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        f += (double)x[i] * (double)x[i];
        g[i] = -2 * x[i];
    }
    return answer(user, n, x, f, value);
}

/* -cos: negative curvature where it starts. */
static int wave(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    for (size_t i = 0; i < n; i++) {
        f -= cos((double)x[i]);
        g[i] = sinf(x[i]);
    }
    return answer(user, n, x, f, value);
}

static nst_optimizer *make(nst_algorithm algorithm)
{
    nst_optimizer *optimizer;
    ck_assert_int_eq(nst_optimizer_create(&optimizer, algorithm), NST_OK);
    return optimizer;
}

/* Runs and checks what holds for every run: the books, and that x is the lowest point that was seen. */
static nst_stop run(nst_optimizer *optimizer, size_t n, float *x, nst_objective_fn objective, problem *p)
{
    ck_assert_int_eq(nst_optimizer_minimize(optimizer, n, x, objective, p), NST_OK);
    ck_assert_uint_eq(nst_optimizer_evaluations(optimizer), p->calls - (p->stop_at && p->calls == p->stop_at));
    if (!p->nan_at) {
        ck_assert_double_eq(nst_optimizer_value(optimizer), p->lowest);
        ck_assert_mem_eq(x, p->lowest_x, (n < 4 ? n : 4) * sizeof *x);
    }
    return nst_optimizer_stop_reason(optimizer);
}

/* ---- L-BFGS ---- */

START_TEST(rosenbrock_in_2)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[2] = {-1.2F, 1};
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-4);
    ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_CONVERGED);
    ck_assert_uint_le(p.calls, 60);
    ck_assert_double_le(p.lowest, 1e-9);
    ck_assert_float_eq_tol(x[0], 1, 1e-4F);
    ck_assert_float_eq_tol(x[1], 1, 2e-4F);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(rosenbrock_in_100)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[100];
    for (size_t i = 0; i < 100; i++)
        x[i] = i % 2 ? 1 : -1.2F;
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-3);
    ck_assert_int_eq(run(o, 100, x, rosenbrock, &p), NST_STOP_CONVERGED);
    ck_assert_uint_le(p.calls, 700);
    /* From this start the method may also end in the valley's other minimum, near (-0.993, 0.997, 0.998,
     * ...), with value 3.99. */
    ck_assert(p.lowest < 1e-5 || fabs(p.lowest - 3.98662) < 1e-3);
    for (size_t i = 1; i < 100; i++)
        ck_assert_float_eq_tol(x[i], 1, 0.02F);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(beale_and_powell)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0}, q = {0};
    float x[2] = {1, 1}, y[4] = {3, -1, 0, 1};
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-5);
    ck_assert_int_eq(run(o, 2, x, beale, &p), NST_STOP_CONVERGED);
    ck_assert_float_eq_tol(x[0], 3, 1e-4F);
    ck_assert_float_eq_tol(x[1], 0.5F, 1e-4F);
    ck_assert_uint_le(p.calls, 40);
    ck_assert_int_eq(run(o, 4, y, powell, &q), NST_STOP_CONVERGED);
    for (size_t i = 0; i < 4; i++)
        ck_assert_float_eq_tol(y[i], 0, 0.02F);
    ck_assert_double_le(q.lowest, 1e-7);
    ck_assert_uint_le(q.calls, 80);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(ill_conditioned_quadratic)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[50] = {0};
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-2);
    nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 3000);
    ck_assert_int_ne(run(o, 50, x, quadratic, &p), NST_STOP_NON_FINITE);
    ck_assert_double_le(p.lowest, 1e-2); /* of 1.8e6 */
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(a_longer_history_pays)
{
    double value[2];
    for (int i = 0; i < 2; i++) {
        nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
        problem p = {0};
        float x[30] = {0};
        nst_optimizer_set_int(o, NST_PARAM_HISTORY, i ? 30 : 1);
        nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 150);
        ck_assert_int_eq(run(o, 30, x, quadratic, &p), NST_STOP_BUDGET);
        value[i] = p.lowest;
        nst_optimizer_destroy(o);
    }
    ck_assert_double_lt(value[1] * 5, value[0]);
}
END_TEST

/* A pair with s·y <= 0 would make the next direction go up. The start lies where -cos curves down. */
START_TEST(negative_curvature_is_survived)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[3] = {3.1F, 2.9F, -3.0F};
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-5);
    nst_optimizer_set_int(o, NST_PARAM_LINE_EVALUATIONS, 6);
    ck_assert_int_eq(run(o, 3, x, wave, &p), NST_STOP_CONVERGED);
    ck_assert_double_eq_tol(p.lowest, -3, 1e-9);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(not_a_number_beside_the_way)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x = 0.05F;
    nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-2);
    ck_assert_int_eq(run(o, 1, &x, barrier, &p), NST_STOP_CONVERGED);
    ck_assert_float_eq_tol(x, 0.01F, 1e-5F);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(not_a_number_ends_at_the_best_point)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        nst_optimizer *o = make((nst_algorithm)algorithm);
        problem p = {0};
        float x[3] = {1, 2, 3};
        ck_assert_int_eq(run(o, 3, x, island, &p), NST_STOP_NON_FINITE);
        ck_assert_float_eq(x[0], 1);
        ck_assert_float_eq(x[2], 3);
        ck_assert_double_eq(nst_optimizer_value(o), 5);
        ck_assert_uint_le(p.calls, 4); /* one restart, not many */
        nst_optimizer_destroy(o);
    }
}
END_TEST

START_TEST(one_bad_value_is_forgiven)
{
    for (uint64_t at = 2; at <= 20; at++) {
        nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
        problem p = {.nan_at = at};
        float x[2] = {-1.2F, 1};
        nst_optimizer_set_float(o, NST_PARAM_GRADIENT_TOLERANCE, 1e-4);
        ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_CONVERGED);
        ck_assert_float_eq_tol(x[0], 1, 1e-4F);
        nst_optimizer_destroy(o);
    }
}
END_TEST

START_TEST(not_a_number_at_the_start)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        nst_optimizer *o = make((nst_algorithm)algorithm);
        problem p = {.nan_at = 1};
        float x[2] = {4, 5};
        ck_assert_int_eq(nst_optimizer_minimize(o, 2, x, bowl, &p), NST_ERR_NON_FINITE);
        ck_assert_str_eq(nst_last_error(), "the value is not finite at the start");
        ck_assert(x[0] == 4 && x[1] == 5 && p.calls == 1);
        nst_optimizer_destroy(o);
    }
}
END_TEST

START_TEST(nothing_to_do)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        nst_optimizer *o = make((nst_algorithm)algorithm);
        problem p = {0}, q = {0};
        float x[2] = {4, 5}, y[2] = {0.5F, 0.5F};
        ck_assert_int_eq(run(o, 2, x, flat, &p), NST_STOP_CONVERGED);
        ck_assert(x[0] == 4 && x[1] == 5 && p.calls == 1);
        ck_assert_int_eq(run(o, 2, y, bowl, &q), NST_STOP_CONVERGED);
        ck_assert(y[0] == 0.5F && q.calls == 1);
        ck_assert_uint_eq(nst_optimizer_iterations(o), 0);
        nst_optimizer_destroy(o);
    }
}
END_TEST

START_TEST(a_false_gradient_stalls)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[2] = {4, 5};
    ck_assert_int_eq(run(o, 2, x, liar, &p), NST_STOP_STALLED);
    ck_assert(x[0] == 4 && x[1] == 5);
    ck_assert_uint_le(p.calls, 41);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(without_a_bound_the_budget_ends_it)
{
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
    problem p = {0};
    float x[2] = {0, 0};
    nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 30);
    ck_assert_int_eq(run(o, 2, x, line, &p), NST_STOP_BUDGET);
    ck_assert_uint_eq(p.calls, 30);
    ck_assert_double_lt(p.lowest, -1e6);
    nst_optimizer_destroy(o);
}
END_TEST

/* ---- Both ---- */

/* run() checks that x is the best of the points seen: here at whatever place of a search the budget ends. */
START_TEST(the_budget_is_exact)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++)
        for (int64_t budget = 1; budget <= 40; budget++) {
            nst_optimizer *o = make((nst_algorithm)algorithm);
            problem p = {0};
            float x[2] = {-1.2F, 1};
            nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, budget);
            ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_BUDGET);
            ck_assert_int_eq((int64_t)p.calls, budget);
            nst_optimizer_destroy(o);
        }
}
END_TEST

START_TEST(the_objective_stops_it)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++)
        for (uint64_t at = 1; at <= 25; at++) {
            nst_optimizer *o = make((nst_algorithm)algorithm);
            problem p = {.stop_at = at}, q = {.fail_at = at};
            float x[2] = {-1.2F, 1}, y[2] = {-1.2F, 1};
            if (at == 1)
                ck_assert_int_eq(nst_optimizer_minimize(o, 2, x, rosenbrock, &p), NST_OK);
            else
                ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_CALLBACK);
            ck_assert_int_eq(nst_optimizer_stop_reason(o), NST_STOP_CALLBACK);
            ck_assert_int_eq(nst_optimizer_minimize(o, 2, y, rosenbrock, &q), NST_ERR_CALLBACK);
            ck_assert_mem_eq(x, y, sizeof x);
            nst_optimizer_destroy(o);
        }
}
END_TEST

typedef struct watch {
    uint64_t seen, stop_at;
    double last;
} watch;

static int watch_iteration(nst_optimizer *optimizer, void *user)
{
    watch *w = user;
    w->seen++;
    ck_assert_uint_eq(nst_optimizer_iterations(optimizer), w->seen);
    ck_assert_double_le(nst_optimizer_value(optimizer), w->last);
    w->last = nst_optimizer_value(optimizer);
    ck_assert_int_eq(nst_optimizer_minimize(optimizer, 1, (float[1]){0}, bowl, NULL), NST_ERR_STATE);
    return w->seen == w->stop_at;
}

START_TEST(the_iteration_callback_stops_it)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        nst_optimizer *o = make((nst_algorithm)algorithm);
        problem p = {0};
        watch w = {.stop_at = 5, .last = DBL_MAX};
        float x[2] = {-1.2F, 1};
        nst_optimizer_set_iteration(o, watch_iteration, &w);
        ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_CALLBACK);
        ck_assert_uint_eq(w.seen, 5);
        ck_assert_double_eq(w.last, p.lowest);
        nst_optimizer_destroy(o);
    }
}
END_TEST

START_TEST(a_small_gain_is_enough)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        nst_optimizer *o = make((nst_algorithm)algorithm);
        problem p = {0}, q = {0};
        float x[2] = {-1.2F, 1}, y[2] = {-1.2F, 1};
        nst_optimizer_set_float(o, NST_PARAM_VALUE_TOLERANCE, 0.1);
        ck_assert_int_eq(run(o, 2, x, rosenbrock, &p), NST_STOP_CONVERGED);
        nst_optimizer_set_float(o, NST_PARAM_VALUE_TOLERANCE, 1e-3);
        run(o, 2, y, rosenbrock, &q);
        ck_assert_uint_lt(p.calls, q.calls);
        nst_optimizer_destroy(o);
    }
}
END_TEST

/* A bowl above USER[0], until its second evaluation, whose x goes to USER[1]. */
static int raised_bowl(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    double *numbers = user;
    if (nst_optimizer_evaluations(optimizer) == 1) {
        numbers[1] = (double)x[0];
        return NST_OBJECTIVE_STOP;
    }
    *value = numbers[0];
    for (size_t i = 0; i < n; i++) {
        const double t = (double)x[i] - 0.5;
        *value += 0.5 * t * t;
        g[i] = (float)t;
    }
    return 0;
}

/* f / |g|^2 is half the way to the minimum of a parabola whose lowest value is 0. Higher up, the largest variable moves
 * by half of its size; below 0, by a tenth of it. */
START_TEST(the_first_trial_takes_the_tangent_to_zero)
{
    static const struct {
        double raised, x1;
    } cases[] = {{0, 3.5}, {1e9, 6.5 * 0.5}, {-1e9, 6.5 * 0.9}};
    for (size_t i = 0; i < 3; i++) {
        nst_optimizer *o = make(NST_ALGORITHM_LBFGS);
        double numbers[2] = {cases[i].raised, 0};
        float x = 6.5F;
        ck_assert_int_eq(nst_optimizer_minimize(o, 1, &x, raised_bowl, numbers), NST_OK);
        ck_assert_double_eq_tol(numbers[1], cases[i].x1, 1e-6);
        nst_optimizer_destroy(o);
    }
}
END_TEST

/* ---- Adam ---- */

/* The first step of Adam is the rate against the sign of the gradient, whatever its size. */
START_TEST(the_first_step_is_the_rate)
{
    nst_optimizer *o = make(NST_ALGORITHM_ADAM);
    problem p = {0};
    float x[2] = {0.25F, 8};
    nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 2);
    nst_optimizer_set_float(o, NST_PARAM_LEARNING_RATE, 0.125);
    ck_assert_int_eq(run(o, 2, x, bowl, &p), NST_STOP_BUDGET);
    ck_assert_float_eq_tol(x[0], 0.375F, 1e-6F);
    ck_assert_float_eq_tol(x[1], 7.875F, 1e-6F);
    nst_optimizer_destroy(o);
}
END_TEST

/* Against the recurrences in double. */
START_TEST(adam_follows_the_paper)
{
    nst_optimizer *o = make(NST_ALGORITHM_ADAM);
    problem p = {0};
    float x = 3;
    double y = 3, m = 0, v = 0;
    nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 31);
    nst_optimizer_set_float(o, NST_PARAM_LEARNING_RATE, 0.05);
    nst_optimizer_set_float(o, NST_PARAM_DECAY, 0.01);
    run(o, 1, &x, bowl, &p);
    for (int t = 1; t <= 30; t++) {
        const double g = y - 0.5;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        y -= 0.05 / (1 + 0.01 * (t - 1)) * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8);
    }
    ck_assert_double_eq_tol((double)x, y, 1e-5);
    nst_optimizer_destroy(o);
}
END_TEST

START_TEST(adam_finds_the_minimum)
{
    nst_optimizer *o = make(NST_ALGORITHM_ADAM);
    problem p = {0};
    float x[5] = {0, 1, 2, -1, 0.4F};
    nst_optimizer_set_float(o, NST_PARAM_DECAY, 0.01);
    nst_optimizer_set_float(o, NST_PARAM_LEARNING_RATE, 0.05);
    run(o, 5, x, bowl, &p);
    for (size_t i = 0; i < 5; i++)
        ck_assert_float_eq_tol(x[i], 0.5F, 1e-3F);
    nst_optimizer_destroy(o);
}
END_TEST

/* The gradient of |x| has one size, so the iterates swing about the minimum for ever: their average lies
 * closer than any of them. */
START_TEST(the_average_is_better_than_the_iterates)
{
    double value[2];
    for (int i = 0; i < 2; i++) {
        nst_optimizer *o = make(NST_ALGORITHM_ADAM);
        problem p = {0};
        float x[2] = {-1.2F, 1};
        nst_optimizer_set_float(o, NST_PARAM_LEARNING_RATE, 0.7);
        nst_optimizer_set_float(o, NST_PARAM_BETA1, 0);
        nst_optimizer_set_float(o, NST_PARAM_AVERAGE, i ? 0.98 : 0);
        nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 400);
        ck_assert_int_eq(run(o, 2, x, kink, &p), NST_STOP_BUDGET);
        ck_assert_uint_eq(p.calls, 400);
        value[i] = nst_optimizer_value(o);
        nst_optimizer_destroy(o);
    }
    ck_assert_double_lt(value[1] * 2, value[0]);
}
END_TEST

/* ---- Bad use ---- */

START_TEST(bad_use_is_refused)
{
    nst_optimizer *o;
    float x[1] = {1};
    int64_t whole;
    double number;
    ck_assert_int_eq(nst_optimizer_create(&o, (nst_algorithm)7), NST_ERR_ARGUMENT);
    ck_assert_ptr_null(o);
    ck_assert_int_eq(nst_optimizer_create(NULL, NST_ALGORITHM_LBFGS), NST_ERR_ARGUMENT);
    o = make(NST_ALGORITHM_LBFGS);
    ck_assert_int_eq(nst_optimizer_stop_reason(o), NST_STOP_NONE);
    ck_assert(isnan(nst_optimizer_value(o)));
    ck_assert_int_eq(nst_optimizer_minimize(o, 0, x, bowl, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_minimize(o, 1, NULL, bowl, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_minimize(o, 1, x, NULL, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_SIZE, 5), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_HISTORY, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_optimizer_set_float(o, NST_PARAM_WOLFE_C1, (double)NAN), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_HISTORY, "many"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_HISTORY, "7"), NST_OK);
    ck_assert_int_eq(nst_optimizer_get_int(o, NST_PARAM_HISTORY, &whole), NST_OK);
    ck_assert_int_eq(whole, 7);
    ck_assert_int_eq(nst_optimizer_get_float(o, NST_PARAM_WOLFE_C2, &number), NST_OK);
    ck_assert_double_eq(number, 0.9);
    ck_assert_int_eq(nst_optimizer_set_float(o, NST_PARAM_WOLFE_C2, 1e-5), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(o, 1, x, bowl, NULL), NST_ERR_RANGE);
    nst_optimizer_destroy(o);
    nst_optimizer_destroy(NULL);
}
END_TEST

/* A bowl that stops at its fifth call: the point of the result is the one whose value is told. */
static int stopping_bowl(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *gradient, void *user)
{
    int *calls = user;
    (void)optimizer;
    if (++*calls == 5) return NST_OBJECTIVE_STOP;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        *value += ((double)x[i] - 0.8) * ((double)x[i] - 0.8);
        gradient[i] = 2 * (x[i] - 0.8f);
    }
    return 0;
}

START_TEST(the_value_is_that_of_the_result)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++)
        for (int result = 0; result < 2; result++) {
            nst_optimizer *o;
            float x[3] = {3, -1, 2};
            int calls = 0;
            double value = 0;
            ck_assert_int_eq(nst_optimizer_create(&o, (nst_algorithm)algorithm), NST_OK);
            ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_RESULT, result), NST_OK);
            ck_assert_int_eq(nst_optimizer_minimize(o, 3, x, stopping_bowl, &calls), NST_OK);
            for (size_t i = 0; i < 3; i++)
                value += ((double)x[i] - 0.8) * ((double)x[i] - 0.8);
            ck_assert_double_eq_tol(nst_optimizer_value(o), value, 1e-6 * value);
            nst_optimizer_destroy(o);
        }
}
END_TEST

RUNNER("solver", the_first_trial_takes_the_tangent_to_zero, the_value_is_that_of_the_result, rosenbrock_in_2,
       rosenbrock_in_100, beale_and_powell, ill_conditioned_quadratic, a_longer_history_pays,
       negative_curvature_is_survived, not_a_number_beside_the_way, not_a_number_ends_at_the_best_point,
       one_bad_value_is_forgiven, not_a_number_at_the_start, nothing_to_do, a_false_gradient_stalls,
       without_a_bound_the_budget_ends_it, the_budget_is_exact, the_objective_stops_it, the_iteration_callback_stops_it,
       a_small_gain_is_enough, the_first_step_is_the_rate, adam_follows_the_paper, adam_finds_the_minimum,
       the_average_is_better_than_the_iterates, bad_use_is_refused)
