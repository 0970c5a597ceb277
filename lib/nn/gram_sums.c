#include "nn/gram_sums.h"
#include "nn/product.h"

#include <math.h>
#include <string.h>

/* Positions are cut into at most CHUNKS parts. One task sums each part in float, in blocks that fit the first-level
 * cache. The parts are then added in double, in order. */
enum { CHUNKS = 16, CHUNK_POSITIONS = 512, BLOCK_FLOATS = 32768 };

struct job {
    nst__engine *engine;
    nst__window window;
    float *parts; /* [chunks, C, C] */
    size_t chunks;
    float *totals;      /* [chunks, C], behind PARTS; NULL: not asked for */
    double *gram, *sum; /* [C, C], [C] */
};

static size_t chunk_count(size_t positions)
{
    size_t chunks = (positions + CHUNK_POSITIONS - 1) / CHUNK_POSITIONS;
    return chunks > CHUNKS ? CHUNKS : chunks;
}

static size_t block_positions(size_t channels)
{
    size_t positions = BLOCK_FLOATS / channels;
    return positions < 16 ? 16 : positions;
}

size_t nst__gram_workspace(size_t channels, size_t positions)
{
    return chunk_count(positions) * (channels * channels + channels);
}

size_t nst__gram_scratch(size_t channels)
{
    return (block_positions(channels) + 1) * channels;
}

/* NULL: all are 1. */
static const float *weights_at(const nst__window *window, size_t p)
{
    return window->weights ? window->weights + p / window->width * window->stride + p % window->width : NULL;
}

/* COUNT positions from P on, ready for the product: those of the map, or a copy after ReLU and multiplied by the square
 * roots of the weights. The product of two such values contains the weight. NULL: every weight is 0. */
static const float *prepared(const struct job *job, size_t p, size_t count, float *scratch)
{
    const nst__window *window = &job->window;
    const size_t channels = window->map.channels, row = p / window->width, column = p % window->width;
    const float *features = nst__window_row(window, row) + column * channels;
    const float *weights = weights_at(window, p);
    const nst__coverage coverage = nst__weights_cover(weights, count);
    if (coverage == NST__COVERS_NOTHING) return NULL;
    if (!window->relu && coverage == NST__COVERS_ALL) return features;
    if (window->relu)
        nst__engine_kernels(job->engine)->rectify(count * channels, features, scratch);
    else
        memcpy(scratch, features, count * channels * sizeof *scratch);
    for (size_t i = 0; coverage == NST__COVERS_SOME && i < count; i++) {
        const float root = sqrtf(weights[i]);
        for (size_t c = 0; c < channels; c++)
            scratch[i * channels + c] *= root;
    }
    return scratch;
}

/* TOTAL [C] += the sum of COUNT positions from P on. FEATURES are those that are prepared; SUM [C]. */
static void add_total(const nst__window *window, size_t p, size_t count, const float *features, float *sum,
                      float *total)
{
    const size_t channels = window->map.channels;
    const float *weights = weights_at(window, p);
    memset(sum, 0, channels * sizeof *sum);
    for (size_t i = 0; i < count; i++, features += channels) {
        const float root = weights ? sqrtf(weights[i]) : 1;
        for (size_t c = 0; c < channels; c++)
            sum[c] += root * features[c];
    }
    for (size_t c = 0; c < channels; c++)
        total[c] += sum[c];
}

static void sum_chunk(void *user, size_t chunk, int worker)
{
    const struct job *job = user;
    const size_t channels = job->window.map.channels, width = job->window.width;
    const size_t positions = nst__window_positions(&job->window);
    const size_t most = block_positions(channels), end = positions * (chunk + 1) / job->chunks;
    float *part = job->parts + chunk * channels * channels, *scratch = nst__engine_scratch(job->engine, worker);
    float *total = job->totals ? job->totals + chunk * channels : NULL;
    bool add = false;
    if (total) memset(total, 0, channels * sizeof *total);
    for (size_t p = positions * chunk / job->chunks; p < end;) {
        size_t column = p % width, count = width - column;
        count = count < end - p ? count : end - p;
        count = count < most ? count : most;
        count = nst__weights_run(weights_at(&job->window, p), count);
        const float *features = prepared(job, p, count, scratch);
        if (features) nst__product_gram(job->engine, channels, count, features, add, part);
        if (features && total) add_total(&job->window, p, count, features, scratch + most * channels, total);
        add = add || features;
        p += count;
    }
    if (!add) memset(part, 0, channels * channels * sizeof *part);
}

/* A window as wide as its map is one long row, which can be cut anywhere. */
static nst__window unrolled(nst__window window)
{
    if (window.left != 0 || window.width != window.map.width) return window;
    if (window.weights && window.stride != window.width) return window;
    window.map.data = nst__window_row(&window, 0);
    window.map.width = window.width = nst__window_positions(&window);
    window.map.height = window.height = 1;
    window.top = 0;
    return window;
}

/* Row A of the sum of all parts, from the diagonal on, and its mirror image; and the total of channel A. */
static void add_row(void *user, size_t a, int worker)
{
    const struct job *job = user;
    const size_t channels = job->window.map.channels;
    (void)worker;
    for (size_t b = a; b < channels; b++) {
        double sum = 0;
        for (size_t chunk = 0; chunk < job->chunks; chunk++)
            sum += (double)job->parts[(chunk * channels + a) * channels + b];
        job->gram[a * channels + b] += sum;
        if (a != b) job->gram[b * channels + a] += sum;
    }
    for (size_t chunk = 0; job->totals && chunk < job->chunks; chunk++)
        job->sum[a] += (double)job->totals[chunk * channels + a];
}

void nst__gram_add(const nst__gram_call *call)
{
    const nst__window *window = &call->window;
    const size_t channels = window->map.channels, chunks = chunk_count(nst__window_positions(window));
    struct job job = {call->engine,
                      unrolled(*window),
                      call->workspace,
                      chunks,
                      call->totals ? call->workspace + chunks * channels * channels : NULL,
                      call->sums,
                      call->totals};
    nst__workers_run(nst__engine_workers(call->engine), chunks, sum_chunk, &job);
    nst__workers_run(nst__engine_workers(call->engine), channels, add_row, &job);
}
