#include "nn/pool.h"
#include "base/assert.h"
#include "nn/kernels.h"
#include "nn/operation.h"

#include <string.h>

typedef struct work {
    const nst__kernels *kernels;
    nst__map x, y; /* forward: x is read, y written; backward: dx and dy, the other way round */
    bool average, relu_x, accumulate;
    uint8_t *choices;
    const uint8_t *chosen, *mask_x;
    nst__engine *engine;
    const nst__slopes_call *slopes;
} work;

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
        w->kernels->pool(x, channels, w->average, w->relu_x, w->y.data + position * channels,
                         w->choices ? w->choices + position * stride : NULL);
    }
}

void nst__pool_forward(nst__engine *engine, nst_pooling pooling, bool relu_x, nst__map x, nst__map y, uint8_t *choices)
{
    work w = {.kernels = nst__engine_kernels(engine),
              .x = x,
              .y = y,
              .average = pooling == NST_POOLING_AVERAGE,
              .relu_x = relu_x,
              .choices = choices};
    nst__workers_run(nst__engine_workers(engine), y.height, forward_row, &w);
}

/* Rows of dx, so that the one that pooling dropped is cleared too. */
static void backward_row(void *user, size_t i, int worker)
{
    const work *w = user;
    const size_t channels = w->x.channels;
    if (w->slopes) nst__slopes_row(w->slopes, i, nst__engine_scratch(w->engine, worker));
    for (size_t j = 0; j < w->x.width; j++) {
        const size_t position = i * w->x.width + j, pooled = i / 2 * w->y.width + j / 2;
        float *dx = w->x.data + position * channels;
        if (i / 2 < w->y.height && j / 2 < w->y.width)
            w->kernels->unpool(w->y.data + pooled * channels,
                               w->average ? NULL : w->chosen + pooled * nst__choice_stride(channels),
                               (unsigned)(i % 2 * 2 + j % 2), channels,
                               w->mask_x ? w->mask_x + position * nst__mask_stride(channels) : NULL, w->accumulate, dx);
        else if (!w->accumulate)
            memset(dx, 0, channels * sizeof *dx);
    }
}

void nst__pool_backward(nst__engine *engine, nst_pooling pooling, nst__map dy, const uint8_t *choices,
                        const uint8_t *mask_x, bool accumulate, const nst__slopes_call *slopes, nst__map dx)
{
    work w = {.kernels = nst__engine_kernels(engine),
              .x = dx,
              .y = dy,
              .average = pooling == NST_POOLING_AVERAGE,
              .accumulate = accumulate || slopes,
              .chosen = choices,
              .mask_x = mask_x,
              .engine = engine,
              .slopes = slopes};
    nst__workers_run(nst__engine_workers(engine), dx.height, backward_row, &w);
}

/* ---- As an operation of networks ---- */

static void forward(const nst__layer_call *call)
{
    NST_ASSERT(call->kernel == 2 && call->stride == 2);
    nst__pool_forward(call->engine, call->pooling, call->relu_x, call->x, call->y, call->state);
}

static void backward(const nst__layer_call *call)
{
    nst__pool_backward(call->engine, call->pooling, call->y, call->state, call->mask_x, call->accumulate, call->slopes,
                       call->x);
}

static bool joins(const nst__layer_call *call, bool back)
{
    (void)call;
    return back;
}

static size_t state(const nst__layer_call *call)
{
    const nst__map *y = &call->y;
    return call->pooling == NST_POOLING_MAX ? y->height * y->width * nst__choice_stride(y->channels) : 0;
}

const nst__operation_type nst__pool_operation = {
    .name = "pool",
    .joins = joins,
    .forward = forward,
    .backward = backward,
    .state = state,
};
