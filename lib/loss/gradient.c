#include "loss/gradient.h"
#include "nn/product.h"

#include <stdbool.h>
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

/* OUT [count] = F S + slope (F - P), with P at OFFSET of the content target. */
static void slopes_of(const nst__engine *engine, const nst__slopes *slopes, size_t offset, size_t count,
                      size_t channels, const float *features, float *out)
{
    if (slopes->style)
        nst__product_symmetric(engine, count / channels, channels, features, slopes->style, out);
    else
        memset(out, 0, count * sizeof *out);
    if (slopes->content) {
        const float slope = (float)slopes->content_slope, *target = slopes->content + offset;
        for (size_t i = 0; i < count; i++)
            out[i] += slope * (features[i] - target[i]);
    }
}

/* FEATURES [count], COUNT a multiple of the channels, become their gradient. OFFSET: where they are in the
 * window. */
static void differentiate(const struct job *job, size_t offset, size_t count, float *features, float *scratch)
{
    const size_t channels = job->window->map.channels, block = block_positions(channels) * channels;
    float *out = scratch, *positive = out + block, *of_positive = positive + block;
    slopes_of(job->engine, job->before, offset, count, channels, features, out);
    if (job->after->style || job->after->content) {
        for (size_t i = 0; i < count; i++)
            positive[i] = features[i] > 0 ? features[i] : 0;
        slopes_of(job->engine, job->after, offset, count, channels, positive, of_positive);
        for (size_t i = 0; i < count; i++)
            out[i] += features[i] > 0 ? of_positive[i] : 0;
    }
    memcpy(features, out, count * sizeof *features);
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
