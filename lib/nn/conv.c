#include "nn/conv_parts.h"
#include "base/alloc.h"

#include <string.h>

/* ---- The object ---- */

nst_status nst__conv_create(nst__conv **out, size_t in_channels, size_t out_channels, const float *weights,
                            const float *bias)
{
    size_t count;
    *out = NULL;
    /* 64 matrices of Winograd, padded, must be addressable. */
    if (!nst__multiply(&count, in_channels + 64, out_channels + 64) || count > SIZE_MAX / 64 / sizeof(float))
        return nst__fail(NST_ERR_TOO_LARGE, "a convolution from %zu to %zu channels cannot be addressed", in_channels,
                         out_channels);
    count = in_channels * out_channels;
    nst__conv *conv = nst__zalloc(1, sizeof *conv);
    if (!conv) return NST_ERR_OUT_OF_MEMORY;
    conv->in = in_channels;
    conv->out = out_channels;
    conv->forms = nst__zalloc(1, sizeof *conv->forms);
    if (conv->forms) nst__lock_init(&conv->forms->lock);
    conv->weights = nst__alloc(count * 9, sizeof(float));
    conv->bias = nst__alloc(out_channels, sizeof(float));
    if (!conv->weights || !conv->bias || !conv->forms) {
        nst__conv_destroy(conv);
        return NST_ERR_OUT_OF_MEMORY;
    }
    if (weights) memcpy(conv->weights, weights, count * 9 * sizeof(float));
    if (bias) memcpy(conv->bias, bias, out_channels * sizeof(float));
    *out = conv;
    return NST_OK;
}

