#include "nn/slope.h"
#include "nn/kernels.h"
#include "nn/product.h"

#include <string.h>

enum { BLOCK_FLOATS = 8192 };

/* Adjacent features in one row of the window, and their position. */
struct block {
    size_t row, column, positions;
    float *features;
};

static size_t block_positions(size_t channels)
{
    size_t positions = BLOCK_FLOATS / channels;
    return positions < 16 ? 16 : positions;
}

size_t nst__slopes_scratch(size_t channels)
{
    return 4 * block_positions(channels) * channels;
}

/* Can the kernel do all of it in one pass: at most one matrix and one content, and no weights? A vector goes with its
 * matrix. */
static bool is_plain(const nst__slopes *slopes)
{
    size_t matrices = 0, contents = 0;
    for (size_t i = 0; i < slopes->count; i++) {
        matrices += slopes->of[i].slope.matrix != NULL;
        contents += slopes->of[i].slope.features != NULL;
        if (slopes->of[i].weights || (slopes->of[i].slope.vector && !slopes->of[i].slope.matrix)) return false;
    }
    return matrices <= 1 && contents <= 1;
}

static bool has_matrix(const nst__slopes *slopes)
{
    for (size_t i = 0; i < slopes->count; i++)
        if (slopes->of[i].slope.matrix) return true;
    return false;
}

static const float *content_at(const nst__slopes_call *call, const nst__slope *slope, const struct block *block)
{
    return slope->features + (block->row * call->window.width + block->column) * call->window.map.channels;
}

static void add_vector(size_t positions, size_t channels, const float *vector, float *out)
{
    for (size_t p = 0; p < positions; p++)
        for (size_t c = 0; c < channels; c++)
            out[p * channels + c] += vector[c];
}

static nst__pull plain_pull(const nst__slopes_call *call, const nst__slopes *slopes, const struct block *block,
                            const float *features, float *out)
{
    nst__pull pull = {0};
    for (size_t i = 0; i < slopes->count; i++) {
        const nst__slope *slope = &slopes->of[i].slope;
        if (slope->matrix) {
            nst__product_square(call->engine, block->positions, call->window.map.channels, features, slope->matrix,
                                out);
            if (slope->vector) add_vector(block->positions, call->window.map.channels, slope->vector, out);
            pull.style = out;
        }
        if (slope->features) {
            pull.content = content_at(call, slope, block);
            pull.k = (float)slope->pull;
        }
    }
    return pull;
}

/* OUT += g (PRODUCT + k) + g s (F - P); parts that are NULL are left out. */
static void add_slope(const nst__slopes_call *call, const nst__slopes *slopes, size_t index, const struct block *block,
                      const float *features, const float *product, float *out)
{
    const nst__slope *slope = &slopes->of[index].slope;
    const size_t channels = call->window.map.channels;
    const float *content = slope->features ? content_at(call, slope, block) : NULL;
    const float *weights = slopes->of[index].weights;
    if (weights) weights += block->row * slopes->of[index].stride + block->column;
    for (size_t p = 0; p < block->positions; p++) {
        const float g = weights ? weights[p] : 1;
        for (size_t c = 0, i = p * channels; c < channels; c++, i++) {
            float pull = product ? product[i] : 0;
            if (slope->vector) pull += slope->vector[c];
            if (content) pull += (float)slope->pull * (features[i] - content[i]);
            out[i] += g * pull;
        }
    }
}

static nst__pull summed_pull(const nst__slopes_call *call, const nst__slopes *slopes, const struct block *block,
                             const float *features, float *out, float *scratch)
{
    const size_t channels = call->window.map.channels;
    memset(out, 0, block->positions * channels * sizeof *out);
    for (size_t i = 0; i < slopes->count; i++) {
        const float *matrix = slopes->of[i].slope.matrix;
        if (matrix) nst__product_square(call->engine, block->positions, channels, features, matrix, scratch);
        add_slope(call, slopes, i, block, features, matrix ? scratch : NULL, out);
    }
    return (nst__pull){.style = out};
}

