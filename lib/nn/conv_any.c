/*
 * Rows of a padded map are read as they lie. The patch of an output is K pieces of K x in floats, one in each of K
 * rows, and the piece of the next output begins STRIDE x in floats later: a matrix whose rows overlap. So a row of
 * outputs is the sum of K products, and nothing is copied but the padding.
 *
 * Few output channels would leave columns of the product empty. Then GROUP outputs side by side are one row of it, with
 * wider patches and shifted copies of the weights.
 *
 * Backward, each position of dy is multiplied with all K x in weights of a kernel row, and the products are added to
 * the padded row of dx that they belong to, which is then folded at its ends.
 */
#include "nn/conv_any.h"
#include "nn/conv_pad.h"
#include "nn/operation.h"

#include <string.h>

enum { HEIGHT = 8, OUTPUTS = 64 }; /* of a task; OUTPUTS more or less, in whole register blocks */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t parts(size_t n, size_t size)
{
    return (n + size - 1) / size;
}

/* ---- Forward ---- */

typedef struct forward_plan {
    const nst__any_conv *conv;
    const nst__kernels *kernels;
    nst__engine *engine;
    nst__map x, y;
    size_t group;       /* outputs side by side in one row of the product */
    size_t columns;     /* of the product, whole register blocks */
    size_t depth;       /* of one kernel row */
    size_t rows;        /* of the product, for a row of outputs of a task */
    size_t tile, width; /* floats of a padded row of a task, pixels */
    float *weights;     /* [chunk, kernel row, depth, register block], in the scratch memory of worker 0 */
} forward_plan;

static forward_plan forward_of(const nst__engine *engine, const nst__any_conv *conv)
{
    forward_plan p = {.conv = conv, .kernels = nst__engine_kernels(engine)};
    const size_t block = p.kernels->columns;
    p.group = conv->out < block ? block / conv->out : 1;
    p.columns = nst__round_up(p.group * conv->out, block);
    p.depth = (conv->kernel + (p.group - 1) * conv->stride) * conv->in;
    p.rows = nst__round_up(parts(OUTPUTS, p.group), 8);
    p.width = (p.rows * p.group - 1) * conv->stride + conv->kernel;
    p.tile = p.width * conv->in;
    return p;
}

static size_t weights_of(const forward_plan *p)
{
    return p->columns * p->conv->kernel * p->depth;
}

static size_t tile_rows(const nst__any_conv *conv)
{
    return (HEIGHT - 1) * conv->stride + conv->kernel;
}

static size_t forward_scratch(const forward_plan *p)
{
    return weights_of(p) + nst__round_up(tile_rows(p->conv) * p->tile, NST__LANES) + HEIGHT * p->rows * p->columns;
}

static void pack(const forward_plan *p)
{
    const nst__any_conv *conv = p->conv;
    const size_t block = p->kernels->columns, k = conv->kernel;
    memset(p->weights, 0, weights_of(p) * sizeof *p->weights);
    for (size_t q = 0; q < p->group; q++)
        for (size_t o = 0; o < conv->out; o++)
            for (size_t c = 0; c < conv->in; c++)
                for (size_t tap = 0; tap < k * k; tap++) {
                    const size_t column = q * conv->out + o, row = (tap % k + q * conv->stride) * conv->in + c;
                    const size_t matrix = column / block * k + tap / k;
                    p->weights[(matrix * p->depth + row) * block + column % block] =
                        conv->weights[(o * conv->in + c) * k * k + tap];
                }
}

static void put_row(const forward_plan *p, size_t i, size_t j, size_t count, const float *sums)
{
    const nst__epilogue epilogue = {.to = p->y, .bias = p->conv->bias};
    if (p->group == 1 || p->group * p->conv->out == p->columns) {
        p->kernels->epilogue(&epilogue, i, j, count, sums, p->columns / p->group);
        return;
    }
    for (size_t q = 0; q < count; q += p->group, sums += p->columns)
        p->kernels->epilogue(&epilogue, i, j + q, least(p->group, count - q), sums, p->conv->out);
}

