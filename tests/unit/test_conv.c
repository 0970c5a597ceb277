/* The convolution of every method against the oracle in double, and the oracle against its own adjoint. */
#include "unit/runner.h"

#include "base/alloc.h"
#include "base/simd.h"
#include "nn/conv.h"
#include "nn/conv_naive.h"
#include "tensor/gemm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { AUTO, DIRECT, WINOGRAD4, WINOGRAD6 };
enum { OWN = 1, CBLAS };

static float noise(uint64_t *state) /* -1..1 */
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(*state >> 40) / (1 << 23) - 1);
}

static nst__map new_map(size_t height, size_t width, size_t channels, uint64_t *state)
{
    nst__map map = {height, width, channels, nst__alloc_aligned(height * width * channels, sizeof(float))};
    ck_assert_ptr_nonnull(map.data);
    for (size_t i = 0; i < height * width * channels; i++)
        map.data[i] = noise(state);
    return map;
}

static nst__map copy_map(nst__map map)
{
    nst__map copy = map;
    const size_t bytes = map.height * map.width * map.channels * sizeof(float);
    copy.data = nst__alloc_aligned(bytes, 1);
    ck_assert_ptr_nonnull(copy.data);
    memcpy(copy.data, map.data, bytes);
    return copy;
}

static nst__conv *new_conv(size_t in, size_t out, uint64_t *state)
{
    nst__conv *conv;
    nst__map weights = new_map(in, 9, out, state), bias = new_map(1, 1, out, state);
    ck_assert_int_eq(nst__conv_create(&conv, in, out, weights.data, bias.data), NST_OK);
    nst__free_aligned(weights.data);
    nst__free_aligned(bias.data);
    return conv;
}

static double dot(nst__map a, nst__map b)
{
    double sum = 0;
    for (size_t i = 0; i < a.height * a.width * a.channels; i++)
        sum += (double)a.data[i] * (double)b.data[i];
    return sum;
}

/* Largest difference over the root mean square of the true map. */
static double distance(nst__map found, nst__map truth)
{
    const size_t count = truth.height * truth.width * truth.channels;
    double most = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)found.data[i] - (double)truth.data[i]));
        square += (double)truth.data[i] * (double)truth.data[i];
    }
    return count == 0 ? 0 : most / (sqrt(square / (double)count) + 1e-30);
}

typedef struct shape {
    size_t height, width, in, out;
} shape;

static nst__map output_of(shape s, unsigned edges, uint64_t *state)
{
    const size_t height = s.height + (edges & NST__TOP ? 1 : 0) + (edges & NST__BOTTOM ? 1 : 0);
    const size_t width = s.width + (edges & NST__LEFT ? 1 : 0) + (edges & NST__RIGHT ? 1 : 0);
    return new_map(height < 2 ? 0 : height - 2, width < 2 ? 0 : width - 2, s.out, state);
}

static uint8_t *random_bits(size_t bytes, uint64_t *state)
{
    uint8_t *bits = nst__alloc(bytes + 1, 1);
    for (size_t i = 0; i < bytes; i++)
        bits[i] = (uint8_t)(128 + 127 * noise(state));
    return bits;
}

/* Every method, instruction set and way to multiply that this machine has. */
static struct {
    nst__engine *engine;
    double tolerance;
} engines[5 * 3 * 2];
static size_t engine_count;

static void create_engines(void)
{
    nst__blas_enter();
    for (int simd = 1; simd <= 5; simd++)
        for (int method = DIRECT; method <= WINOGRAD6; method++)
            for (int gemm = OWN; gemm <= CBLAS; gemm++)
                if (nst__engine_create(&engines[engine_count].engine, 2, simd, method, gemm, NULL) == NST_OK)
                    engines[engine_count++].tolerance =
                        method == WINOGRAD6 ? 2e-4 : 5e-5; /* largest over root mean square */
    ck_assert_uint_ge(engine_count, 6);
}

static void destroy_engines(void)
{
    while (engine_count > 0)
        nst__engine_destroy(engines[--engine_count].engine);
    nst__blas_leave();
}

