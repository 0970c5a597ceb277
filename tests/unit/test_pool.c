/* Pooling and ReLU masks against loops that say the same in the plainest way. */
#include "unit/runner.h"

#include "nn/pool.h"

#include <string.h>

#define MOST (9 * 11 * 37)

static float values[MOST];

static float *noise(float *out, unsigned seed)
{
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(int)(seed >> 24) - 128; /* few values, so that equals occur */
    }
    return out;
}

/* Calls CHECK with an engine of every instruction set that this machine has. */
static void with_every_engine(void (*check)(nst__engine *engine))
{
    int tried = 0;
    for (int simd = 0; simd <= 5; simd++) {
        nst__engine *engine;
        if (nst__engine_create(&engine, 2, simd, 0, 0, NULL) != NST_OK) continue;
        check(engine);
        nst__engine_destroy(engine);
        tried++;
    }
    ck_assert_int_ge(tried, 2);
}

static const size_t shapes[][3] = {{2, 2, 1}, {9, 11, 37}, {8, 6, 16}, {1, 5, 4}, {7, 2, 64}, {4, 4, 13}};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static float relu(float x, bool on)
{
    return on && x < 0 ? 0 : x;
}

/* Bits of x > 0, laid out as tensor/map.h says. */
static void make_mask(nst__map x, uint8_t *mask)
{
    const size_t stride = nst__mask_stride(x.channels), positions = x.height * x.width;
    memset(mask, 0, positions * stride);
    for (size_t i = 0; i < positions * x.channels; i++)
        if (x.data[i] > 0) mask[i / x.channels * stride + i % x.channels / 8] |= (uint8_t)(1 << i % x.channels % 8);
}

static void check_max(nst__engine *engine, const size_t *s, bool relu_x)
{
    static float x[MOST], y[MOST], dy[MOST], dx[MOST];
    static uint8_t choices[MOST], mask[MOST];
    const size_t height = s[0] / 2, width = s[1] / 2, channels = s[2];
    nst__map in = {s[0], s[1], channels, noise(x, 1)}, out = {height, width, channels, y};
    nst__pool_forward(engine, NST_POOLING_MAX, relu_x, in, out, choices);
    make_mask(in, mask);
    noise(dx, 3);
    nst__pool_backward(engine, NST_POOLING_MAX, (nst__map){height, width, channels, noise(dy, 2)}, choices, mask, true,
                       NULL, (nst__map){s[0], s[1], channels, dx});
    for (size_t i = 0; i < s[0]; i++)
        for (size_t j = 0; j < s[1]; j++)
            for (size_t c = 0; c < channels; c++) {
                const size_t at = (i * s[1] + j) * channels + c;
                const size_t pooled = (i / 2 * width + j / 2) * channels + c;
                float want = noise(values, 3)[at];
                if (i / 2 < height && j / 2 < width) {
                    unsigned first = 4;
                    float most = relu(x[at], relu_x);
                    for (unsigned q = 0; q < 4; q++) {
                        const size_t other = ((i / 2 * 2 + q / 2) * s[1] + j / 2 * 2 + q % 2) * channels + c;
                        if (relu(x[other], relu_x) > most || first == 4) {
                            most = relu(x[other], relu_x);
                            first = q;
                        }
                    }
                    ck_assert_float_eq(y[pooled], most);
                    if (first == i % 2 * 2 + j % 2 && x[at] > 0) want += dy[pooled];
                }
                ck_assert_float_eq(dx[at], want);
            }
}

static void check_maximum(nst__engine *engine)
{
    for (size_t i = 0; i < SHAPES; i++) {
        check_max(engine, shapes[i], false);
        check_max(engine, shapes[i], true);
    }
}

START_TEST(maximum_goes_back_where_it_came_from)
{
    with_every_engine(check_maximum);
}
END_TEST

static void check_average(nst__engine *engine)
{
    static float x[MOST], y[MOST], dx[MOST];
    for (size_t n = 0; n < SHAPES; n++) {
        const size_t *s = shapes[n], height = s[0] / 2, width = s[1] / 2, channels = s[2];
        nst__map in = {s[0], s[1], channels, noise(x, 4)}, out = {height, width, channels, y};
        nst__pool_forward(engine, NST_POOLING_AVERAGE, true, in, out, NULL);
        for (size_t i = 0; i < height; i++)
            for (size_t j = 0; j < width; j++)
                for (size_t c = 0; c < channels; c++) {
                    float sum = 0;
                    for (size_t q = 0; q < 4; q++)
                        sum += relu(x[((2 * i + q / 2) * s[1] + 2 * j + q % 2) * channels + c], true);
                    ck_assert_float_eq(y[(i * width + j) * channels + c], sum / 4);
                }
        noise(dx, 6);
        nst__pool_backward(engine, NST_POOLING_AVERAGE, out, NULL, NULL, false, NULL,
                           (nst__map){s[0], s[1], channels, dx});
        for (size_t i = 0; i < s[0]; i++)
            for (size_t j = 0; j < s[1]; j++)
                for (size_t c = 0; c < channels; c++) {
                    const bool kept = i / 2 < height && j / 2 < width;
                    const float want = kept ? y[(i / 2 * width + j / 2) * channels + c] / 4 : 0;
                    ck_assert_float_eq(dx[(i * s[1] + j) * channels + c], want);
                }
    }
}

START_TEST(average_is_shared_by_four)
{
    with_every_engine(check_average);
}
END_TEST

RUNNER("pool", maximum_goes_back_where_it_came_from, average_is_shared_by_four)
