/* y = 1 / (1 + exp(-x)), dx = dy y (1 - y) */
#include "nn/operation.h"

#include <math.h>

static void forward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t row = call->y.width * call->y.channels;
    const float *x = call->x.data + i * row;
    float *y = call->y.data + i * row;
    (void)worker;
    for (size_t c = 0; c < row; c++)
        y[c] = 1 / (1 + expf(-x[c]));
}

static void forward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->y.height, forward_row, (void *)(uintptr_t)call);
}

static void backward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t row = call->y.width * call->y.channels;
    const float *y = call->y_was.data + i * row, *dy = call->y.data + i * row;
    float *dx = call->x.data + i * row;
    (void)worker;
    for (size_t c = 0; c < row; c++) {
        const float d = dy[c] * y[c] * (1 - y[c]);
        dx[c] = call->accumulate ? dx[c] + d : d;
    }
}

static void backward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->y.height, backward_row, (void *)(uintptr_t)call);
}

const nst__operation_type nst__sigmoid_operation = {
    .name = "sigmoid", .forward = forward, .backward = NST__TRAINING ? backward : NULL, .needs_y = true};