static void check_forward(const nst__conv *conv, shape s, nst__conv_call call, bool mask, uint64_t *state)
{
    nst__map x = new_map(s.height, s.width, s.in, state), truth = output_of(s, call.edges, state);
    nst__map y = copy_map(truth);
    const size_t positions = y.height * y.width, stride = nst__mask_stride(s.out);
    uint8_t *bits = random_bits(positions * stride, state);
    const nst__conv_use forward = {s.height, s.width, false, call.padding};
    nst__conv_forward_naive(conv, &call, x, truth);
    call.mask_y = mask ? bits : NULL;
    for (size_t e = 0; e < engine_count; e++) {
        ck_assert_int_eq(nst__conv_prepare(conv, engines[e].engine, &forward), NST_OK);
        nst__conv_forward(conv, engines[e].engine, &call, x, y);
        ck_assert_double_lt(distance(y, truth), engines[e].tolerance);
        for (size_t p = 0; mask && p < positions; p++)
            for (size_t c = 0; c < s.out; c++)
                ck_assert_uint_eq(bits[p * stride + c / 8] >> c % 8 & 1, y.data[p * s.out + c] > 0);
    }
    nst__free(bits);
    nst__free_aligned(x.data);
    nst__free_aligned(y.data);
    nst__free_aligned(truth.data);
}

static void check_backward(const nst__conv *conv, shape s, nst__conv_call call, bool mask, uint64_t *state)
{
    nst__map before = new_map(s.height, s.width, s.in, state), truth = copy_map(before), dx = copy_map(before);
    nst__map dy = output_of(s, call.edges, state);
    uint8_t *bits = random_bits(s.height * s.width * nst__mask_stride(s.in), state);
    call.mask_x = mask ? bits : NULL;
    const nst__conv_use both = {s.height, s.width, true, call.padding};
    nst__conv_backward_naive(conv, &call, dy, truth);
    for (size_t e = 0; e < engine_count; e++) {
        memcpy(dx.data, before.data, s.height * s.width * s.in * sizeof(float));
        ck_assert_int_eq(nst__conv_prepare(conv, engines[e].engine, &both), NST_OK);
        nst__conv_backward(conv, engines[e].engine, &call, dy, dx);
        ck_assert_double_lt(distance(dx, truth), engines[e].tolerance);
    }
    nst__free(bits);
    nst__free_aligned(before.data);
    nst__free_aligned(truth.data);
    nst__free_aligned(dx.data);
    nst__free_aligned(dy.data);
}

/* Each padding, with every option in turn. */
static void check_shape(shape s, unsigned edges)
{
    uint64_t state = s.height * 1000003 + s.width * 10007 + s.in * 101 + s.out + edges;
    nst__conv *conv = new_conv(s.in, s.out, &state);
    for (int padding = 0; padding < 3; padding++) {
        nst__conv_call call = {.padding = (nst_padding)padding, .edges = edges};
        check_forward(conv, s, call, false, &state);
        check_backward(conv, s, call, false, &state);
        call.relu_x = true;
        check_forward(conv, s, call, true, &state);
        check_backward(conv, s, call, true, &state);
        call.relu_y = call.accumulate = true;
        check_forward(conv, s, call, true, &state);
        check_backward(conv, s, call, true, &state);
        check_backward(conv, s, call, false, &state);
    }
    nst__conv_destroy(conv);
}

START_TEST(odd_sizes_match_the_oracle)
{
    static const shape shapes[] = {{1, 1, 3, 5},     {1, 7, 4, 3},    {7, 1, 16, 16},  {2, 2, 8, 24},
                                   {3, 3, 5, 7},     {2, 5, 17, 33},  {13, 9, 3, 64},  {9, 14, 64, 3},
                                   {12, 12, 16, 32}, {6, 31, 48, 20}, {19, 23, 32, 16}};
    create_engines();
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_shape(shapes[i], NST__ALL_EDGES);
    destroy_engines();
}
END_TEST

START_TEST(every_combination_of_edges_matches_the_oracle)
{
    create_engines();
    for (unsigned edges = 0; edges < 16; edges++) {
        check_shape((shape){11, 8, 16, 9}, edges);
        check_shape((shape){3, 4, 6, 16}, edges);
    }
    destroy_engines();
}
END_TEST

