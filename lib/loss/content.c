#include "loss/content.h"
#include "nn/kernels.h"

#include <string.h>

enum { PARTS = 64 };

void nst__content_copy(const nst__window *window, bool relu, float *target)
{
    const size_t count = window->width * window->map.channels;
    for (size_t row = 0; row < window->height; row++, target += count) {
        memcpy(target, nst__window_row(window, row), count * sizeof *target);
        for (size_t i = 0; relu && i < count; i++)
            target[i] = target[i] > 0 ? target[i] : 0;
    }
}

struct job {
    const nst__kernels *kernels;
    const nst__window *window;
    bool relu;
    const float *target;
    size_t parts;
    double sum[PARTS];
};

static void sum_rows(void *user, size_t part, int worker)
{
    struct job *job = user;
    const nst__window *window = job->window;
    const size_t count = window->width * window->map.channels;
    double sum = 0;
    (void)worker;
    for (size_t row = window->height * part / job->parts; row < window->height * (part + 1) / job->parts; row++)
        sum += job->kernels->distance(count, nst__window_row(window, row), job->target + row * count, job->relu);
    job->sum[part] = sum;
}

double nst__content_distance(nst__engine *engine, const nst__window *window, bool relu, const float *target)
{
    struct job job = {.kernels = nst__engine_kernels(engine), .window = window, .relu = relu, .target = target};
    double sum = 0;
    job.parts = window->height < PARTS ? window->height : PARTS;
    nst__workers_run(nst__engine_workers(engine), job.parts, sum_rows, &job);
    for (size_t part = 0; part < job.parts; part++)
        sum += job.sum[part];
    return sum;
}

void nst__content_sums(const nst__window *window, bool relu, double *sums)
{
    const size_t channels = window->map.channels;
    for (size_t row = 0; row < window->height; row++) {
        const float *features = nst__window_row(window, row);
        for (size_t column = 0; column < window->width; column++, features += channels)
            for (size_t c = 0; c < channels; c++) {
                const double f = relu && features[c] < 0 ? 0 : (double)features[c];
                sums[c] += f;
                sums[channels + c] += f * f;
            }
    }
}

double nst__content_factor(nst_form form, size_t channels, size_t positions, const double *sums)
{
    double variation = 0, square = 0;
    if (form == NST_FORM_MEAN) return 1 / ((double)channels * (double)positions);
    if (form != NST_FORM_RELATIVE) return 0.5;
    for (size_t c = 0; c < channels; c++) {
        variation += sums[channels + c] - sums[c] * sums[c] / (double)positions;
        square += sums[channels + c];
    }
    /* Below this the difference above is rounding. */
    if (variation <= 1e-9 * square) variation = square;
    return variation > 0 ? 1 / variation : 0;
}