void nst__conv_destroy(nst__conv *conv)
{
    if (!conv) return;
    if (conv->forms) {
        nst__forms_destroy(conv);
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

/* ---- The choice of a method ---- */

/* Values of NST_PARAM_CONVOLUTION. */
enum { AUTO, DIRECT, WINOGRAD4, WINOGRAD6 };

static double tiles(size_t height, size_t width, size_t side)
{
    return (double)((height + side - 1) / side) * (double)((width + side - 1) / side);
}

/* Work per pair of channels, in multiplications. Each weight is read once for all rows of the product, which
 * costs about as much as READ rows; the factors are what the transforms add, measured. */
static nst__form_kind cheapest(size_t height, size_t width)
{
    const double read = 26;
    const double direct = 9 * (tiles(height, width, 1) + read);
    const double four = 1.1 * 36 * (tiles(height, width, 4) + read);
    const double six = 1.15 * 64 * (tiles(height, width, 6) + read);
    if (direct < four && direct < six) return NST__FORM_TAPS;
    return four < six ? NST__FORM_WINOGRAD4 : NST__FORM_WINOGRAD6;
}

static nst__form_kind method_of(const nst__conv *conv, const nst__engine *engine, bool backward, size_t height,
                                size_t width)
{
    const size_t from = backward ? conv->out : conv->in, to = backward ? conv->in : conv->out;
    switch (nst__engine_convolution(engine)) {
    case WINOGRAD4: return NST__FORM_WINOGRAD4;
    case WINOGRAD6: return NST__FORM_WINOGRAD6;
    case DIRECT: break;
    default:
        if (from >= NST__LANES && to >= NST__LANES && cheapest(height, width) != NST__FORM_TAPS)
            return cheapest(height, width);
    }
    if (backward && to <= 4) return NST__FORM_NARROW;
    return from < NST__LANES ? NST__FORM_DENSE : NST__FORM_TAPS;
}

/* The forms that USE wants, each once; how many they are. */
#define FORMS 3
static size_t forms_of(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use,
                       nst__form_key keys[FORMS])
{
    size_t count = 0;
    keys[count++] = nst__form_of(engine, conv, method_of(conv, engine, false, use->height, use->width), false);
    if (!use->backward) return count;
    const nst__form_kind method = method_of(conv, engine, true, use->height, use->width);
    keys[count++] = nst__form_of(engine, conv, method, true);
    if (use->padding != NST_PADDING_ZERO && method != NST__FORM_TAPS)
        keys[count++] = nst__form_of(engine, conv, NST__FORM_TAPS, true); /* for the border */
    return count;
}

nst_status nst__conv_prepare(const nst__conv *conv, nst__engine *engine, const nst__conv_use *use)
{
    nst_status status = NST_OK;
    nst__form_key keys[FORMS];
    const size_t count = forms_of(conv, engine, use, keys);
    nst__lock_take(&conv->forms->lock);
    for (size_t i = 0; i < count && status == NST_OK; i++)
        status = nst__form_make(conv, keys[i]);
    nst__lock_give(&conv->forms->lock);
    if (status != NST_OK) return status;
    return nst__engine_reserve(engine, nst__conv_scratch(conv, engine, use));
}

size_t nst__conv_prepared_bytes(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use)
{
    size_t floats = 0;
    nst__form_key keys[FORMS];
    const size_t count = forms_of(conv, engine, use, keys);
    for (size_t i = 0; i < count; i++)
        floats += nst__form_floats(conv, keys[i]);
    return floats * sizeof(float);
}

static size_t scratch_of(const nst__conv *conv, const nst__engine *engine, bool backward, size_t height, size_t width)
{
    const nst__form_kind method = method_of(conv, engine, backward, height, width);
    if (method == NST__FORM_NARROW) return nst__narrow_scratch(conv, engine);
    if (method == NST__FORM_DENSE) return nst__few_scratch(conv, engine, backward);
    if (method == NST__FORM_WINOGRAD4 || method == NST__FORM_WINOGRAD6)
        return nst__winograd_scratch(conv, engine, method, backward, height, width);
    return nst__direct_scratch(conv, engine, backward);
}

size_t nst__conv_scratch(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use)
{
    size_t most = scratch_of(conv, engine, false, use->height, use->width);
    if (use->backward) {
        const size_t backward = scratch_of(conv, engine, true, use->height, use->width);
        const size_t border = nst__border_scratch(conv, engine);
        most = backward > most ? backward : most;
        most = border > most ? border : most;
    }
    return most;
}

/* ---- The call ---- */

ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    if (i >= 0 && i <= last) return i;
    if (padding == NST_PADDING_ZERO || i < -1 || i > last + 1) return -1;
    if (padding == NST_PADDING_REPLICATE || n == 1) /* a single row has no other to be reflected in */
        return i < 0 ? 0 : last;
    return i < 0 ? 1 : last - 1;
}

void nst__pass_pixel(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t channel, size_t count, float *out,
                     size_t room)
{
    const nst__map *from = &pass->from;
    i = nst__pad_index(pass->padding, i, from->height);
    j = nst__pad_index(pass->padding, j, from->width);
    if (i < 0 || j < 0) {
        memset(out, 0, room * sizeof *out);
        return;
    }
    const float *pixel = from->data + ((size_t)i * from->width + (size_t)j) * from->channels + channel;
    __builtin_prefetch(pixel + 8 * from->channels);
    if (count == NST__LANES)
        memcpy(out, pixel, NST__LANES * sizeof *out); /* of known size: no call */
    else
        memcpy(out, pixel, count * sizeof *out);
    if (count < room) memset(out + count, 0, (room - count) * sizeof *out);
    for (size_t c = 0; pass->relu && c < count; c++)
        out[c] = out[c] > 0 ? out[c] : 0;
}

static void run(const nst__pass *pass, nst__form_kind method)
{
    if (method == NST__FORM_NARROW)
        nst__narrow_run(pass);
    else if (method == NST__FORM_DENSE)
        nst__few_run(pass);
    else if (method == NST__FORM_WINOGRAD4 || method == NST__FORM_WINOGRAD6)
        nst__winograd_run(pass, method);
    else
        nst__direct_run(pass);
}

void nst__conv_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map x, nst__map y)
{
    const nst__pass pass = {
        .conv = conv,
        .engine = engine,
        .relu = call->relu_x,
        .padding = call->padding,
        .from = x,
        .top = call->edges & NST__TOP ? 1 : 0,
        .left = call->edges & NST__LEFT ? 1 : 0,
        .finish = {.to = y, .bias = conv->bias, .relu = call->relu_y, .mask_out = call->mask_y},
    };
    run(&pass, method_of(conv, engine, false, x.height, x.width));
}

/* y[i'] reads x[i' + r - top], so dx[i] gathers dy[i - r + top] = dy[i + (2 - r) - (2 - top)]. */
void nst__conv_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map dy,
                        nst__map dx)
{
    const nst__pass pass = {
        .conv = conv,
        .engine = engine,
        .backward = true,
        .padding = NST_PADDING_ZERO,
        .from = dy,
        .top = call->edges & NST__TOP ? 1 : 2,
        .left = call->edges & NST__LEFT ? 1 : 2,
        .finish = {.to = dx, .mask_in = call->mask_x, .accumulate = call->accumulate},
    };
    run(&pass, method_of(conv, engine, true, dx.height, dx.width));
    nst__border_run(&pass, call->padding, call->edges);
}
