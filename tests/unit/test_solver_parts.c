/* Inside the optimizers: the line search alone, the pairs against the textbook's two loops, and what must not
 * depend on threads or on memory that runs out. */
#include "unit/runner.h"

#include "unit/algorithms.h"
#include "base/alloc.h"
#include "base/simd.h"
#include "solver/descent.h"
#include "solver/history.h"
#include "solver/line_search.h"
#include "solver/optimizer.h"

#include <math.h>
#include <string.h>

/* ---- Line search ---- */

typedef double (*phi_fn)(double a, double *slope);

/* Moré and Thuente's test function 1, beta = 2. */
static double hill(double a, double *slope)
{
    *slope = (a * a - 2) / ((a * a + 2) * (a * a + 2));
    return -a / (a * a + 2);
}

/* Their function 2, beta = 0.004: flat at first, then steep. */
static double steep(double a, double *slope)
{
    *slope = 5 * pow(a + 0.004, 4) - 8 * pow(a + 0.004, 3);
    return pow(a + 0.004, 5) - 2 * pow(a + 0.004, 4);
}

/* Many minima. */
static double bumps(double a, double *slope)
{
    *slope = 2 * (a - 3) + 6 * cos(7 * a + 1);
    return (a - 3) * (a - 3) + 6.0 / 7 * sin(7 * a + 1);
}

START_TEST(strong_wolfe_from_any_first_step)
{
    static const phi_fn functions[] = {hill, steep, bumps};
    for (size_t f = 0; f < 3; f++)
        for (int power = -3; power <= 3; power++) {
            /* In function 2 a smaller c2 would ask for slopes that the rounding of values hides. */
            const double c1 = 1e-4, c2 = f == 1 ? 0.9 : 0.1;
            double slope0, slope = 0, value = 0;
            const double value0 = functions[f](0, &slope0);
            nst__line line;
            int trials = 0;
            nst__line_start(&line, value0, slope0, pow(10, power), c1, c2);
            nst__line_answer answer = NST__LINE_TRY;
            while (answer == NST__LINE_TRY && ++trials < 30) {
                value = functions[f](line.step, &slope);
                answer = nst__line_next(&line, value, slope);
            }
            ck_assert_int_eq(answer, NST__LINE_DONE);
            ck_assert_double_le(value, value0 + c1 * line.step * slope0);
            ck_assert_double_le(fabs(slope), -c2 * slope0);
            ck_assert_int_le(trials, 18);
        }
}
END_TEST

START_TEST(a_parabola_takes_two)
{
    nst__line line;
    nst__line_start(&line, 8, -8, 0.25, 1e-4, 0.1); /* 8 (1 - a / 2)², minimum at 2 */
    ck_assert_int_eq(nst__line_next(&line, 8 * 0.875 * 0.875, -8 * 0.875), NST__LINE_TRY);
    ck_assert_double_eq_tol(line.step, 1.25, 1e-12); /* extrapolation has its limit */
    ck_assert_int_eq(nst__line_next(&line, 8 * 0.375 * 0.375, -8 * 0.375), NST__LINE_TRY);
    ck_assert_double_ge(line.step, 2);
    nst__line_start(&line, 8, -8, 5, 1e-4, 0.1);
    ck_assert_int_eq(nst__line_next(&line, 18, 12), NST__LINE_TRY);
    ck_assert_double_eq_tol(line.step, 2, 1e-12); /* interpolation is exact */
    ck_assert_int_eq(nst__line_next(&line, 0, 0), NST__LINE_DONE);
}
END_TEST

START_TEST(a_search_that_cannot_win_ends)
{
    nst__line line;
    int trials = 0;
    nst__line_start(&line, 1, -1, 1, 1e-4, 0.9);
    while (nst__line_next(&line, 2, 1) == NST__LINE_TRY)
        ck_assert_int_lt(++trials, 100);
    ck_assert_double_eq(line.low.step, 0);
}
END_TEST

/* ---- Pairs ---- */

enum { N = 40000, PAIRS = 4, MOVES = 9 }; /* three blocks, the last not full; older pairs give way */

static uint32_t noise_state;

static float noise(void)
{
    noise_state = noise_state * 1664525U + 1013904223U;
    return (float)(noise_state >> 8) / 8388608.0F - 1;
}

/* x and the gradient of half the sum of k_i x_i², k from 1 to 10. */
static void make_point(float *x, float *g)
{
    for (size_t i = 0; i < N; i++) {
        x[i] = noise();
        g[i] = x[i] * (1 + 9 * (float)(i % 100) / 99);
    }
}

