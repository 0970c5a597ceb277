/* Checkpoints of optimizers, and which point a minimisation returns. */
#include "unit/runner.h"

#include "unit/algorithms.h"

#include "solver/optimizer.h"

#include <nst/nst.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { N = 1000 };

/* A chain of bananas, harder from one to the next. */
static int chain(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    (void)user;
    *value = 0;
    memset(g, 0, n * sizeof *g);
    for (size_t i = 0; i + 1 < n; i++) {
        const double t = (double)x[i + 1] - (double)x[i] * (double)x[i], u = 1 - (double)x[i];
        const double k = 10 + 0.01 * (double)i;
        *value += k * t * t + u * u;
        g[i] += (float)(-4 * k * t * (double)x[i] - 2 * u);
        g[i + 1] += (float)(2 * k * t);
    }
    return 0;
}

typedef struct checkpoint {
    uint64_t at; /* iterations */
    bool stop;
    void *bytes;
    size_t size;
    nst_status status;
} checkpoint;

static int save(nst_optimizer *optimizer, void *user)
{
    checkpoint *c = user;
    if (nst_optimizer_iterations(optimizer) != c->at) return 0;
    c->status = nst_optimizer_save_state(&c->bytes, &c->size, optimizer);
    return c->stop;
}

static nst_optimizer *make(nst_algorithm algorithm, const char *average)
{
    nst_optimizer *o;
    ck_assert_int_eq(nst_optimizer_create(&o, algorithm), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 60), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_AVERAGE, average), NST_OK);
    return o;
}

static void start(float *x)
{
    for (int i = 0; i < N; i++)
        x[i] = (float)(0.5 * sin(0.7 * i));
}

static void check_resumed(nst_algorithm algorithm, const char *average, uint64_t at)
{
    static float whole[N], rest[N];
    checkpoint c = {.at = at, .stop = true};
    nst_optimizer *o = make(algorithm, average);
    start(whole);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, whole, chain, NULL), NST_OK);
    const uint64_t iterations = nst_optimizer_iterations(o);
    const double value = nst_optimizer_value(o);
    ck_assert_uint_gt(iterations, at);
    start(rest);
    ck_assert_int_eq(nst_optimizer_set_iteration(o, save, &c), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, rest, chain, NULL), NST_OK);
    ck_assert_int_eq(c.status, NST_OK);
    ck_assert_int_eq(nst_optimizer_stop_reason(o), NST_STOP_CALLBACK);
    nst_optimizer_destroy(o);

    o = make(algorithm, average);
    memset(rest, 0, sizeof rest); /* X is not looked at */
    ck_assert_int_eq(nst_optimizer_load_state(o, c.bytes, c.size), NST_OK);
    ck_assert_msg(nst_optimizer_minimize(o, N, rest, chain, NULL) == NST_OK, "%s", nst_last_error());
    ck_assert_uint_eq(nst_optimizer_iterations(o), iterations);
    ck_assert_uint_eq(nst_optimizer_evaluations(o), 60);
    ck_assert(nst_optimizer_value(o) == value);
    ck_assert_mem_eq(rest, whole, sizeof whole);
    start(rest); /* the state was for one minimisation */
    ck_assert_int_eq(nst_optimizer_minimize(o, N, rest, chain, NULL), NST_OK);
    ck_assert_mem_eq(rest, whole, sizeof whole);
    nst_optimizer_destroy(o);
    nst_bytes_destroy(c.bytes);
}

START_TEST(a_resumed_minimisation_has_the_same_bits)
{
    for (uint64_t at = 1; at <= 25; at += 4) {
        check_resumed(NST_ALGORITHM_LBFGS, "0", at);
        check_resumed(NST_ALGORITHM_ADAM, "0", at);
        check_resumed(NST_ALGORITHM_ADAM, "0.9", at);
    }
}
END_TEST

/* ---- During an evaluation ---- */

typedef struct cut {
    uint64_t at, calls; /* evaluations before the one that is stopped; those begun */
    bool has_state;
    uint8_t *bytes, *to;
    uint64_t size;
} cut;

