#include "nn/pool.h"

#include <string.h>

typedef struct work {
    nst__map x, y; /* forward: x is read, y written; backward: dx and dy, the other way round */
    nst_pooling pooling;
    bool relu_x, accumulate;
    uint8_t *choices;
    const uint8_t *chosen, *mask_x;
} work;

static float at_least_zero(float x, bool relu)
{
    return relu && !(x > 0) ? 0 : x;
}

/* One pooled position: x0..x3 are the four behind it. */
static void forward_one(const work *w, const float *const x[4], float *y, uint8_t *choices)
{
    const size_t channels = w->x.channels;
    if (w->pooling == NST_POOLING_AVERAGE) {
        for (size_t c = 0; c < channels; c++)
            y[c] = 0.25f * ((at_least_zero(x[0][c], w->relu_x) + at_least_zero(x[1][c], w->relu_x)) +
                            (at_least_zero(x[2][c], w->relu_x) + at_least_zero(x[3][c], w->relu_x)));
        return;
    }
    for (size_t c = 0; c < channels; c += 4) {
        unsigned byte = 0;
        for (size_t b = 0; b < 4 && c + b < channels; b++) {
            unsigned best = 0;
            float most = at_least_zero(x[0][c + b], w->relu_x);
            for (unsigned q = 1; q < 4; q++) {
                float value = at_least_zero(x[q][c + b], w->relu_x);
                best = value > most ? q : best;
                most = value > most ? value : most;
            }
            y[c + b] = most;
            byte |= best << 2 * b;
        }
        if (choices) choices[c / 4] = (uint8_t)byte;
    }
}

static void forward_row(void *user, size_t i, int worker)
{
    const work *w = user;
    const size_t channels = w->x.channels, row = w->x.width * channels;
    const size_t stride = nst__choice_stride(channels);
    (void)worker;
    for (size_t j = 0; j < w->y.width; j++) {
        const float *first = w->x.data + 2 * i * row + 2 * j * channels;
        const float *const x[4] = {first, first + channels, first + row, first + row + channels};
        const size_t position = i * w->y.width + j;
        forward_one(w, x, w->y.data + position * channels,
                    w->choices ? w->choices + position * stride : NULL);
    }
}

void nst__pool_forward(nst__engine *engine, nst_pooling pooling, bool relu_x, nst__map x, nst__map y,
                       uint8_t *choices)
{
    work w = {.x = x, .y = y, .pooling = pooling, .relu_x = relu_x, .choices = choices};
    nst__workers_run(nst__engine_workers(engine), y.height, forward_row, &w);
}

/* The gradient of quarter q of a pooled position. */
static void backward_one(const work *w, unsigned q, const float *dy, const uint8_t *chosen,
                         const uint8_t *mask, float *dx)
{
    const bool average = w->pooling == NST_POOLING_AVERAGE;
    for (size_t c = 0; c < w->x.channels; c++) {
        float value = average ? 0.25f * dy[c] : (chosen[c / 4] >> 2 * (c % 4) & 3) == q ? dy[c] : 0;
        value = !mask || (mask[c / 8] >> c % 8 & 1) ? value : 0;
        dx[c] = w->accumulate ? dx[c] + value : value;
    }
}

/* Rows of dx, so that the one that pooling dropped is cleared too. */
static void backward_row(void *user, size_t i, int worker)
{
    const work *w = user;
    const size_t channels = w->x.channels;
    (void)worker;
    for (size_t j = 0; j < w->x.width; j++) {
        const size_t position = i * w->x.width + j, pooled = i / 2 * w->y.width + j / 2;
        float *dx = w->x.data + position * channels;
        if (i / 2 < w->y.height && j / 2 < w->y.width)
            backward_one(w, (unsigned)(i % 2 * 2 + j % 2), w->y.data + pooled * channels,
                         w->chosen ? w->chosen + pooled * nst__choice_stride(channels) : NULL,
                         w->mask_x ? w->mask_x + position * nst__mask_stride(channels) : NULL, dx);
        else if (!w->accumulate)
            memset(dx, 0, channels * sizeof *dx);
    }
}

void nst__pool_backward(nst__engine *engine, nst_pooling pooling, nst__map dy, const uint8_t *choices,
                        const uint8_t *mask_x, bool accumulate, nst__map dx)
{
    work w = {
        .x = dx, .y = dy, .pooling = pooling, .accumulate = accumulate, .chosen = choices, .mask_x = mask_x};
    nst__workers_run(nst__engine_workers(engine), dx.height, backward_row, &w);
}