START_TEST(deep_layers_match_the_oracle)
{
    uint64_t state = 3;
    const shape s = {4, 9, 512, 130}, t = {5, 6, 256, 512};
    nst__conv_call call = {.padding = NST_PADDING_REFLECT, .edges = NST__TOP | NST__LEFT};
    nst__conv *conv = new_conv(s.in, s.out, &state);
    create_engines();
    check_forward(conv, s, call, true, &state);
    check_backward(conv, s, call, true, &state);
    nst__conv_destroy(conv);
    conv = new_conv(t.in, t.out, &state);
    call.edges = NST__ALL_EDGES;
    check_forward(conv, t, call, true, &state);
    check_backward(conv, t, call, true, &state);
    nst__conv_destroy(conv);
    destroy_engines();
}
END_TEST

/* <dy, conv(x) - bias> = <convT(dy), x>, for the oracle itself: what all else is measured by. */
/* ---- Losses of the output ---- */

enum { MOST_OUT = 64 };

static double feature_at(const nst__map *map, const nst__window *window, size_t p, size_t c)
{
    const size_t row = window->top + p / window->width, column = window->left + p % window->width;
    return (double)map->data[(row * map->width + column) * map->channels + c];
}

static double off_by(const double *found, const double *truth, size_t count)
{
    double difference = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        difference += (found[i] - truth[i]) * (found[i] - truth[i]);
        square += truth[i] * truth[i];
    }
    return sqrt(difference / square);
}

/* FEATURES: what Y should be before the losses. */
static void check_gram(const nst__conv *conv, nst__engine *engine, nst__conv_call conv_call, nst__map x, nst__map y,
                       const nst__map *features, nst__window window)
{
    static double found[MOST_OUT * MOST_OUT + MOST_OUT], truth[MOST_OUT * MOST_OUT + MOST_OUT];
    const size_t n = y.channels;
    float *workspace = nst__alloc_aligned(nst__gram_workspace(n, nst__window_positions(&window)), sizeof *workspace);
    const nst__gram_call call = {engine, window, found, workspace, found + n * n};
    for (size_t i = 0; i < n * n + n; i++)
        found[i] = truth[i] = (double)i; /* it adds */
    for (size_t p = 0; p < nst__window_positions(&window); p++)
        for (size_t i = 0; i < n * n; i++)
            truth[i] += feature_at(features, &window, p, i / n) * feature_at(features, &window, p, i % n);
    for (size_t p = 0; p < nst__window_positions(&window); p++)
        for (size_t i = 0; i < n; i++)
            truth[n * n + i] += feature_at(features, &window, p, i);
    conv_call.gram = &call;
    ck_assert(nst__conv_joins(conv, engine, &conv_call, x));
    nst__conv_forward(conv, engine, &conv_call, x, y);
    ck_assert_double_lt(off_by(found, truth, n * n), 1e-6);
    ck_assert_double_lt(off_by(found + n * n, truth + n * n, n), 1e-6);
    ck_assert_double_lt(distance(y, *features), 5e-5); /* the features are there, too */
    nst__free_aligned(workspace);
}

