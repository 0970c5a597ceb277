#include "nn/conv_parts.h"
#include "base/alloc.h"
#include "tensor/gemm.h"

#include <string.h>

nst_status nst__conv_create(nst__conv **out, size_t in_channels, size_t out_channels, const float *weights,
                            const float *bias)
{
    size_t count;
    *out = NULL;
    if (!nst__multiply(&count, in_channels, out_channels) || count > SIZE_MAX / 9 / sizeof(float))
        return nst__fail(NST_ERR_TOO_LARGE, "a convolution from %zu to %zu channels cannot be addressed",
                         in_channels, out_channels);
    nst__conv *conv = nst__zalloc(1, sizeof *conv);
    if (!conv) return NST_ERR_OUT_OF_MEMORY;
    conv->in = in_channels;
    conv->out = out_channels;
    conv->weights = nst__alloc(count * 9, sizeof(float));
    conv->bias = nst__alloc(out_channels, sizeof(float));
    conv->forms = nst__zalloc(1, sizeof *conv->forms);
    if (!conv->weights || !conv->bias || !conv->forms) {
        nst__free(conv->forms);
        conv->forms = NULL;
        nst__conv_destroy(conv);
        return NST_ERR_OUT_OF_MEMORY;
    }
    nst__lock_init(&conv->forms->lock);
    if (weights)
        memcpy(conv->weights, weights, count * 9 * sizeof(float));
    if (bias)
        memcpy(conv->bias, bias, out_channels * sizeof(float));
    *out = conv;
    return NST_OK;
}

void nst__conv_destroy(nst__conv *conv)
{
    if (!conv) return;
    if (conv->forms) {
        nst__free_aligned(conv->forms->forward_taps);
        nst__free_aligned(conv->forms->backward_taps);
        nst__lock_destroy(&conv->forms->lock);
        nst__free(conv->forms);
    }
    nst__free(conv->weights);
    nst__free(conv->bias);
    nst__free(conv);
}

float *nst__conv_fill_weights(nst__conv *conv)
{
    return conv->weights;
}

float *nst__conv_fill_bias(nst__conv *conv)
{
    return conv->bias;
}

size_t nst__conv_in(const nst__conv *conv)
{
    return conv->in;
}

size_t nst__conv_out(const nst__conv *conv)
{
    return conv->out;
}

const float *nst__conv_weights(const nst__conv *conv)
{
    return conv->weights;
}

const float *nst__conv_bias(const nst__conv *conv)
{
    return conv->bias;
}

/* Both directions of the taps in one pass over the weights. */
static nst_status make_taps(const nst__conv *conv)
{
    struct nst__conv_forms *forms = conv->forms;
    const size_t in = conv->in, out = conv->out;
    if (forms->forward_taps) return NST_OK;
    float *forward = nst__alloc_aligned(9 * in * out, sizeof(float));
    float *backward = nst__alloc_aligned(9 * in * out, sizeof(float));
    if (!forward || !backward) {
        nst__free_aligned(forward);
        nst__free_aligned(backward);
        return NST_ERR_OUT_OF_MEMORY;
    }
    for (size_t k = 0; k < out; k++)
        for (size_t c = 0; c < in; c++)
            for (size_t tap = 0; tap < 9; tap++) {
                float w = conv->weights[(k * in + c) * 9 + tap];
                forward[(tap * in + c) * out + k] = w;
                backward[((8 - tap) * out + k) * in + c] = w;
            }
    forms->forward_taps = forward;
    forms->backward_taps = backward;
    return NST_OK;
}

nst_status nst__conv_prepare(const nst__conv *conv, nst__engine *engine, size_t height, size_t width)
{
    nst_status status;
    nst__lock_take(&conv->forms->lock);
    status = make_taps(conv);
    nst__lock_give(&conv->forms->lock);
    if (status != NST_OK) return status;
    return nst__engine_reserve(engine, nst__conv_scratch(conv, engine, height, width));
}

