#include "loss/gradient.h"
#include "nn/product.h"

#include <string.h>

enum { BLOCK_FLOATS = 16384 };

struct job {
    nst__engine *engine;
    const nst__window *window;
    const nst__slopes *before, *after;
};

static size_t block_positions(size_t channels)
{
    size_t positions = BLOCK_FLOATS / channels;
    return positions < 16 ? 16 : positions;
}

size_t nst__loss_gradient_scratch(size_t channels)
{
    return 3 * block_positions(channels) * channels;
}

/* What SLOPES pulls at FEATURES [count] with; OUT gets the part of the style. OFFSET: where they are in the window. */
static nst__pull pull_of(const struct job *job, const nst__slopes *slopes, size_t offset, size_t count,
                         const float *features, float *out)
{
    const size_t channels = job->window->map.channels;
    if (slopes->style) nst__product_square(job->engine, count / channels, channels, features, slopes->style, out);
    return (nst__pull){.style = slopes->style ? out : NULL,
                       .content = slopes->content ? slopes->content + offset : NULL,
                       .k = (float)slopes->content_slope};
}

/* FEATURES [count], COUNT a multiple of the channels, become their gradient. */
static void differentiate(const struct job *job, size_t offset, size_t count, float *features, float *scratch)
{
    const nst__kernels *kernels = nst__engine_kernels(job->engine);
    const size_t block = block_positions(job->window->map.channels) * job->window->map.channels;
    const float *positive = features;
    if (job->after->style && (job->before->style || job->before->content)) {
        kernels->rectify(count, features, scratch + 2 * block);
        positive = scratch + 2 * block;
    }
    const nst__pull before = pull_of(job, job->before, offset, count, features, scratch);
    const nst__pull after = pull_of(job, job->after, offset, count, positive, scratch + block);
    kernels->pull(count, &before, &after, features);
}

static void differentiate_row(void *user, size_t row, int worker)
{
    const struct job *job = user;
    const nst__window *window = job->window;
    const size_t channels = window->map.channels, most = block_positions(channels);
    const size_t right = window->left + window->width;
    float *data = window->map.data + row * window->map.width * channels;
    if (row < window->top || row >= window->top + window->height) {
        memset(data, 0, window->map.width * channels * sizeof *data);
        return;
    }
    memset(data, 0, window->left * channels * sizeof *data);
    memset(data + right * channels, 0, (window->map.width - right) * channels * sizeof *data);
    for (size_t column = 0; column < window->width; column += most) {
        size_t positions = window->width - column < most ? window->width - column : most;
        differentiate(job, ((row - window->top) * window->width + column) * channels, positions * channels,
                      data + (window->left + column) * channels, nst__engine_scratch(job->engine, worker));
    }
}

void nst__loss_gradient(nst__engine *engine, const nst__window *window, const nst__slopes *before,
                        const nst__slopes *after)
{
    struct job job = {engine, window, before, after};
    nst__workers_run(nst__engine_workers(engine), window->map.height, differentiate_row, &job);
}
