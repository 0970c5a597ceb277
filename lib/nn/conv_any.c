/*
 * Rows of a padded map are read as they lie. The patch of an output is K pieces of K x in floats, one in each of K
 * rows, and the piece of the next output begins STRIDE x in floats later: a matrix whose rows overlap. So a row of
 * outputs is the sum of K products, and nothing is copied but the padding.
 *
 * Few output channels would leave columns of the product empty. Then GROUP outputs side by side are one row of it, with
 * wider patches and shifted copies of the weights. With very few, as in a layer that ends in pixels, the columns are
 * those of all K taps of a kernel row instead: what a position of x adds to each of the K outputs that read it. Each
 * output is then the sum of K of these, from K positions.
 *
 * Backward, each position of dy is multiplied with all K x in weights of a kernel row, and the products are added to
 * the padded row of dx that they belong to, which is then folded at its ends.
 */
#include "nn/conv_any.h"
#include "nn/conv_pad.h"
#include "nn/operation.h"

#include <string.h>

enum { HEIGHT = 8, OUTPUTS = 64, SPREAD_OUTPUTS = 128 }; /* of a task; more or less, in whole register blocks */

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
    bool spread;        /* a row of the product is a position of x, and its columns are the taps */
    size_t group;       /* outputs side by side in one row of the product */
    size_t outputs;     /* in a row of a task */
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
    p.spread = conv->stride == 1 && conv->kernel * conv->out <= block;
    p.group = !p.spread && conv->out < block ? block / conv->out : 1;
    p.columns = nst__round_up(p.group * conv->out, block);
    p.depth = p.spread ? conv->in : (conv->kernel + (p.group - 1) * conv->stride) * conv->in;
    p.rows = nst__round_up(p.spread ? SPREAD_OUTPUTS + conv->kernel - 1 : parts(OUTPUTS, p.group), 8);
    p.outputs = p.spread ? SPREAD_OUTPUTS : p.rows * p.group;
    p.width = p.spread ? p.rows : (p.outputs - 1) * conv->stride + conv->kernel;
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
                    const size_t column = (p->spread ? tap % k : q) * conv->out + o;
                    const size_t row = (p->spread ? 0 : tap % k + q * conv->stride) * conv->in + c;
                    const size_t matrix = column / block * k + tap / k;
                    p->weights[(matrix * p->depth + row) * block + column % block] =
                        conv->weights[(o * conv->in + c) * k * k + tap];
                }
}

/* Of a spread product. */
static void gather_row(const forward_plan *p, size_t i, size_t j, size_t count, const float *sums)
{
    const nst__any_conv *conv = p->conv;
    float *to = p->y.data + (i * p->y.width + j) * conv->out;
    for (size_t q = 0; q < count; q++, sums += p->columns, to += conv->out)
        for (size_t o = 0; o < conv->out; o++) {
            float sum = conv->bias ? conv->bias[o] : 0;
            for (size_t tap = 0; tap < conv->kernel; tap++)
                sum += sums[tap * (p->columns + conv->out) + o];
            to[o] = sum;
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

/* The rows that a task reads, LD floats apart: where they lie, or a padded copy. */
static const float *rows_of(const forward_plan *p, size_t top, size_t left, size_t count, float *copy, size_t *ld)
{
    const size_t pad = p->conv->kernel / 2;
    if (top >= pad && left >= pad && top - pad + count <= p->x.height && left - pad + p->width <= p->x.width) {
        *ld = p->x.width * p->conv->in;
        return p->x.data + (top - pad) * *ld + (left - pad) * p->conv->in;
    }
    *ld = p->tile;
    for (size_t r = 0; r < count; r++)
        nst__reflect_row(&p->x, (ptrdiff_t)(top + r) - (ptrdiff_t)pad, (ptrdiff_t)left - (ptrdiff_t)pad, p->width,
                         copy + r * p->tile);
    return copy;
}

static void forward_task(void *user, size_t index, int worker)
{
    const forward_plan *p = user;
    const nst__any_conv *conv = p->conv;
    const size_t across = parts(p->y.width, p->outputs), block = p->kernels->columns;
    const size_t top = index / across * HEIGHT, left = index % across * p->outputs;
    const size_t height = least(p->y.height - top, HEIGHT), width = least(p->y.width - left, p->outputs);
    const size_t rows = nst__round_up(p->spread ? width + conv->kernel - 1 : parts(width, p->group), 8);
    const size_t step = p->spread ? conv->in : p->group * conv->stride * conv->in;
    float *copy = nst__engine_scratch(p->engine, worker) + weights_of(p);
    float *sums = copy + nst__round_up(tile_rows(conv) * p->tile, NST__LANES);
    size_t ld;
    const float *tile =
        rows_of(p, top * conv->stride, left * conv->stride, (height - 1) * conv->stride + conv->kernel, copy, &ld);
    for (size_t column = 0; column < p->columns; column += block)
        for (size_t r = 0; r < conv->kernel; r++) {
            const float *weights = p->weights + (column / block * conv->kernel + r) * p->depth * block;
            for (size_t i = 0; i < height; i++)
                p->kernels->strip(rows, p->depth, tile + (i * conv->stride + r) * ld, step, weights, block,
                                  sums + i * p->rows * p->columns + column, p->columns, r > 0);
        }
    for (size_t i = 0; i < height; i++)
        (p->spread ? gather_row : put_row)(p, top + i, left, width, sums + i * p->rows * p->columns);
}

void nst__any_forward(nst__engine *engine, const nst__any_conv *conv, nst__map x, nst__map y)
{
    forward_plan p = forward_of(engine, conv);
    p.engine = engine;
    p.x = x;
    p.y = y;
    p.weights = nst__engine_scratch(engine, 0);
    pack(&p);
    nst__workers_run(nst__engine_workers(engine), parts(y.height, HEIGHT) * parts(y.width, p.outputs), forward_task,
                     &p);
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
    .backward = NST__TRAINING ? backward : NULL,
    .backward_weights = NST__TRAINING ? backward_weights : NULL,
    .needs_x = true,
    .prepare = prepare,
    .operations = operations,
};