size_t nst__conv_prepared_bytes(const nst__conv *conv, const nst__engine *engine, size_t height, size_t width)
{
    (void)engine, (void)height, (void)width;
    return 2 * 9 * conv->in * conv->out * sizeof(float);
}

size_t nst__conv_scratch(const nst__conv *conv, const nst__engine *engine, size_t height, size_t width)
{
    (void)engine, (void)height, (void)width;
    return nst__direct_scratch(conv);
}

nst__pass nst__pass_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call,
                            nst__map x, nst__map y)
{
    return (nst__pass){.conv = conv,
                       .engine = engine,
                       .call = call,
                       .backward = false,
                       .padding = call->padding,
                       .from = x,
                       .to = y,
                       .top = call->edges & NST__TOP ? 1 : 0,
                       .left = call->edges & NST__LEFT ? 1 : 0};
}

/* y[i'] reads x[i' + r - top], so dx[i] gathers dy[i - r + top] = dy[i + (2 - r) - (2 - top)]. */
nst__pass nst__pass_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call,
                             nst__map dy, nst__map dx)
{
    return (nst__pass){.conv = conv,
                       .engine = engine,
                       .call = call,
                       .backward = true,
                       .padding = NST_PADDING_ZERO,
                       .from = dy,
                       .to = dx,
                       .top = call->edges & NST__TOP ? 1 : 2,
                       .left = call->edges & NST__LEFT ? 1 : 2};
}

ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    if (i >= 0 && i <= last) return i;
    if (padding == NST_PADDING_ZERO || i < -1 || i > last + 1) return -1;
    if (padding == NST_PADDING_REPLICATE || n == 1) /* a single row has no other to be reflected in */
        return i < 0 ? 0 : last;
    return i < 0 ? 1 : last - 1;
}

static void finish_forward(const nst__pass *pass, size_t position, const float *sums)
{
    const nst__conv_call *call = pass->call;
    const size_t channels = pass->to.channels;
    float *y = pass->to.data + position * channels;
    for (size_t c = 0; c < channels; c++) {
        float value = sums[c] + pass->conv->bias[c];
        y[c] = call->relu_y && !(value > 0) ? 0 : value;
    }
    if (!call->mask_y) return;
    uint8_t *mask = call->mask_y + position * nst__mask_stride(channels);
    for (size_t c = 0; c < channels; c += 8) {
        unsigned byte = 0;
        for (size_t b = 0; b < 8 && c + b < channels; b++)
            byte |= (unsigned)(y[c + b] > 0) << b;
        mask[c / 8] = (uint8_t)byte;
    }
}

static void finish_backward(const nst__pass *pass, size_t position, const float *sums, bool accumulate)
{
    const size_t channels = pass->to.channels;
    const uint8_t *mask = pass->call->mask_x;
    float *dx = pass->to.data + position * channels;
    if (mask) mask += position * nst__mask_stride(channels);
    for (size_t c = 0; c < channels; c++) {
        float value = !mask || (mask[c / 8] >> c % 8 & 1) ? sums[c] : 0;
        dx[c] = accumulate ? dx[c] + value : value;
    }
}

void nst__pass_finish(const nst__pass *pass, size_t position, const float *sums)
{
    if (pass->backward)
        finish_backward(pass, position, sums, pass->call->accumulate);
    else
        finish_forward(pass, position, sums);
}

/* ---- What a border of copies gives back
 * -------------------------------------------------------------------- */

#define FOLD_POSITIONS 32 /* a task */

/*
 * One side at a time: what the adjoint puts on the row (or column) just outside, gathered from the outermost
 * row of dy with the three taps that reach it, is added to the row that the padding was copied from. Corners,
 * which belong to two sides, have one tap each.
 */
typedef struct fold {
    const nst__pass *pass;
    bool column;          /* the side is left or right */
    size_t outer, target; /* row (column) of dy that is read, and of dx that is added to */
    size_t tap;           /* of rows (columns) in the flipped weights */
} fold;