/* Stops evaluation AT half way, as a cancelled one does, and saves the state there. */
static int cut_chain(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    cut *c = user;
    if (c->calls++ < c->at) return chain(optimizer, n, x, value, g, NULL);
    memset(g, 0x7f, n / 2 * sizeof *g);
    c->has_state = nst__optimizer_has_state(optimizer);
    if (!c->has_state) return NST_OBJECTIVE_STOP;
    nst__state counted = {.at = 0}, written = {.put = nst__state_put, .user = &c->to};
    nst__optimizer_save(optimizer, &counted);
    c->size = counted.at;
    c->bytes = c->to = malloc(c->size);
    ck_assert_ptr_nonnull(c->bytes);
    nst__optimizer_save(optimizer, &written);
    ck_assert_ptr_eq(c->to, c->bytes + c->size);
    return NST_OBJECTIVE_STOP;
}

static nst_optimizer *make_for_cut(nst_algorithm algorithm, const char *average, const char *tolerance)
{
    nst_optimizer *o = make(algorithm, average);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_VALUE_TOLERANCE, tolerance), NST_OK);
    return o;
}

static void check_cut(nst_algorithm algorithm, const char *average, const char *tolerance)
{
    static float whole[N], rest[N];
    nst_optimizer *o = make_for_cut(algorithm, average, tolerance);
    start(whole);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, whole, chain, NULL), NST_OK);
    const uint64_t evaluations = nst_optimizer_evaluations(o);
    const nst_stop stop = nst_optimizer_stop_reason(o);
    ck_assert_uint_gt(evaluations, 4);
    nst_optimizer_destroy(o);
    for (uint64_t at = 0; at < evaluations; at++) {
        cut c = {.at = at};
        o = make_for_cut(algorithm, average, tolerance);
        start(rest);
        ck_assert_int_eq(nst_optimizer_minimize(o, N, rest, cut_chain, &c), NST_OK);
        nst_optimizer_destroy(o);
        ck_assert_int_eq(c.has_state, at > 0);
        if (!c.has_state) continue;
        const nst__source source = {.name = "cut", .size = c.size, .bytes = c.bytes};
        const nst__state state = {.from = &source, .size = c.size};
        o = make_for_cut(algorithm, average, tolerance);
        memset(rest, 0, sizeof rest);
        ck_assert_int_eq(nst__optimizer_load(o, &state), NST_OK);
        ck_assert_msg(nst_optimizer_minimize(o, N, rest, chain, NULL) == NST_OK, "%s", nst_last_error());
        ck_assert_uint_eq(nst_optimizer_evaluations(o), evaluations);
        ck_assert_int_eq(nst_optimizer_stop_reason(o), stop);
        ck_assert_mem_eq(rest, whole, sizeof whole);
        nst_optimizer_destroy(o);
        free(c.bytes);
    }
}

START_TEST(a_state_saved_at_any_evaluation_gives_the_same_bits)
{
    check_cut(NST_ALGORITHM_LBFGS, "0", "0");
    check_cut(NST_ALGORITHM_LBFGS, "0", "0.05");
    check_cut(NST_ALGORITHM_ADAM, "0", "0");
    check_cut(NST_ALGORITHM_ADAM, "0.9", "0");
    check_cut(NST_ALGORITHM_ADAM, "0.9", "0.02");
}
END_TEST

static checkpoint saved(nst_algorithm algorithm)
{
    static float x[N];
    checkpoint c = {.at = 15, .stop = true};
    nst_optimizer *o = make(algorithm, "0");
    start(x);
    ck_assert_int_eq(nst_optimizer_set_iteration(o, save, &c), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, chain, NULL), NST_OK);
    nst_optimizer_destroy(o);
    return c;
}

