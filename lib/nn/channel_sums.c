#include "nn/channel_sums.h"

struct job {
    const nst__kernels *kernels;
    const nst__window *window;
    double *sums;
};

/* A block of channels: a cache line of features. */
static void sum_block(void *user, size_t block, int worker)
{
    const struct job *job = user;
    const nst__window *window = job->window;
    const size_t channels = window->map.channels, first = block * NST__LANES;
    const size_t count = channels - first < NST__LANES ? channels - first : NST__LANES;
    (void)worker;
    for (size_t row = 0; row < window->height; row++)
        job->kernels->channel_sums(window->width, channels, count, nst__window_row(window, row) + first,
                                   window->weights ? window->weights + row * window->stride : NULL, window->relu,
                                   job->sums + first, job->sums + channels + first);
}

void nst__channel_sums(nst__engine *engine, const nst__window *window, double *sums)
{
    struct job job = {nst__engine_kernels(engine), window, sums};
    nst__workers_run(nst__engine_workers(engine), (window->map.channels + NST__LANES - 1) / NST__LANES, sum_block,
                     &job);
}