/* Nocedal & Wright's algorithm 7.4 as it stands, in double. */
static void textbook(double *r, float x[][N], float g[][N], int newest)
{
    double alpha[PAIRS], rho[PAIRS], sy = 0, yy = 0;
    for (size_t i = 0; i < N; i++)
        r[i] = (double)g[newest][i];
    for (int k = 0; k < PAIRS; k++) {
        const float *x1 = x[newest - k], *x0 = x[newest - k - 1], *g1 = g[newest - k], *g0 = g[newest - k - 1];
        double s_y = 0, s_r = 0;
        for (size_t i = 0; i < N; i++) {
            s_y += (double)(x1[i] - x0[i]) * (double)(g1[i] - g0[i]);
            s_r += (double)(x1[i] - x0[i]) * r[i];
            if (k == 0) yy += (double)(g1[i] - g0[i]) * (double)(g1[i] - g0[i]);
        }
        if (k == 0) sy = s_y;
        rho[k] = 1 / s_y;
        alpha[k] = rho[k] * s_r;
        for (size_t i = 0; i < N; i++)
            r[i] -= alpha[k] * (double)(g1[i] - g0[i]);
    }
    for (size_t i = 0; i < N; i++)
        r[i] *= sy / yy;
    for (int k = PAIRS - 1; k >= 0; k--) {
        const float *x1 = x[newest - k], *x0 = x[newest - k - 1], *g1 = g[newest - k], *g0 = g[newest - k - 1];
        double y_r = 0;
        for (size_t i = 0; i < N; i++)
            y_r += (double)(g1[i] - g0[i]) * r[i];
        for (size_t i = 0; i < N; i++)
            r[i] += (alpha[k] - rho[k] * y_r) * (double)(x1[i] - x0[i]);
    }
}

static float points[MOVES][N], gradients[MOVES][N];

typedef struct chunk_results {
    double dot, dot_wide, dot2[2], largest, wide[NST__CHUNK], scaled[NST__CHUNK], sum[NST__CHUNK];
    float difference[NST__CHUNK], moved[NST__CHUNK], d[NST__CHUNK], moved_by[NST__CHUNK];
    float scale, unpacked[NST__CHUNK];
    int16_t packed[NST__CHUNK];
} chunk_results;

static void run_chunks(chunk_results *r, const nst__chunks *chunks, const float *x, const float *y, size_t n)
{
    memset(r, 0, sizeof *r);
    chunks->widen(r->wide, x, n);
    chunks->scale(r->scaled, 0.3, y, n);
    r->dot = chunks->dot(r->wide, y, n);
    r->dot_wide = chunks->dot_wide(r->wide, r->scaled, n);
    chunks->dot2(&r->dot2[0], &r->dot2[1], r->wide, r->scaled, y, n);
    memcpy(r->sum, r->scaled, sizeof r->sum);
    chunks->add2(r->sum, 0.7, x, -1.9, y, n);
    chunks->subtract(r->difference, x, y, n);
    chunks->move(r->moved, x, 0.1, y, n);
    chunks->move_by(r->moved_by, r->d, x, r->sum, n);
    r->largest = chunks->largest(x, n);
    r->scale = chunks->pack(r->packed, x, n);
    chunks->unpack(r->unpacked, r->packed, r->scale, n);
}

/* Against the same in plain loops; every instruction set has the bits of the generic code. */
START_TEST(chunks_are_the_same_bits_with_any_instruction_set)
{
    static float x[NST__CHUNK], y[NST__CHUNK];
    static chunk_results expected, found;
    const size_t lengths[] = {1, 2, 3, 7, 8, 9, 15, 16, 31, NST__CHUNK - 1, NST__CHUNK};
    noise_state = 7;
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        const size_t n = lengths[l];
        double dot = 0, largest = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = noise();
            y[i] = noise();
            dot += (double)x[i] * (double)y[i];
            largest = fmax(largest, fabs((double)x[i]));
        }
        run_chunks(&expected, nst__chunks_of(NST_SIMD_GENERIC), x, y, n);
        ck_assert_double_eq_tol(expected.dot, dot, 1e-13 * (double)n);
        ck_assert_double_eq_tol(expected.dot2[0], dot, 1e-13 * (double)n);
        ck_assert_double_eq(expected.largest, largest);
        for (size_t i = 0; i < n; i++) {
            const double sum = 0.3 * (double)y[i] + (0.7 * (double)x[i] + -1.9 * (double)y[i]);
            ck_assert_double_eq_tol(expected.sum[i], sum, 1e-15);
            ck_assert_float_eq(expected.moved_by[i], (float)((double)x[i] + expected.sum[i]));
            ck_assert_float_eq(expected.moved[i], (float)((double)x[i] + 0.1 * (double)y[i]));
            ck_assert_double_eq_tol((double)expected.unpacked[i], (double)x[i], largest / 65000);
        }
        for (int simd = NST_SIMD_AUTO; simd < NST__SIMDS; simd++) {
            if (simd != NST_SIMD_AUTO && !nst__simd_has((nst_simd)simd)) continue;
            run_chunks(&found, nst__chunks_of(simd), x, y, n);
            ck_assert_msg(memcmp(&found, &expected, sizeof found) == 0, "instruction set %d, %zu elements", simd, n);
        }
    }
}
END_TEST

