/* The backend is a table: another one computes the same, and nothing else looks into maps. */
#include "unit/runner.h"

#include "nn/backend.h"
#include "nn/conv_naive.h"
#include "nn/pool.h"
#include "transfer/transfer.h"
#include "unit/relative_distance.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- A plain backend: every formula in double, one value after another. The bits of its maps are scrambled, as the
 * memory of a device is out of reach: whoever reads a map without the backend finds nonsense. ---- */

static struct {
    size_t load, add, forward, backward, gram, channels, distance, copy, gradient;
} calls;

static size_t count_of(const nst__map *map)
{
    return map->height * map->width * map->channels;
}

static void scramble(float *values, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &from[i], sizeof bits);
        bits ^= UINT32_C(0x5a5a5a5a);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

/* A copy of MAP that can be read. */
static nst__map opened(nst__map map)
{
    float *copy = malloc(count_of(&map) * sizeof *copy);
    scramble(copy, map.data, count_of(&map));
    map.data = copy;
    return map;
}

/* Writes the copy back to MAP, if that is wanted. */
static void closed(nst__map map, nst__map copy, bool write)
{
    if (write) scramble(map.data, copy.data, count_of(&map));
    free(copy.data);
}

static void load(const nst__picture_call *call)
{
    nst__picture_call own = *call;
    calls.load++;
    own.map = opened(call->map);
    nst__picture_load(&own);
    closed(call->map, own.map, true);
}

static void add(const nst__picture_call *call)
{
    nst__picture_call own = *call;
    calls.add++;
    own.map = opened(call->map);
    nst__picture_add(&own);
    closed(call->map, own.map, false);
}

static void conv_forward(const nst__layer_call *call)
{
    const nst__conv_call conv = {.padding = call->padding,
                                 .edges = NST__ALL_EDGES,
                                 .relu_x = call->relu_x,
                                 .relu_y = call->relu_y,
                                 .mask_y = call->mask_y};
    nst__map x = opened(call->x), y = opened(call->y);
    calls.forward++;
    nst__conv_forward_naive(call->conv, &conv, x, y);
    closed(call->x, x, false);
    closed(call->y, y, true);
}

static void conv_backward(const nst__layer_call *call)
{
    const nst__conv_call conv = {
        .padding = call->padding, .edges = NST__ALL_EDGES, .mask_x = call->mask_x, .accumulate = call->accumulate};
    nst__map x = opened(call->x), y = opened(call->y);
    calls.backward++;
    nst__conv_backward_naive(call->conv, &conv, y, x);
    closed(call->y, y, false);
    closed(call->x, x, true);
}

/* The state: for each pooled value the number of the largest of its four. */
static size_t pool_state(const nst__layer_call *call)
{
    return count_of(&call->y);
}

static float *value_at(const nst__map *map, size_t row, size_t column, size_t c)
{
    return &map->data[(row * map->width + column) * map->channels + c];
}

static void pool_forward(const nst__layer_call *call)
{
    nst__map x = opened(call->x), y = opened(call->y);
    calls.forward++;
    for (size_t i = 0; i < count_of(&y); i++) {
        const size_t c = i % y.channels, column = i / y.channels % y.width, row = i / y.channels / y.width;
        double sum = 0, most = -INFINITY;
        for (size_t k = 0; k < 4; k++) {
            double value = (double)*value_at(&x, 2 * row + k / 2, 2 * column + k % 2, c);
            if (call->relu_x && value < 0) value = 0;
            sum += value;
            if (value <= most) continue;
            most = value;
            if (call->state) call->state[i] = (uint8_t)k;
        }
        y.data[i] = (float)(call->pooling == NST_POOLING_MAX ? most : sum / 4);
    }
    closed(call->x, x, false);
    closed(call->y, y, true);
}

static void pool_backward(const nst__layer_call *call)
{
    nst__map x = opened(call->x), y = opened(call->y);
    calls.backward++;
    for (size_t i = 0; i < count_of(&x); i++) {
        const size_t c = i % x.channels, column = i / x.channels % x.width, row = i / x.channels / x.width;
        const size_t position = i / x.channels, pooled = (row / 2 * y.width + column / 2) * y.channels + c;
        double gradient = 0;
        if (row / 2 < y.height && column / 2 < y.width) {
            if (call->pooling != NST_POOLING_MAX) gradient = (double)y.data[pooled] / 4;
            if (call->pooling == NST_POOLING_MAX && call->state[pooled] == row % 2 * 2 + column % 2)
                gradient = (double)y.data[pooled];
        }
        if (call->mask_x && !(call->mask_x[position * nst__mask_stride(x.channels) + c / 8] >> c % 8 & 1)) gradient = 0;
        x.data[i] = (float)((call->accumulate ? (double)x.data[i] : 0) + gradient);
    }
    closed(call->y, y, false);
    closed(call->x, x, true);
}

