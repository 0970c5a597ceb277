#include "nn/channel_sums.h"

/* Channels of one task: a cache line of features. */
enum { BLOCK = 16 };

struct job {
    const nst__window *window;
    double *sums;
};

static void sum_channels(void *user, size_t block, int worker)
{
    const struct job *job = user;
    const nst__window *window = job->window;
    const size_t channels = window->map.channels, first = block * BLOCK;
    const size_t count = channels - first < BLOCK ? channels - first : BLOCK;
    double sum[BLOCK], square[BLOCK];
    (void)worker;
    for (size_t c = 0; c < count; c++) {
        sum[c] = job->sums[first + c];
        square[c] = job->sums[channels + first + c];
    }
    for (size_t row = 0; row < window->height; row++) {
        const float *features = nst__window_row(window, row) + first;
        for (size_t column = 0; column < window->width; column++, features += channels) {
            const double g = window->weights ? (double)window->weights[row * window->stride + column] : 1;
            for (size_t c = 0; c < count; c++) {
                const double f = window->relu && features[c] < 0 ? 0 : (double)features[c];
                sum[c] += g * f;
                square[c] += g * (f * f);
            }
        }
    }
    for (size_t c = 0; c < count; c++) {
        job->sums[first + c] = sum[c];
        job->sums[channels + first + c] = square[c];
    }
}

void nst__channel_sums(nst__engine *engine, const nst__window *window, double *sums)
{
    struct job job = {window, sums};
    nst__workers_run(nst__engine_workers(engine), (window->map.channels + BLOCK - 1) / BLOCK, sum_channels, &job);
}