START_TEST(what_does_not_fit_is_refused)
{
    static float x[N], y[N];
    checkpoint c = saved(NST_ALGORITHM_LBFGS);
    nst_optimizer *o = make(NST_ALGORITHM_LBFGS, "0"), *adam = make(NST_ALGORITHM_ADAM, "0");
    ck_assert_int_eq(nst_optimizer_load_state(adam, c.bytes, c.size), NST_ERR_STATE);
    ck_assert_str_eq(nst_last_error(), "expected the state of adam, found that of another solver");
    ck_assert_int_eq(nst_optimizer_load_state(o, "picture", 7), NST_ERR_FORMAT);
    for (size_t size = 8; size < c.size; size += 1 + c.size / 100)
        ck_assert_int_eq(nst_optimizer_load_state(o, c.bytes, size), NST_ERR_CORRUPT);
    for (size_t i = 8; i < c.size; i += 1 + c.size / 200) {
        ((uint8_t *)c.bytes)[i] ^= 0x10;
        ck_assert_int_ne(nst_optimizer_load_state(o, c.bytes, c.size), NST_OK);
        ((uint8_t *)c.bytes)[i] ^= 0x10;
    }
    ck_assert_int_eq(nst_optimizer_load_state(o, c.bytes, c.size), NST_OK);
    start(x);
    memcpy(y, x, sizeof x);
    ck_assert_int_eq(nst_optimizer_minimize(o, N - 1, x, chain, NULL), NST_ERR_STATE);
    ck_assert_str_eq(nst_last_error(), "the state that was loaded has 1000 variables, this minimisation 999");
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_HISTORY, 5), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, chain, NULL), NST_ERR_CORRUPT);
    ck_assert_mem_eq(x, y, sizeof x);
    void *bytes;
    size_t size;
    ck_assert_int_eq(nst_optimizer_save_state(&bytes, &size, o), NST_ERR_STATE);
    ck_assert(bytes == NULL && size == 0);
    nst_optimizer_destroy(o);
    nst_optimizer_destroy(adam);
    nst_bytes_destroy(c.bytes);
}
END_TEST

/* Bytes that anybody can seal: the checksum is no secret. */
START_TEST(hostile_bytes_do_no_harm)
{
    static float x[N];
    uint64_t random = 1;
    for (int algorithm = 0; next_algorithm(&algorithm); algorithm++) {
        checkpoint c = saved((nst_algorithm)algorithm);
        uint8_t *bytes = malloc(c.size);
        ck_assert_ptr_nonnull(bytes);
        for (int i = 0; i < 300; i++) {
            memcpy(bytes, c.bytes, c.size);
            for (int k = 0; k < 4; k++) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                bytes[16 + (random >> 33) % (i < 200 ? 150 : c.size - 16)] = (uint8_t)(random >> 20);
            }
            uint64_t sum = 0xcbf29ce484222325;
            for (size_t b = 16; b < c.size; b++)
                sum = (sum ^ bytes[b]) * 0x100000001b3;
            memcpy(bytes + 8, &sum, 8);
            nst_optimizer *o = make((nst_algorithm)algorithm, "0");
            start(x);
            if (nst_optimizer_load_state(o, bytes, c.size) == NST_OK)
                (void)nst_optimizer_minimize(o, N, x, chain, NULL);
            nst_optimizer_destroy(o);
        }
        free(bytes);
        nst_bytes_destroy(c.bytes);
    }
}
END_TEST

/* A bowl whose second evaluation is lucky: far away, and lower than it can be. */
static int noisy(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    int *calls = user;
    (void)optimizer;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        *value += (double)x[i] * (double)x[i];
        g[i] = 2 * x[i];
    }
    if (++*calls == 2) *value = -1e9;
    return 0;
}

START_TEST(the_last_point_is_not_the_lucky_one)
{
    for (int last = 0; last < 2; last++) {
        nst_optimizer *o = make(NST_ALGORITHM_ADAM, "0");
        float x[3] = {1, -1, 2};
        int calls = 0;
        ck_assert_int_eq(nst_optimizer_set_float(o, NST_PARAM_LEARNING_RATE, 0.2), NST_OK);
        ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_RESULT, last ? "last" : "best"), NST_OK);
        ck_assert_int_eq(nst_optimizer_minimize(o, 3, x, noisy, &calls), NST_OK);
        const double size = fabs((double)x[0]) + fabs((double)x[1]) + fabs((double)x[2]);
        if (last)
            ck_assert(size < 0.2 && nst_optimizer_value(o) >= 0);
        else
            ck_assert(size > 3 && nst_optimizer_value(o) == -1e9);
        nst_optimizer_destroy(o);
    }
}
END_TEST

RUNNER("state", a_resumed_minimisation_has_the_same_bits, a_state_saved_at_any_evaluation_gives_the_same_bits,
       what_does_not_fit_is_refused, hostile_bytes_do_no_harm, the_last_point_is_not_the_lucky_one)