static const nst__operation_type *operation(nst__operation which)
{
    static const nst__operation_type convolution = {
        .name = "convolution", .weights = true, .forward = conv_forward, .backward = conv_backward};
    static const nst__operation_type pool = {
        .name = "pool", .forward = pool_forward, .backward = pool_backward, .state = pool_state};
    return which == NST__CONVOLUTION ? &convolution : which == NST__POOL ? &pool : nst__operation_type_of(which);
}

/* The feature of channel C at a position of the window, and its weight. */
static double feature(const nst__window *window, size_t row, size_t column, size_t c)
{
    const double value = (double)*value_at(&window->map, window->top + row, window->left + column, c);
    return window->relu && value < 0 ? 0 : value;
}

static double weight(const float *weights, size_t stride, size_t row, size_t column)
{
    return weights ? (double)weights[row * stride + column] : 1;
}

static nst__window open_window(const nst__window *window)
{
    nst__window own = *window;
    own.map = opened(window->map);
    return own;
}

static void gram(const nst__gram_call *call)
{
    nst__window own = open_window(&call->window);
    const size_t channels = own.map.channels;
    calls.gram++;
    for (size_t p = 0; p < nst__window_positions(&own); p++) {
        const size_t row = p / own.width, column = p % own.width;
        for (size_t i = 0; i < channels * channels; i++)
            call->sums[i] += weight(own.weights, own.stride, row, column) * feature(&own, row, column, i / channels) *
                             feature(&own, row, column, i % channels);
        for (size_t c = 0; call->totals && c < channels; c++)
            call->totals[c] += weight(own.weights, own.stride, row, column) * feature(&own, row, column, c);
    }
    free(own.map.data);
}

static void channels(nst__engine *engine, const nst__window *window, double *sums)
{
    nst__window own = open_window(window);
    (void)engine;
    calls.channels++;
    for (size_t p = 0; p < nst__window_positions(&own); p++)
        for (size_t c = 0; c < own.map.channels; c++) {
            const double f = feature(&own, p / own.width, p % own.width, c);
            const double g = weight(own.weights, own.stride, p / own.width, p % own.width);
            sums[c] += g * f;
            sums[own.map.channels + c] += g * f * f;
        }
    free(own.map.data);
}

static double distance(nst__engine *engine, const nst__window *window, const float *p)
{
    nst__window own = open_window(window);
    double sum = 0;
    (void)engine;
    calls.distance++;
    for (size_t i = 0; i < nst__window_positions(&own) * own.map.channels; i++) {
        const size_t c = i % own.map.channels, at = i / own.map.channels;
        sum += weight(own.weights, own.stride, at / own.width, at % own.width) *
               pow(feature(&own, at / own.width, at % own.width, c) - (double)p[i], 2);
    }
    free(own.map.data);
    return sum;
}

static void copy(nst__engine *engine, const nst__window *window, float *to)
{
    nst__window own = open_window(window);
    (void)engine;
    calls.copy++;
    nst__window_copy(&own, to);
    free(own.map.data);
}

static size_t scratch(size_t channel_count, bool gradient)
{
    (void)channel_count;
    (void)gradient;
    return 1;
}

static size_t workspace_of(size_t channel_count, size_t positions)
{
    (void)channel_count;
    (void)positions;
    return 1;
}

/* Of the terms in SLOPES at one position: g (F K + k) + g s (F - P) for channel C. */
static double pull(const nst__window *window, const nst__slopes *slopes, bool relu, size_t row, size_t column, size_t c)
{
    nst__window features = *window;
    const size_t width = window->map.channels;
    double sum = 0;
    features.relu = relu;
    for (size_t i = 0; i < slopes->count; i++) {
        const nst__slope *slope = &slopes->of[i].slope;
        double one = slope->vector ? (double)slope->vector[c] : 0;
        for (size_t k = 0; slope->matrix && k < width; k++)
            one += feature(&features, row, column, k) * (double)slope->matrix[k * width + c];
        if (slope->features)
            one += slope->pull * (feature(&features, row, column, c) -
                                  (double)slope->features[(row * window->width + column) * width + c]);
        sum += weight(slopes->of[i].weights, slopes->of[i].stride, row, column) * one;
    }
    return sum;
}

