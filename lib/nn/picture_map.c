#include "nn/picture_map.h"

static void load_row(void *user, size_t row, int worker)
{
    const nst__picture_call *call = user;
    const float *from = call->pixels + ((call->top + row) * call->width + call->left) * 3;
    float *to = call->map.data + row * call->map.width * 3;
    (void)worker;
    for (size_t i = 0; i < call->map.width; i++, from += 3, to += 3)
        for (size_t c = 0; c < 3; c++)
            to[c] = call->scale[c] * from[call->source[c]] + call->shift[c];
}

static void add_row(void *user, size_t row, int worker)
{
    const nst__picture_call *call = user;
    float *to = call->gradient + ((call->top + row) * call->width + call->left) * 3;
    const float *from = call->map.data + row * call->map.width * 3;
    (void)worker;
    for (size_t i = 0; i < call->map.width; i++, from += 3, to += 3)
        for (size_t c = 0; c < 3; c++)
            to[call->source[c]] += call->scale[c] * from[c];
}

static void run(const nst__picture_call *call, nst__task_fn row)
{
    nst__workers_run(nst__engine_workers(call->engine), call->map.height, row, (void *)(uintptr_t)call);
}

void nst__picture_load(const nst__picture_call *call)
{
    run(call, load_row);
}

void nst__picture_add(const nst__picture_call *call)
{
    run(call, add_row);
}