static void forward_task(void *user, size_t index, int worker)
{
    const forward_plan *p = user;
    const nst__any_conv *conv = p->conv;
    const size_t outputs = p->rows * p->group, across = parts(p->y.width, outputs), block = p->kernels->columns;
    const size_t top = index / across * HEIGHT, left = index % across * outputs;
    const size_t height = least(p->y.height - top, HEIGHT), width = least(p->y.width - left, outputs);
    const size_t rows = nst__round_up(parts(width, p->group), 8), step = p->group * conv->stride * conv->in;
    float *tile = nst__engine_scratch(p->engine, worker) + weights_of(p);
    float *sums = tile + nst__round_up(tile_rows(conv) * p->tile, NST__LANES);
    for (size_t r = 0; r < (height - 1) * conv->stride + conv->kernel; r++)
        nst__reflect_row(&p->x, (ptrdiff_t)(top * conv->stride + r) - (ptrdiff_t)(conv->kernel / 2),
                         (ptrdiff_t)(left * conv->stride) - (ptrdiff_t)(conv->kernel / 2), p->width,
                         tile + r * p->tile);
    for (size_t column = 0; column < p->columns; column += block)
        for (size_t r = 0; r < conv->kernel; r++) {
            const float *weights = p->weights + (column / block * conv->kernel + r) * p->depth * block;
            for (size_t i = 0; i < height; i++)
                p->kernels->strip(rows, p->depth, tile + (i * conv->stride + r) * p->tile, step, weights, block,
                                  sums + i * p->rows * p->columns + column, p->columns, r > 0);
        }
    for (size_t i = 0; i < height; i++)
        put_row(p, top + i, left, width, sums + i * p->rows * p->columns);
}

void nst__any_forward(nst__engine *engine, const nst__any_conv *conv, nst__map x, nst__map y)
{
    forward_plan p = forward_of(engine, conv);
    p.engine = engine;
    p.x = x;
    p.y = y;
    p.weights = nst__engine_scratch(engine, 0);
    pack(&p);
    nst__workers_run(nst__engine_workers(engine), parts(y.height, HEIGHT) * parts(y.width, p.rows * p.group),
                     forward_task, &p);
}

/* ---- Backward ---- */

typedef struct backward_plan {
    const nst__any_conv *conv;
    const nst__kernels *kernels;
    nst__engine *engine;
    nst__map dy, dx;
    bool accumulate;
    size_t columns; /* K x in, whole register blocks */
    float *weights; /* [kernel row, out, columns], in the scratch memory of worker 0 */
} backward_plan;

static backward_plan backward_of(const nst__engine *engine, const nst__any_conv *conv)
{
    backward_plan p = {.conv = conv, .kernels = nst__engine_kernels(engine)};
    p.columns = nst__round_up(conv->kernel * conv->in, p.kernels->columns);
    return p;
}

static size_t flipped_of(const backward_plan *p)
{
    return p->conv->kernel * p->conv->out * p->columns;
}

static size_t backward_scratch(const backward_plan *p, size_t width)
{
    const size_t outputs = (width - 1) / p->conv->stride + 1;
    return flipped_of(p) + outputs * p->columns + (width + p->conv->kernel) * p->conv->in;
}

static void pack_rows(const backward_plan *p)
{
    const nst__any_conv *conv = p->conv;
    const size_t k = conv->kernel;
    memset(p->weights, 0, flipped_of(p) * sizeof *p->weights);
    for (size_t o = 0; o < conv->out; o++)
        for (size_t c = 0; c < conv->in; c++)
            for (size_t tap = 0; tap < k * k; tap++)
                p->weights[(tap / k * conv->out + o) * p->columns + tap % k * conv->in + c] =
                    conv->weights[(o * conv->in + c) * k * k + tap];
}

/* Adds the gradient of row PADDED of the padded input to OUT. */
static void add_padded(const backward_plan *p, size_t padded, float *products, float *out)
{
    const nst__any_conv *conv = p->conv;
    const size_t length = p->dy.width * conv->out, n = conv->kernel * conv->in;
    bool any = false;
    for (size_t r = padded % conv->stride; r < conv->kernel && r <= padded; r += conv->stride) {
        const size_t i = (padded - r) / conv->stride;
        if (i >= p->dy.height) continue;
        for (size_t column = 0; column < p->columns; column += p->kernels->columns)
            p->kernels->strip(p->dy.width, conv->out, p->dy.data + i * length, conv->out,
                              p->weights + r * conv->out * p->columns + column, p->columns, products + column,
                              p->columns, any);
        any = true;
    }
    for (size_t j = 0; any && j < p->dy.width; j++) {
        float *to = out + j * conv->stride * conv->in;
        for (size_t c = 0; c < n; c++)
            to[c] += products[j * p->columns + c];
    }
}

