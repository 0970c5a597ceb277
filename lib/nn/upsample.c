/* Nearest upsampling: y[i,j] = x[i/2,j/2], and backward the sum of the four. */
#include "nn/operation.h"

#include <string.h>

static void forward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t n = call->x.channels, row = call->x.width * n;
    const float *x = call->x.data + i * row;
    float *y = call->y.data + 4 * i * row;
    (void)worker;
    for (size_t j = 0; j < call->x.width; j++, x += n) {
        memcpy(y + 2 * j * n, x, n * sizeof *y);
        memcpy(y + (2 * j + 1) * n, x, n * sizeof *y);
    }
    memcpy(y + 2 * row, y, 2 * row * sizeof *y);
}

static void forward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->x.height, forward_row, (void *)(uintptr_t)call);
}

/* By blocks of a known size, which the compiler turns into vectors. */
static void add_four(size_t n, const float *a, const float *b, bool add, float *dx)
{
    for (; n >= NST__LANES; n -= NST__LANES, a += NST__LANES, b += NST__LANES, dx += NST__LANES) {
        float sum[NST__LANES];
        for (size_t c = 0; c < NST__LANES; c++)
            sum[c] = a[c] + b[c];
        for (size_t c = 0; c < NST__LANES; c++)
            dx[c] = add ? dx[c] + sum[c] : sum[c];
    }
    for (size_t c = 0; c < n; c++)
        dx[c] = (add ? dx[c] : 0) + (a[c] + b[c]);
}

static void backward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t n = call->x.channels, row = call->x.width * n;
    float *dx = call->x.data + i * row;
    const float *dy = call->y.data + 4 * i * row;
    (void)worker;
    for (size_t j = 0; j < call->x.width; j++, dx += n, dy += 2 * n) {
        add_four(n, dy, dy + n, call->accumulate, dx);
        add_four(n, dy + 2 * row, dy + 2 * row + n, true, dx);
    }
}

static void backward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->x.height, backward_row, (void *)(uintptr_t)call);
}

const nst__operation_type nst__upsample_operation = {
    .name = "upsample", .forward = forward, .backward = NST__TRAINING ? backward : NULL};