static void check_slopes(const nst__conv *conv, nst__engine *engine, nst__conv_call conv_call, nst__map x, nst__map y,
                         const nst__map *features, nst__window window, uint64_t *state)
{
    const size_t n = y.channels;
    nst__map k[2] = {new_map(n, n, 1, state), new_map(n, n, 1, state)}, vector = new_map(1, n, 1, state);
    nst__map truth = copy_map(*features);
    nst__slopes_call call = {.engine = engine, .window = window, .before.count = 2};
    call.before.of[0].slope = (nst__slope){.matrix = k[0].data, .vector = vector.data};
    call.before.of[1].slope = (nst__slope){.matrix = k[1].data};
    memset(truth.data, 0, truth.height * truth.width * n * sizeof *truth.data);
    for (size_t p = 0; p < nst__window_positions(&window); p++)
        for (size_t c = 0; c < n; c++) {
            const size_t row = window.top + p / window.width, column = window.left + p % window.width;
            double sum = (double)vector.data[c];
            for (size_t a = 0; a < n; a++)
                sum +=
                    feature_at(features, &window, p, a) * ((double)k[0].data[a * n + c] + (double)k[1].data[a * n + c]);
            truth.data[(row * y.width + column) * n + c] = (float)sum;
        }
    conv_call.slopes = &call;
    ck_assert(nst__conv_joins(conv, engine, &conv_call, x));
    nst__conv_forward(conv, engine, &conv_call, x, y);
    ck_assert_double_lt(distance(y, truth), 5e-5);
    /* not for these */
    call.before.of[0].weights = vector.data;
    ck_assert(!nst__conv_joins(conv, engine, &conv_call, x));
    call.before.of[0].weights = NULL;
    call.before.of[1].slope.features = features->data;
    ck_assert(!nst__conv_joins(conv, engine, &conv_call, x));
    call.before.of[1].slope.features = NULL;
    call.after.count = 1;
    ck_assert(!nst__conv_joins(conv, engine, &conv_call, x));
    for (size_t i = 0; i < 2; i++)
        nst__free_aligned(k[i].data);
    nst__free_aligned(vector.data);
    nst__free_aligned(truth.data);
}

/* Those of maps of few channels, which are taken without the features. */
START_TEST(losses_are_those_of_the_features)
{
    static const shape shapes[] = {{37, 29, 3, 40}, {9, 141, 3, 64}, {14, 11, 1, 48}, {8, 9, 2, 64}};
    uint64_t state = 3;
    nst__blas_enter();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int simd = 0; simd <= 5; simd++)
            for (int gemm = OWN; gemm <= CBLAS; gemm++) {
                const shape s = shapes[i];
                nst__engine *engine;
                if (nst__engine_create(&engine, 2, simd, AUTO, gemm, NULL) != NST_OK) continue;
                const nst__conv_call call = {
                    .padding = (nst_padding)(simd % 3), .edges = NST__ALL_EDGES, .relu_x = gemm == OWN};
                const nst__conv_use use = {s.height, s.width, true, call.padding};
                nst__conv *conv = new_conv(s.in, s.out, &state);
                nst__map x = new_map(s.height, s.width, s.in, &state), y = output_of(s, call.edges, &state);
                nst__map features = copy_map(y);
                const nst__window whole = {.map = y, .height = s.height, .width = s.width};
                const nst__window inner = {.map = y, .top = 2, .left = 1, .height = s.height - 5, .width = s.width - 3};
                ck_assert_int_eq(nst__conv_prepare(conv, engine, &use), NST_OK);
                nst__conv_forward_naive(conv, &call, x, features);
                check_gram(conv, engine, call, x, y, &features, whole);
                check_gram(conv, engine, call, x, y, &features, inner);
                check_slopes(conv, engine, call, x, y, &features, whole, &state);
                check_slopes(conv, engine, call, x, y, &features, inner, &state);
                nst__conv_destroy(conv);
                nst__free_aligned(x.data);
                nst__free_aligned(y.data);
                nst__free_aligned(features.data);
                nst__engine_destroy(engine);
            }
    nst__blas_leave();
}
END_TEST

START_TEST(the_oracle_is_its_own_adjoint)
{
    const shape s = {6, 5, 4, 3};
    uint64_t state = 5;
    nst__conv *conv;
    nst__map weights = new_map(s.in, 9, s.out, &state);
    const float bias[3] = {0};
    ck_assert_int_eq(nst__conv_create(&conv, s.in, s.out, weights.data, bias), NST_OK);
    for (int padding = 0; padding < 3; padding++)
        for (unsigned edges = 0; edges < 16; edges++) {
            nst__conv_call call = {.padding = (nst_padding)padding, .edges = edges};
            nst__map x = new_map(s.height, s.width, s.in, &state), dx = copy_map(x);
            nst__map dy = output_of(s, edges, &state), y = copy_map(dy);
            nst__conv_forward_naive(conv, &call, x, y);
            nst__conv_backward_naive(conv, &call, dy, dx);
            ck_assert_double_eq_tol(dot(y, dy), dot(x, dx), 1e-5);
            nst__free_aligned(x.data);
            nst__free_aligned(dx.data);
            nst__free_aligned(y.data);
            nst__free_aligned(dy.data);
        }
    nst__conv_destroy(conv);
    nst__free_aligned(weights.data);
}
END_TEST

