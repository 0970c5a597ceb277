/* The sum of two maps. */
#include "nn/operation.h"

#include <string.h>

/* By blocks of a known size, which the compiler turns into vectors. */
static void sum(size_t n, const float *from, const float *more, float *to)
{
    for (; n >= NST__LANES; n -= NST__LANES, from += NST__LANES, more += NST__LANES, to += NST__LANES)
        for (size_t c = 0; c < NST__LANES; c++)
            to[c] = from[c] + more[c];
    for (size_t c = 0; c < n; c++)
        to[c] = from[c] + more[c];
}

static void forward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t row = call->y.width * call->y.channels;
    (void)worker;
    sum(row, call->x.data + i * row, call->other.data + i * row, call->y.data + i * row);
}

static void forward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->y.height, forward_row, (void *)(uintptr_t)call);
}

/* The layer that OTHER is was read by no later one. */
static void backward_row(void *user, size_t i, int worker)
{
    const nst__layer_call *call = user;
    const size_t row = call->y.width * call->y.channels;
    const float *dy = call->y.data + i * row;
    (void)worker;
    memcpy(call->other.data + i * row, dy, row * sizeof *dy);
    if (call->accumulate)
        sum(row, call->x.data + i * row, dy, call->x.data + i * row);
    else
        memcpy(call->x.data + i * row, dy, row * sizeof *dy);
}

static void backward(const nst__layer_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->y.height, backward_row, (void *)(uintptr_t)call);
}

const nst__operation_type nst__add_operation = {
    .name = "add", .forward = forward, .backward = NST__TRAINING ? backward : NULL};