static void fold_task(void *user, size_t index, int worker)
{
    const fold *f = user;
    const nst__pass *pass = f->pass;
    const nst__map *dy = &pass->from, *dx = &pass->to;
    const size_t length = f->column ? dx->height : dx->width, limit = f->column ? dy->height : dy->width;
    const size_t shift = f->column ? pass->top : pass->left;
    const size_t first = index * FOLD_POSITIONS;
    const size_t count = length - first < FOLD_POSITIONS ? length - first : FOLD_POSITIONS;
    float *rows = nst__engine_scratch(pass->engine, worker), *sums = rows + FOLD_POSITIONS * dy->channels;
    for (size_t t = 0; t < 3; t++) {
        const size_t tap = f->column ? t * 3 + f->tap : f->tap * 3 + t;
        for (size_t p = 0; p < count; p++) {
            const ptrdiff_t along = (ptrdiff_t)(first + p + t) - (ptrdiff_t)shift;
            float *row = rows + p * dy->channels;
            if (along < 0 || along >= (ptrdiff_t)limit) {
                memset(row, 0, dy->channels * sizeof *row);
                continue;
            }
            const size_t position =
                f->column ? (size_t)along * dy->width + f->outer : f->outer * dy->width + (size_t)along;
            memcpy(row, dy->data + position * dy->channels, dy->channels * sizeof *row);
        }
        nst__gemm(false, false, count, dx->channels, dy->channels, 1, rows, dy->channels,
                  pass->conv->forms->backward_taps + tap * dy->channels * dx->channels, dx->channels, t > 0,
                  sums, dx->channels);
    }
    for (size_t p = 0; p < count; p++) {
        const size_t at = first + p;
        finish_backward(pass, f->column ? at * dx->width + f->target : f->target * dx->width + at,
                        sums + p * dx->channels, true);
    }
}

static void fold_corner(const nst__pass *pass, const fold *row, const fold *column)
{
    const nst__map *dy = &pass->from, *dx = &pass->to;
    float *sums = nst__engine_scratch(pass->engine, 0);
    nst__gemm(false, false, 1, dx->channels, dy->channels, 1,
              dy->data + (row->outer * dy->width + column->outer) * dy->channels, dy->channels,
              pass->conv->forms->backward_taps + (row->tap * 3 + column->tap) * dy->channels * dx->channels,
              dx->channels, 0, sums, dx->channels);
    finish_backward(pass, row->target * dx->width + column->target, sums, true);
}

void nst__fold_border(const nst__pass *pass)
{
    static const unsigned edge[4] = {NST__TOP, NST__BOTTOM, NST__LEFT, NST__RIGHT};
    const nst_padding padding = pass->call->padding;
    fold side[4];
    if (padding == NST_PADDING_ZERO || pass->from.height == 0 || pass->from.width == 0) return;
    for (size_t i = 0; i < 4; i++) {
        const bool column = i >= 2, far = i % 2;
        const size_t n = column ? pass->to.width : pass->to.height;
        const size_t outer = far ? (column ? pass->from.width : pass->from.height) - 1 : 0;
        side[i] = (fold){pass, column, outer, (size_t)nst__pad_index(padding, far ? (ptrdiff_t)n : -1, n),
                         far ? 0 : 2};
        if (pass->call->edges & edge[i])
            nst__workers_run(nst__engine_workers(pass->engine),
                             ((column ? pass->to.height : pass->to.width) + FOLD_POSITIONS - 1) /
                                 FOLD_POSITIONS,
                             fold_task, &side[i]);
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 2; j < 4; j++)
            if ((pass->call->edges & edge[i]) && (pass->call->edges & edge[j]))
                fold_corner(pass, &side[i], &side[j]);
}

void nst__conv_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map x,
                       nst__map y)
{
    nst__pass pass = nst__pass_forward(conv, engine, call, x, y);
    nst__direct_run(&pass);
}

void nst__conv_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map dy,
                        nst__map dx)
{
    nst__pass pass = nst__pass_backward(conv, engine, call, dy, dx);
    nst__direct_run(&pass);
    nst__fold_border(&pass);
}
