#include "nn/relu.h"
#include "nn/kernels.h"

#define POSITIONS 1024 /* a task */

typedef struct work {
    const nst__kernels *kernels;
    nst__map map;
    uint8_t *bits;       /* written */
    const uint8_t *mask; /* or read */
} work;

static void task(void *user, size_t index, int worker)
{
    const work *w = user;
    const size_t all = w->map.height * w->map.width, channels = w->map.channels, stride = nst__mask_stride(channels);
    (void)worker;
    for (size_t p = index * POSITIONS; p < (index + 1) * POSITIONS && p < all; p++) {
        if (w->bits)
            w->kernels->sign(w->map.data + p * channels, channels, w->bits + p * stride);
        else
            w->kernels->cut(w->mask + p * stride, channels, w->map.data + p * channels);
    }
}

static void run(nst__engine *engine, work w)
{
    w.kernels = nst__engine_kernels(engine);
    nst__workers_run(nst__engine_workers(engine), (w.map.height * w.map.width + POSITIONS - 1) / POSITIONS, task, &w);
}

void nst__relu_mask(nst__engine *engine, nst__map x, uint8_t *mask)
{
    run(engine, (work){.map = x, .bits = mask});
}

void nst__relu_backward(nst__engine *engine, const uint8_t *mask, nst__map dx)
{
    run(engine, (work){.map = dx, .mask = mask});
}