static void backward_row(void *user, size_t i, int worker)
{
    const backward_plan *p = user;
    const nst__any_conv *conv = p->conv;
    const size_t n = conv->in, pad = conv->kernel / 2, height = p->dx.height, width = p->dx.width;
    float *products = nst__engine_scratch(p->engine, worker) + flipped_of(p);
    float *padded = products + p->dy.width * p->columns;
    float *to = p->dx.data + i * width * n;
    memset(padded, 0, (width + conv->kernel) * n * sizeof *padded);
    for (size_t row = 0; row < height + 2 * pad; row++)
        if (nst__reflect_index((ptrdiff_t)row - (ptrdiff_t)pad, height) == i) add_padded(p, row, products, padded);
    if (!p->accumulate) memset(to, 0, width * n * sizeof *to);
    for (size_t j = 0; j < width + 2 * pad; j++) {
        float *pixel = to + nst__reflect_index((ptrdiff_t)j - (ptrdiff_t)pad, width) * n;
        for (size_t c = 0; c < n; c++)
            pixel[c] += padded[j * n + c];
    }
}

void nst__any_backward(nst__engine *engine, const nst__any_conv *conv, nst__map dy, bool accumulate, nst__map dx)
{
    backward_plan p = backward_of(engine, conv);
    p.engine = engine;
    p.dy = dy;
    p.dx = dx;
    p.accumulate = accumulate;
    p.weights = nst__engine_scratch(engine, 0);
    pack_rows(&p);
    nst__workers_run(nst__engine_workers(engine), dx.height, backward_row, &p);
}

size_t nst__any_scratch(const nst__engine *engine, const nst__any_conv *conv, size_t width, bool backward)
{
    const forward_plan forward = forward_of(engine, conv);
    const backward_plan back = backward_of(engine, conv);
    const size_t first = forward_scratch(&forward), second = backward ? backward_scratch(&back, width) : 0;
    return first > second ? first : second;
}

/* ---- As an operation of networks ---- */

static nst__any_conv conv_of(const nst__layer_call *call)
{
    return (nst__any_conv){.in = call->x.channels,
                           .out = call->y.channels,
                           .kernel = (size_t)call->kernel,
                           .stride = (size_t)call->stride,
                           .weights = call->weights,
                           .bias = call->bias};
}

static void forward(const nst__layer_call *call)
{
    const nst__any_conv conv = conv_of(call);
    nst__any_forward(call->engine, &conv, call->x, call->y);
}

static void backward(const nst__layer_call *call)
{
    const nst__any_conv conv = conv_of(call);
    nst__any_backward(call->engine, &conv, call->y, call->accumulate, call->x);
}

static void backward_weights(const nst__layer_call *call)
{
    const nst__any_conv conv = conv_of(call);
    nst__any_backward_weights(call->engine, &conv, call->x_was, call->y, call->dweights);
    for (size_t at = 0; call->dbias && at < call->y.height * call->y.width; at++)
        for (size_t k = 0; k < conv.out; k++)
            call->dbias[k] += call->y.data[at * conv.out + k];
}

static nst_status prepare(const nst__layer_call *call, bool both)
{
    const nst__any_conv conv = conv_of(call);
    size_t floats = nst__any_scratch(call->engine, &conv, call->x.width, both);
    const size_t weights = call->dweights ? nst__any_weights_scratch(call->engine, &conv, call->x.width) : 0;
    if (weights > floats) floats = weights;
    return nst__engine_reserve(call->engine, floats);
}

static double operations(const nst__layer_call *call)
{
    const nst__map *x = &call->x, *y = &call->y;
    return 2.0 * call->kernel * call->kernel * (double)(y->height * y->width) * (double)(y->channels * x->channels);
}

const nst__operation_type nst__any_convolution_operation = {
    .name = "any convolution",
    .weights = true,
    .forward = forward,
    .backward = backward,
    .backward_weights = backward_weights,
    .needs_x = true,
    .prepare = prepare,
    .operations = operations,
};
