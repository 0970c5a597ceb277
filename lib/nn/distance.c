#include "nn/distance.h"

enum { PARTS = 64 };

struct job {
    const nst__kernels *kernels;
    const nst__window *window;
    const float *p;
    size_t parts;
    double sum[PARTS];
};

static double row_distance(const struct job *job, size_t row)
{
    const nst__window *window = job->window;
    const size_t channels = window->map.channels, count = window->width * channels;
    const float *features = nst__window_row(window, row), *p = job->p + row * count;
    double sum = 0;
    if (!window->weights) return job->kernels->distance(count, features, p, window->relu);
    for (size_t i = 0; i < window->width; i++)
        sum += (double)window->weights[row * window->stride + i] *
               job->kernels->distance(channels, features + i * channels, p + i * channels, window->relu);
    return sum;
}

static void sum_rows(void *user, size_t part, int worker)
{
    struct job *job = user;
    const size_t height = job->window->height;
    double sum = 0;
    (void)worker;
    for (size_t row = height * part / job->parts; row < height * (part + 1) / job->parts; row++)
        sum += row_distance(job, row);
    job->sum[part] = sum;
}

double nst__distance_sum(nst__engine *engine, const nst__window *window, const float *p)
{
    struct job job = {.kernels = nst__engine_kernels(engine), .window = window, .p = p};
    double sum = 0;
    job.parts = window->height < PARTS ? window->height : PARTS;
    nst__workers_run(nst__engine_workers(engine), job.parts, sum_rows, &job);
    for (size_t part = 0; part < job.parts; part++)
        sum += job.sum[part];
    return sum;
}
