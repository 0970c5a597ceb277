/*
 * The operations of a painter, each against the plainest loops for it in double, with every instruction set: forward,
 * backward by its input, backward by its weights. The loops scatter backward along the indices by which they gather
 * forward; differences of values show that this is the derivative.
 */
#include "unit/runner.h"

#include "base/alloc.h"
#include "nn/conv_any.h"
#include "nn/operation.h"

#include <math.h>
#include <string.h>

enum { MOST = 1 << 17 };

static uint64_t seed;

static float noise(void) /* -1..1 */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(seed >> 40) / (1 << 23) - 1);
}

static float *fill(float *out, size_t count)
{
    ck_assert_uint_le(count, MOST);
    for (size_t i = 0; i < count; i++)
        out[i] = noise();
    return out;
}

static size_t size_of(nst__map map)
{
    return map.height * map.width * map.channels;
}

/* The largest difference, relative to the root mean square of TRUTH. */
static double distance(const float *found, const double *truth, size_t count)
{
    double most = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs((double)found[i] - truth[i]));
        square += truth[i] * truth[i];
    }
    return most / (sqrt(square / (double)count) + 1e-30);
}

static void widen(double *out, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (double)from[i];
}

/* Calls CHECK with an engine of every instruction set that this machine has, and both ways to multiply. */
static void with_every_engine(void (*check)(nst__engine *engine))
{
    int tried = 0;
    for (int simd = 0; simd <= 5; simd++) {
        nst__engine *engine;
        if (nst__engine_create(&engine, 2, simd, 0, 0, NULL) != NST_OK) continue;
        seed = 1;
        check(engine);
        nst__engine_destroy(engine);
        tried++;
    }
    ck_assert_int_ge(tried, 2);
}

/* ---- Convolutions ---- */

static size_t reflected(ptrdiff_t i, size_t n)
{
    while (i < 0 || i >= (ptrdiff_t)n) {
        if (n == 1) return 0;
        i = i < 0 ? -i : 2 * ((ptrdiff_t)n - 1) - i;
    }
    return (size_t)i;
}

/* Calls VISIT with the indices of every product of the formula in conv_any.h. */
typedef void visit_fn(size_t x, size_t w, size_t y);
static void each_product(const nst__any_conv *conv, nst__map x, nst__map y, visit_fn *visit)
{
    const ptrdiff_t pad = (ptrdiff_t)(conv->kernel / 2);
    for (size_t i = 0; i < y.height; i++)
        for (size_t j = 0; j < y.width; j++)
            for (size_t r = 0; r < conv->kernel; r++)
                for (size_t s = 0; s < conv->kernel; s++) {
                    const size_t row = reflected((ptrdiff_t)(i * conv->stride + r) - pad, x.height);
                    const size_t column = reflected((ptrdiff_t)(j * conv->stride + s) - pad, x.width);
                    for (size_t k = 0; k < conv->out; k++)
                        for (size_t c = 0; c < conv->in; c++)
                            visit((row * x.width + column) * conv->in + c,
                                  ((k * conv->in + c) * conv->kernel + r) * conv->kernel + s,
                                  (i * y.width + j) * conv->out + k);
                }
}

static float x_data[MOST], y_data[MOST], w_data[MOST], b_data[64], dx_data[MOST], dw_data[MOST];
static double truth[MOST];

static void gather(size_t x, size_t w, size_t y)
{
    truth[y] += (double)x_data[x] * (double)w_data[w];
}

static void scatter_x(size_t x, size_t w, size_t y)
{
    truth[x] += (double)y_data[y] * (double)w_data[w];
}

static void scatter_w(size_t x, size_t w, size_t y)
{
    truth[w] += (double)y_data[y] * (double)x_data[x];
}