START_TEST(the_direction_is_that_of_the_two_loops)
{
    static float d[N], trial[N];
    static double r[N];
    nst__vectors vectors = {NULL, NULL, N, nst__chunks_of(0), nst__alloc(nst__vector_blocks(N) * 64, sizeof(double))};
    nst__history history;
    noise_state = 1;
    ck_assert_int_eq(nst__history_create(&history, &vectors, &(nst__history_storage){.pairs = PAIRS}), NST_OK);
    for (int i = 0; i < MOVES; i++)
        make_point(points[i], gradients[i]);
    for (int i = 1; i < MOVES; i++) {
        ck_assert_int_eq(nst__history_move(&history, points[i], points[i - 1], gradients[i], gradients[i - 1], true),
                         NST_OK);
        if (i < PAIRS) continue;
        double slope;
        ck_assert_int_eq(nst__history_direction(&slope, &history, d, trial, points[i], gradients[i]), NST_OK);
        double size = 0, error = 0, product = 0;
        textbook(r, points, gradients, i);
        for (size_t k = 0; k < N; k++) {
            size += r[k] * r[k];
            error += (r[k] + (double)d[k]) * (r[k] + (double)d[k]);
            product -= r[k] * (double)gradients[i][k];
            ck_assert_float_eq_tol(trial[k], points[i][k] + d[k], 1e-6F * (1 + fabsf(d[k])));
        }
        ck_assert_double_lt(sqrt(error / size), 1e-6);
        ck_assert_double_eq_tol(slope, product, 1e-6 * fabs(product));
    }
    nst__history_destroy(&history);
    nst__free(vectors.rows);
}
END_TEST

START_TEST(pairs_that_are_not_positive_are_rejected)
{
    static float zero[N], flipped[N];
    nst__vectors vectors = {NULL, NULL, N, nst__chunks_of(0), nst__alloc(nst__vector_blocks(N) * 64, sizeof(double))};
    nst__history history;
    noise_state = 2;
    make_point(points[0], gradients[0]);
    for (size_t i = 0; i < N; i++)
        flipped[i] = -gradients[0][i];
    ck_assert_int_eq(nst__history_create(&history, &vectors, &(nst__history_storage){.pairs = PAIRS}), NST_OK);
    nst__history_move(&history, points[0], zero, flipped, zero, true); /* s·y < 0 */
    ck_assert_uint_eq(history.count, 0);
    nst__history_move(&history, points[0], zero, zero, zero, true); /* y = 0 */
    ck_assert_uint_eq(history.count, 0);
    nst__history_move(&history, points[0], zero, gradients[0], zero, true);
    ck_assert_uint_eq(history.count, 1);
    nst__history_destroy(&history);
    nst__free(vectors.rows);
}
END_TEST

/* ---- Threads ---- */

/* Chained, so that every variable matters to its neighbour. */
static int chain(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    double f = 0;
    (void)user;
    memset(g, 0, n * sizeof *g);
    for (size_t i = 0; i + 1 < n; i++) {
        const float a = x[i] - 0.25F, t = x[i + 1] - x[i] * x[i];
        f += (double)(10 * t * t + a * a);
        g[i] += -40 * t * x[i] + 2 * a;
        g[i + 1] += 20 * t;
    }
    *value = f;
    return 0;
}

START_TEST(the_same_bits_on_any_number_of_threads)
{
    enum { LONG = 100003 };
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        float *first = NULL;
        double value = 0;
        for (int threads = 0; threads <= 5; threads++) {
            nst_optimizer *o;
            nst__workers *workers = NULL;
            float *x = nst__alloc(LONG, sizeof *x);
            noise_state = 3;
            for (size_t i = 0; i < LONG; i++)
                x[i] = noise();
            ck_assert_int_eq(nst_optimizer_create(&o, (nst_algorithm)algorithm), NST_OK);
            nst_optimizer_set_float(o, NST_PARAM_AVERAGE, 0.5);
            if (threads) ck_assert_int_eq(nst__workers_create(&workers, threads, NULL), NST_OK);
            ck_assert_int_eq(nst__optimizer_minimize_with(o, workers, NULL, 0, NULL, 25, LONG, x, chain, NULL), NST_OK);
            ck_assert_uint_eq(nst_optimizer_evaluations(o), 25);
            if (first) {
                ck_assert_mem_eq(first, x, LONG * sizeof *x);
                ck_assert_double_eq(value, nst_optimizer_value(o));
                nst__free(x);
            } else {
                first = x;
                value = nst_optimizer_value(o);
            }
            nst__workers_destroy(workers);
            nst_optimizer_destroy(o);
        }
        nst__free(first);
    }
}
END_TEST

