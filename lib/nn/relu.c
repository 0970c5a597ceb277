#include "nn/relu.h"

#define POSITIONS 4096 /* a task */

typedef struct work {
    nst__map map;
    uint8_t *bits;       /* written */
    const uint8_t *mask; /* or read */
} work;

static size_t positions(const work *w)
{
    return w->map.height * w->map.width;
}

static void mask_task(void *user, size_t index, int worker)
{
    const work *w = user;
    const size_t channels = w->map.channels, stride = nst__mask_stride(channels);
    const size_t first = index * POSITIONS, end = first + POSITIONS;
    (void)worker;
    for (size_t p = first; p < end && p < positions(w); p++) {
        const float *x = w->map.data + p * channels;
        for (size_t c = 0; c < channels; c += 8) {
            unsigned byte = 0;
            for (size_t b = 0; b < 8 && c + b < channels; b++)
                byte |= (unsigned)(x[c + b] > 0) << b;
            w->bits[p * stride + c / 8] = (uint8_t)byte;
        }
    }
}

static void backward_task(void *user, size_t index, int worker)
{
    const work *w = user;
    const size_t channels = w->map.channels, stride = nst__mask_stride(channels);
    const size_t first = index * POSITIONS, end = first + POSITIONS;
    (void)worker;
    for (size_t p = first; p < end && p < positions(w); p++) {
        float *dx = w->map.data + p * channels;
        for (size_t c = 0; c < channels; c++)
            dx[c] = w->mask[p * stride + c / 8] >> c % 8 & 1 ? dx[c] : 0;
    }
}

void nst__relu_mask(nst__engine *engine, nst__map x, uint8_t *mask)
{
    work w = {x, mask, NULL};
    nst__workers_run(nst__engine_workers(engine), (positions(&w) + POSITIONS - 1) / POSITIONS, mask_task, &w);
}

void nst__relu_backward(nst__engine *engine, const uint8_t *mask, nst__map dx)
{
    work w = {dx, NULL, mask};
    nst__workers_run(nst__engine_workers(engine), (positions(&w) + POSITIONS - 1) / POSITIONS, backward_task,
                     &w);
}