/* Those of SLOPES that act in a block. Their weights are left out where they are all 1. */
static nst__slopes acting(const nst__slopes *slopes, const struct block *block)
{
    nst__slopes found = {.count = 0};
    for (size_t i = 0; i < slopes->count; i++) {
        const float *weights = slopes->of[i].weights;
        if (weights) weights += block->row * slopes->of[i].stride + block->column;
        const nst__coverage coverage = nst__weights_cover(weights, block->positions);
        if (coverage == NST__COVERS_NOTHING) continue;
        found.of[found.count] = slopes->of[i];
        if (coverage == NST__COVERS_ALL) found.of[found.count].weights = NULL;
        found.count++;
    }
    return found;
}

/* Replaces the features of a block by their gradient. */
static void differentiate(const nst__slopes_call *call, const struct block *block, float *scratch)
{
    const nst__kernels *kernels = nst__engine_kernels(call->engine);
    const size_t channels = call->window.map.channels, count = block->positions * channels;
    const size_t room = block_positions(channels) * channels;
    const nst__slopes first = acting(&call->before, block), second = acting(&call->after, block);
    const bool before_plain = is_plain(&first), after_plain = is_plain(&second);
    const float *positive = block->features;
    if (call->before.count && (has_matrix(&second) || !after_plain)) {
        kernels->rectify(count, block->features, scratch + 2 * room);
        positive = scratch + 2 * room;
    }
    const nst__pull before = before_plain
                                 ? plain_pull(call, &first, block, block->features, scratch)
                                 : summed_pull(call, &first, block, block->features, scratch, scratch + 3 * room);
    const nst__pull after = after_plain
                                ? plain_pull(call, &second, block, positive, scratch + room)
                                : summed_pull(call, &second, block, positive, scratch + room, scratch + 3 * room);
    kernels->pull(count, &before, &after, block->features);
}

/* Clears what is outside the window; false if that is the whole row. */
static bool clear_outside(const nst__window *window, size_t row)
{
    const size_t channels = window->map.channels, right = window->left + window->width;
    float *data = window->map.data + row * window->map.width * channels;
    if (row < window->top || row >= window->top + window->height) {
        memset(data, 0, window->map.width * channels * sizeof *data);
        return false;
    }
    memset(data, 0, window->left * channels * sizeof *data);
    memset(data + right * channels, 0, (window->map.width - right) * channels * sizeof *data);
    return true;
}

/* At most COUNT positions that few of the masks cover in part. */
static size_t run_of(const nst__slopes *slopes, size_t row, size_t column, size_t count)
{
    for (size_t i = 0; i < slopes->count; i++)
        if (slopes->of[i].weights)
            count = nst__weights_run(slopes->of[i].weights + row * slopes->of[i].stride + column, count);
    return count;
}

void nst__slopes_row(const nst__slopes_call *call, size_t row, float *scratch)
{
    const nst__window *window = &call->window;
    const size_t channels = window->map.channels, most = block_positions(channels);
    if (!clear_outside(window, row)) return;
    for (size_t column = 0; column < window->width;) {
        const size_t rest = window->width - column;
        struct block block = {row - window->top, column, rest < most ? rest : most,
                              nst__window_row(window, row - window->top) + column * channels};
        block.positions = run_of(&call->before, block.row, column, block.positions);
        block.positions = run_of(&call->after, block.row, column, block.positions);
        differentiate(call, &block, scratch);
        column += block.positions;
    }
}

void nst__slopes_clear(const nst__slopes_call *call)
{
    for (size_t row = 0; row < call->window.map.height; row++)
        clear_outside(&call->window, row);
}

static void row_task(void *user, size_t row, int worker)
{
    const nst__slopes_call *call = user;
    nst__slopes_row(call, row, nst__engine_scratch(call->engine, worker));
}

void nst__slopes_gradient(const nst__slopes_call *call)
{
    nst__workers_run(nst__engine_workers(call->engine), call->window.map.height, row_task, (void *)(uintptr_t)call);
}