/* ---- Memory ---- */

typedef struct meter {
    int left; /* allocations that succeed; below 0: all */
    int calls;
    size_t bytes;
} meter;

static void *meter_allocate(size_t size, void *user)
{
    meter *m = user;
    m->calls++;
    if (m->left == 0) return NULL;
    m->left--;
    m->bytes += size;
    return malloc(size);
}

static void *meter_resize(void *block, size_t size, void *user)
{
    (void)user;
    return realloc(block, size);
}

static void meter_release(void *block, void *user)
{
    (void)user;
    free(block);
}

START_TEST(every_allocation_may_fail)
{
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++)
        for (int left = 0;; left++) {
            meter m = {.left = left};
            const nst_allocator allocator = {.size = sizeof(nst_allocator),
                                             .allocate = meter_allocate,
                                             .resize = meter_resize,
                                             .release = meter_release,
                                             .user = &m};
            nst_optimizer *o;
            float x[3] = {1, 2, 3};
            ck_assert_int_eq(nst_allocator_set(&allocator), NST_OK);
            nst_status status = nst_optimizer_create(&o, (nst_algorithm)algorithm);
            if (status == NST_OK) status = nst_optimizer_minimize(o, 3, x, chain, NULL);
            nst_optimizer_destroy(o);
            ck_assert_int_eq(nst_allocator_set(NULL), NST_OK); /* NST_ERR_STATE if anything were left */
            if (status == NST_OK) {
                ck_assert_int_ge(left, 3);
                break;
            }
            ck_assert_int_eq(status, NST_ERR_OUT_OF_MEMORY);
            ck_assert(x[0] == 1 && x[1] == 2 && x[2] == 3);
        }
}
END_TEST

static int count_calls(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    meter *m = user;
    if (m->left < 0) m->calls = 0; /* from the first evaluation on */
    m->left = 0;
    return chain(optimizer, n, x, value, g, NULL);
}

START_TEST(memory_is_as_told_and_taken_before_the_start)
{
    enum { LONG = 200000 };
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        meter m = {.left = -1};
        const nst_allocator allocator = {.size = sizeof(nst_allocator),
                                         .allocate = meter_allocate,
                                         .resize = meter_resize,
                                         .release = meter_release,
                                         .user = &m};
        nst_optimizer *o;
        static float x[LONG];
        memset(x, 0, sizeof x);
        ck_assert_int_eq(nst_allocator_set(&allocator), NST_OK);
        ck_assert_int_eq(nst_optimizer_create(&o, (nst_algorithm)algorithm), NST_OK);
        const nst__history_storage storage = nst__optimizer_storage(o);
        const double told = (double)nst__optimizer_bytes(o, &storage, LONG, 1);
        const size_t before = m.bytes;
        ck_assert_int_eq(nst__optimizer_minimize_with(o, NULL, NULL, 0, NULL, 50, LONG, x, count_calls, &m), NST_OK);
        ck_assert_int_eq(m.calls, 0);
        ck_assert_double_eq_tol((double)(m.bytes - before), told, 0.01 * told);
        nst_optimizer_destroy(o);
        ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
    }
}
END_TEST

START_TEST(solvers_are_called_as_the_choices_are)
{
    int64_t value;
    const char *name;
    for (size_t i = 0; (name = nst_param_choice(NST_PARAM_OPTIMIZER, i, &value)); i++) {
        nst_optimizer *o;
        ck_assert_int_eq(nst_optimizer_create(&o, (nst_algorithm)value), NST_OK);
        ck_assert_int_eq(nst_optimizer_algorithm(o), (nst_algorithm)value);
        ck_assert_str_eq(nst_optimizer_name(o), name);
        nst_optimizer_destroy(o);
    }
}
END_TEST

RUNNER("solver parts", strong_wolfe_from_any_first_step, a_parabola_takes_two, a_search_that_cannot_win_ends,
       chunks_are_the_same_bits_with_any_instruction_set, the_direction_is_that_of_the_two_loops,
       pairs_that_are_not_positive_are_rejected, the_same_bits_on_any_number_of_threads, every_allocation_may_fail,
       memory_is_as_told_and_taken_before_the_start, solvers_are_called_as_the_choices_are)