static void gradient_of(const nst__slopes_call *call)
{
    nst__window own = open_window(&call->window);
    nst__map result = opened(call->window.map);
    calls.gradient++;
    for (size_t i = 0; i < count_of(&result); i++) {
        const size_t c = i % result.channels, column = i / result.channels % result.width;
        const size_t row = i / result.channels / result.width;
        const bool inside =
            row >= own.top && row < own.top + own.height && column >= own.left && column < own.left + own.width;
        result.data[i] = 0;
        if (!inside) continue;
        double sum = pull(&own, &call->before, false, row - own.top, column - own.left, c);
        if (own.map.data[i] > 0) sum += pull(&own, &call->after, true, row - own.top, column - own.left, c);
        result.data[i] = (float)sum;
    }
    free(own.map.data);
    closed(call->window.map, result, true);
}

static const nst__backend plain = {.name = "plain",
                                   .load = load,
                                   .add = add,
                                   .operation = operation,
                                   .gram = gram,
                                   .channels = channels,
                                   .distance = distance,
                                   .copy = copy,
                                   .scratch = scratch,
                                   .workspace = workspace_of,
                                   .gradient = gradient_of};

/* ---- Against the CPU's ---- */

static nst_transfer *make(const nst_model *model, bool alpha)
{
    nst_transfer *transfer;
    nst_image *opaque = tiny_image(41, 30, 2), *style = tiny_image(36, 33, 3), *content;
    ck_assert_int_eq(nst_image_create(&content, 41, 30, alpha), NST_OK);
    memcpy(nst_image_mutable_pixels(content), nst_image_pixels(opaque), (size_t)41 * 30 * 3 * sizeof(float));
    for (size_t i = 0; alpha && i < 41 * 30; i++)
        nst_image_mutable_alpha(content)[i] = (float)(i % 41) / 40;
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_CONTENT_LAYERS, "conv2_2,relu1_2=0.5"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,relu1_1,relu2_1,conv3_1"),
                     NST_OK);
    nst_image_destroy(opaque);
    nst_image_destroy(style);
    nst_image_destroy(content);
    return transfer;
}

static double evaluate(nst_transfer *transfer, const nst_image *x, float *gradient)
{
    double total;
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, gradient) == NST_OK, "%s", nst_last_error());
    return total;
}

static void compare(const nst_model *model, const char *style_loss, int pooling, int padding, bool alpha)
{
    static float found[41 * 30 * 3], expected[41 * 30 * 3];
    nst_image *x = tiny_image(41, 30, 7);
    nst_transfer *by_cpu = make(model, alpha), *by_plain = make(model, alpha), *both[] = {by_cpu, by_plain};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(nst_transfer_set_text(both[i], NST_PARAM_STYLE_LOSS, style_loss), NST_OK);
        ck_assert_int_eq(nst_transfer_set_int(both[i], NST_PARAM_POOLING, pooling), NST_OK);
        ck_assert_int_eq(nst_transfer_set_int(both[i], NST_PARAM_PADDING, padding), NST_OK);
    }
    ck_assert_int_eq(nst__transfer_enter(by_plain), NST_OK);
    nst__engine_set_backend(by_plain->engine, &plain);
    const double total = evaluate(by_cpu, x, expected);
    ck_assert_double_eq_tol(evaluate(by_plain, x, found) / total, 1, 1e-5);
    const double off = relative_distance(found, expected, sizeof found / sizeof found[0]);
    ck_assert_msg(off < 1e-4, "%s, pooling %d, padding %d: the gradient is off by %g", style_loss, pooling, padding,
                  off);
    nst_transfer_destroy(by_cpu);
    nst_transfer_destroy(by_plain);
    nst_image_destroy(x);
}

START_TEST(another_backend_computes_the_same)
{
    tiny_model tiny = tiny_model_make(3);
    for (int pooling = 0; pooling < 2; pooling++)
        for (int padding = 0; padding < 3; padding++)
            compare(tiny.model, padding ? "gram" : "meanstd", pooling, padding, padding == 2);
    ck_assert(calls.load && calls.add && calls.forward && calls.backward && calls.gram && calls.channels &&
              calls.distance && calls.copy && calls.gradient);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("backend", another_backend_computes_the_same)