/* A value worked out by hand: the oracle means what conv.h says. */
START_TEST(the_oracle_is_a_cross_correlation)
{
    float w[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, bias = 0.5f, in[6] = {1, 2, 3, 4, 5, 6}, found[6];
    const float zero[6] = {0.5f + 5 + 12 + 32 + 45, 0.5f + 94 - 94 + 4 + 10 + 18 + 28 + 40 + 54, 76.5f, 0, 0, 0};
    nst__conv *conv;
    nst__conv_call call = {.edges = NST__ALL_EDGES};
    ck_assert_int_eq(nst__conv_create(&conv, 1, 1, w, &bias), NST_OK);
    nst__conv_forward_naive(conv, &call, (nst__map){2, 3, 1, in}, (nst__map){2, 3, 1, found});
    ck_assert_float_eq(found[0], zero[0]);
    ck_assert_float_eq(found[1], zero[1]);
    call.padding = NST_PADDING_REPLICATE;
    nst__conv_forward_naive(conv, &call, (nst__map){2, 3, 1, in}, (nst__map){2, 3, 1, found});
    ck_assert_float_eq(found[0], 0.5f + 1 + 2 + 6 + 4 + 5 + 12 + 28 + 32 + 45);
    call.padding = NST_PADDING_REFLECT;
    nst__conv_forward_naive(conv, &call, (nst__map){2, 3, 1, in}, (nst__map){2, 3, 1, found});
    ck_assert_float_eq(found[0], 0.5f + 5 + 8 + 15 + 8 + 5 + 12 + 35 + 32 + 45);
    nst__conv_destroy(conv);
}
END_TEST

/* The same bits for any number of threads. */
START_TEST(threads_do_not_change_a_bit)
{
    const shape s = {37, 50, 64, 64};
    nst__blas_enter();
    for (int method = AUTO; method <= WINOGRAD6; method++)
        for (int gemm = OWN; gemm <= CBLAS; gemm++) {
            nst__map first = {0};
            for (int threads = 1; threads <= 5; threads++) {
                uint64_t state = 9;
                nst__engine *engine;
                nst__conv *conv = new_conv(s.in, s.out, &state);
                nst__conv_call call = {.edges = NST__ALL_EDGES, .padding = NST_PADDING_REFLECT};
                nst__map x = new_map(s.height, s.width, s.in, &state), y = new_map(s.height, s.width, s.out, &state);
                ck_assert_int_eq(nst__engine_create(&engine, threads, 0, method, gemm, NULL), NST_OK);
                const nst__conv_use use = {s.height, s.width, true, call.padding};
                ck_assert_int_eq(nst__conv_prepare(conv, engine, &use), NST_OK);
                nst__conv_forward(conv, engine, &call, x, y);
                nst__conv_backward(conv, engine, &call, y, x);
                if (!first.data) first = copy_map(x);
                ck_assert_mem_eq(first.data, x.data, s.height * s.width * s.in * sizeof(float));
                nst__free_aligned(x.data);
                nst__free_aligned(y.data);
                nst__conv_destroy(conv);
                nst__engine_destroy(engine);
            }
            nst__free_aligned(first.data);
        }
    nst__blas_leave();
}
END_TEST

START_TEST(bad_choices_are_refused)
{
    nst__engine *engine;
    const int missing = nst__simd_best() == NST_SIMD_NEON ? 3 : 5;
    ck_assert_int_eq(nst__engine_create(&engine, 1, missing, 0, 0, NULL), NST_ERR_RANGE);
    ck_assert_ptr_null(engine);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "is not available"));
}
END_TEST

RUNNER("conv", the_oracle_is_a_cross_correlation, the_oracle_is_its_own_adjoint, odd_sizes_match_the_oracle,
       losses_are_those_of_the_features, every_combination_of_edges_matches_the_oracle, deep_layers_match_the_oracle,
       threads_do_not_change_a_bit, bad_choices_are_refused)