static void check_convolution(nst__engine *engine, size_t height, size_t width, size_t in, size_t out, size_t kernel,
                              size_t stride)
{
    const nst__map x = {height, width, in, x_data};
    const nst__map y = {(height - 1) / stride + 1, (width - 1) / stride + 1, out, y_data};
    const nst__any_conv conv = {in, out, kernel, stride, w_data, out % 2 ? b_data : NULL};
    const size_t weights = in * out * kernel * kernel;
    size_t floats = nst__any_scratch(engine, &conv, width, true);
    if (nst__any_weights_scratch(engine, &conv, width) > floats)
        floats = nst__any_weights_scratch(engine, &conv, width);
    ck_assert_int_eq(nst__engine_reserve(engine, floats), NST_OK);
    fill(x_data, size_of(x));
    fill(w_data, weights);
    fill(b_data, out);
    for (size_t i = 0; i < size_of(y); i++)
        truth[i] = conv.bias ? (double)b_data[i % out] : 0;
    each_product(&conv, x, y, gather);
    nst__any_forward(engine, &conv, x, y);
    ck_assert_double_lt(distance(y_data, truth, size_of(y)), 2e-5);

    fill(y_data, size_of(y));
    for (int add = 0; add < 2; add++) {
        nst__map dx = x;
        dx.data = fill(dx_data, size_of(x));
        memset(truth, 0, sizeof truth);
        if (add) widen(truth, dx_data, size_of(x));
        each_product(&conv, x, y, scatter_x);
        nst__any_backward(engine, &conv, y, add, dx);
        ck_assert_double_lt(distance(dx_data, truth, size_of(x)), 2e-5);
    }

    memset(truth, 0, sizeof truth);
    widen(truth, fill(dw_data, weights), weights); /* the gradient is added to what is there */
    each_product(&conv, x, y, scatter_w);
    nst__any_backward_weights(engine, &conv, x, y, dw_data);
    ck_assert_double_lt(distance(dw_data, truth, weights), 5e-5);
}

static void check_convolutions(nst__engine *engine)
{
    check_convolution(engine, 20, 37, 3, 16, 9, 1);
    check_convolution(engine, 9, 70, 16, 3, 9, 1);
    check_convolution(engine, 3, 2, 3, 5, 9, 1); /* reflected more than once */
    check_convolution(engine, 1, 1, 2, 3, 3, 1);
    check_convolution(engine, 18, 140, 16, 32, 3, 2);
    check_convolution(engine, 7, 11, 32, 64, 3, 2);
    check_convolution(engine, 12, 13, 64, 64, 3, 1);
    check_convolution(engine, 10, 9, 17, 7, 5, 3);
}

START_TEST(convolutions)
{
    with_every_engine(check_convolutions);
}
END_TEST

/* ---- Normalisation ---- */

static void check_norm(nst__engine *engine, size_t height, size_t width, size_t n, bool relu)
{
    static _Alignas(64) uint8_t state[1 << 17];
    static double dx_truth[MOST], db_truth[64], dw_truth[64];
    float db_data[64];
    const double count = (double)(height * width);
    const nst__operation_type *type = nst__operation_type_of(NST__NORM);
    nst__layer_call call = {.engine = engine,
                            .x = {height, width, n, fill(x_data, height * width * n)},
                            .y = {height, width, n, y_data},
                            .relu_y = relu,
                            .weights = fill(w_data, n),
                            .bias = fill(b_data, n),
                            .state = state};
    ck_assert_uint_le(type->state(&call), sizeof state);
    for (size_t i = 0; i < size_of(call.x); i++)
        x_data[i] = 3 * x_data[i] + (float)(i % n) / 8; /* means of their own */
    static float dy[MOST];
    fill(dy, size_of(call.y));
    for (size_t c = 0; c < n; c++) {
        double mean = 0, variance = 0, sum = 0, product = 0;
        for (size_t i = c; i < size_of(call.x); i += n)
            mean += (double)x_data[i] / count;
        for (size_t i = c; i < size_of(call.x); i += n)
            variance += ((double)x_data[i] - mean) * ((double)x_data[i] - mean) / count;
        const double deviation = sqrt(variance + 1e-5);
        for (size_t i = c; i < size_of(call.x); i += n) {
            const double hat = ((double)x_data[i] - mean) / deviation;
            truth[i] = (double)w_data[c] * hat + (double)b_data[c];
            const bool open = !relu || truth[i] > 0;
            if (!open) truth[i] = 0;
            sum += open ? (double)dy[i] : 0;
            product += open ? (double)dy[i] * hat : 0;
        }
        for (size_t i = c; i < size_of(call.x); i += n) {
            const double hat = ((double)x_data[i] - mean) / deviation, g = !relu || truth[i] > 0 ? (double)dy[i] : 0;
            dx_truth[i] = (double)w_data[c] / deviation * (g - sum / count - hat * product / count);
        }
        db_truth[c] = sum;
        dw_truth[c] = product;
    }
    type->forward(&call);
    ck_assert_double_lt(distance(y_data, truth, size_of(call.y)), 1e-5);

    call.x_was = call.x;
    call.x.data = dx_data;
    call.y.data = dy;
    call.dweights = dw_data;
    call.dbias = db_data;
    memset(dw_data, 0, n * sizeof *dw_data);
    memset(db_data, 0, n * sizeof *db_data);
    type->backward_weights(&call);
    type->backward(&call);
    ck_assert_double_lt(distance(dw_data, dw_truth, n), 2e-5);
    ck_assert_double_lt(distance(db_data, db_truth, n), 2e-5);
    ck_assert_double_lt(distance(dx_data, dx_truth, size_of(call.x)), 5e-5);
    call.accumulate = true;
    type->backward(&call);
    for (size_t i = 0; i < size_of(call.x); i++)
        dx_truth[i] *= 2;
    ck_assert_double_lt(distance(dx_data, dx_truth, size_of(call.x)), 5e-5);

    /* The statistics of this map on another one. */
    call.x = call.x_was;
    call.y.data = y_data;
    call.fixed = true;
    for (size_t i = 0; i < size_of(call.x); i++)
        x_data[i] *= i < size_of(call.x) / 2 ? 1 : 5;
    type->forward(&call);
    ck_assert_double_lt(distance(y_data, truth, size_of(call.y) / 2), 1e-5);
}

static void check_norms(nst__engine *engine)
{
    check_norm(engine, 24, 20, 64, true);
    check_norm(engine, 65, 9, 16, false);
    check_norm(engine, 7, 5, 13, true);
}

START_TEST(normalisation)
{
    with_every_engine(check_norms);
}
END_TEST

/* ---- The small ones ---- */

/* Is BACKWARD the derivative of FORWARD? By differences of dy . y, in a few places of x. */
static void check_derivative(nst__operation operation, nst__layer_call call)
{
    static float dy[MOST], before[MOST];
    const nst__operation_type *type = nst__operation_type_of(operation);
    nst__layer_call back = call;
    fill(dy, size_of(call.y));
    type->forward(&call);
    back.x.data = fill(dx_data, size_of(call.x));
    back.x_was = call.x;
    back.y_was = call.y;
    back.y.data = dy;
    back.accumulate = true;
    memcpy(before, dx_data, size_of(call.x) * sizeof *before);
    type->backward(&back);
    for (int trial = 0; trial < 20; trial++) {
        const size_t at = seed % size_of(call.x);
        double value[2];
        for (int side = 0; side < 2; side++) {
            const float was = call.x.data[at];
            call.x.data[at] += side ? 0.01f : -0.01f;
            type->forward(&call);
            value[side] = 0;
            for (size_t i = 0; i < size_of(call.y); i++)
                value[side] += (double)dy[i] * (double)call.y.data[i];
            call.x.data[at] = was;
        }
        ck_assert_double_eq_tol((value[1] - value[0]) / 0.02, (double)dx_data[at] - (double)before[at], 2e-3);
        noise();
    }
    type->forward(&call);
    back.accumulate = false;
    float *added = memcpy(w_data, dx_data, size_of(call.x) * sizeof *added);
    type->backward(&back);
    for (size_t i = 0; i < size_of(call.x); i++)
        ck_assert_float_eq_tol(dx_data[i], added[i] - before[i], 1e-5F);
}

static void check_small(nst__engine *engine)
{
    static float other[MOST], d_other[MOST];
    nst__layer_call call = {.engine = engine, .x = {5, 7, 19, x_data}, .y = {5, 7, 19, y_data}};
    fill(x_data, size_of(call.x));
    check_derivative(NST__SIGMOID, call);
    for (size_t i = 0; i < size_of(call.x); i++)
        ck_assert_float_eq_tol(y_data[i], (float)(1 / (1 + exp(-(double)x_data[i]))), 1e-6F);

    call.other = call.x;
    call.other.data = fill(other, size_of(call.x));
    nst__operation_type_of(NST__ADD)->forward(&call);
    for (size_t i = 0; i < size_of(call.x); i++)
        ck_assert_float_eq(y_data[i], x_data[i] + other[i]);
    nst__layer_call back = call;
    back.other.data = d_other;
    back.x.data = fill(dx_data, size_of(call.x));
    nst__operation_type_of(NST__ADD)->backward(&back);
    for (size_t i = 0; i < size_of(call.x); i++) {
        ck_assert_float_eq(dx_data[i], y_data[i]);
        ck_assert_float_eq(d_other[i], y_data[i]);
    }
    back.accumulate = true;
    nst__operation_type_of(NST__ADD)->backward(&back);
    for (size_t i = 0; i < size_of(call.x); i++)
        ck_assert_float_eq(dx_data[i], 2 * y_data[i]);

    call.y = (nst__map){10, 14, 19, y_data};
    check_derivative(NST__UPSAMPLE, call);
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 14; j++)
            for (size_t c = 0; c < 19; c++)
                ck_assert_float_eq(y_data[(i * 14 + j) * 19 + c], x_data[(i / 2 * 7 + j / 2) * 19 + c]);
}

START_TEST(small_operations)
{
    with_every_engine(check_small);
}
END_TEST

RUNNER("layers", convolutions, normalisation, small_operations)
