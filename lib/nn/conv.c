#include "nn/conv.h"
#include "nn/conv_affine.h"
#include "nn/conv_border.h"
#include "nn/conv_method.h"
#include "nn/conv_packed.h"
#include "base/alloc.h"
#include "base/assert.h"

#include <string.h>

/* The table, in the order in which methods are asked. nst__NAME_method of a row is at the end of conv_NAME.c; both of
 * Winograd's are at the end of conv_winograd.c. */
#define ROWS(row) row(narrow) row(few) row(winograd6) row(winograd4) row(direct)

#define DECLARE(name) extern const nst__conv_method nst__##name##_method;
#define ENTER(name)   &nst__##name##_method,
ROWS(DECLARE)
static const nst__conv_method *const table[] = {ROWS(ENTER)};
enum { METHODS = sizeof table / sizeof table[0], PADDING_MOST = 64 /* channels that packing may add */ };

/* ---- The object ---- */

struct nst__conv {
    size_t in, out;
    float *weights; /* [out, in, 3, 3] */
    float *bias;    /* [out] */
    nst__packed *packed;
};

nst_status nst__conv_create(nst__conv **out, size_t in_channels, size_t out_channels, const float *weights,
                            const float *bias)
{
    size_t count;
    *out = NULL;
    /* The packed weights, with their padding, must be addressable. */
    if (!nst__multiply(&count, in_channels + PADDING_MOST, out_channels + PADDING_MOST) ||
        count > SIZE_MAX / NST__PACKED_MOST / sizeof(float))
        return nst__fail(NST_ERR_TOO_LARGE, "a convolution from %zu to %zu channels cannot be addressed", in_channels,
                         out_channels);
    count = in_channels * out_channels;
    nst__conv *conv = nst__zalloc(1, sizeof *conv);
    if (!conv) return NST_ERR_OUT_OF_MEMORY;
    conv->in = in_channels;
    conv->out = out_channels;
    conv->weights = nst__alloc(count * 9, sizeof(float));
    conv->bias = nst__alloc(out_channels, sizeof(float));
    if (!conv->weights || !conv->bias ||
        nst__packed_create(&conv->packed, in_channels, out_channels, conv->weights) != NST_OK) {
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
    nst__packed_destroy(conv->packed);
    nst__free(conv->weights);
    nst__free(conv->bias);
    nst__free(conv);
}

void nst__conv_renew(nst__conv *conv)
{
    nst__packed_renew(conv->packed);
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

/* At maps x of HEIGHT by WIDTH. */
static nst__conv_shape shape_of(const nst__conv *conv, bool backward, size_t height, size_t width)
{
    return (nst__conv_shape){backward ? conv->out : conv->in, backward ? conv->in : conv->out, height, width, backward};
}

static const nst__conv_method *choose(const nst__engine *engine, const nst__conv_shape *shape)
{
    const int choice = nst__engine_convolution(engine);
    const nst__conv_method *method = NULL;
    for (size_t i = 0; i < METHODS; i++) {
        if (choice != NST_CONVOLUTION_AUTO && choice != (int)table[i]->choice) continue;
        method = table[i];
        if (method->suits(shape)) break;
    }
    NST_ASSERT(method);
    return method;
}

/* Packed weights that a use needs. */
typedef struct need {
    const nst__conv_method *method;
    bool backward;
} need;

/* All of them, each once; returns how many they are. */
#define NEEDS 3
static size_t needs_of(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use, need needs[NEEDS])
{
    size_t count = 0;
    const nst__conv_shape forward = shape_of(conv, false, use->height, use->width);
    needs[count++] = (need){choose(engine, &forward), false};
    if (!use->backward) return count;
    const nst__conv_shape backward = shape_of(conv, true, use->height, use->width);
    const nst__conv_method *method = choose(engine, &backward);
    needs[count++] = (need){method, true};
    if (use->padding != NST_PADDING_ZERO && method != &nst__direct_method)
        needs[count++] = (need){&nst__direct_method, true}; /* for the border */
    return count;
}

nst_status nst__conv_prepare(const nst__conv *conv, nst__engine *engine, const nst__conv_use *use)
{
    nst_status status = NST_OK;
    need needs[NEEDS];
    const size_t count = needs_of(conv, engine, use, needs);
    for (size_t i = 0; i < count && status == NST_OK; i++)
        status = nst__packed_make(conv->packed, engine, needs[i].method, needs[i].backward);
    if (status != NST_OK) return status;
    return nst__engine_reserve(engine, nst__conv_scratch(conv, engine, use));
}

static unsigned bit_of(const need *of)
{
    size_t row = 0;
    while (table[row] != of->method)
        row++;
    return 1U << (2 * row + of->backward);
}

size_t nst__conv_prepared_bytes(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use,
                                unsigned *prepared)
{
    size_t floats = 0;
    need needs[NEEDS];
    const size_t count = needs_of(conv, engine, use, needs);
    for (size_t i = 0; i < count; i++) {
        const unsigned bit = bit_of(&needs[i]);
        if (*prepared & bit) continue;
        *prepared |= bit;
        floats += nst__packed_floats(conv->packed, engine, needs[i].method, needs[i].backward);
    }
    return floats * sizeof(float);
}

static size_t scratch_of(const nst__conv *conv, const nst__engine *engine, bool backward, const nst__conv_use *use)
{
    const nst__conv_shape shape = shape_of(conv, backward, use->height, use->width);
    const nst__conv_method *method = choose(engine, &shape);
    return backward ? method->scratch(engine, &shape) : nst__affine_scratch(engine, method, &shape);
}

size_t nst__conv_scratch(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use)
{
    size_t most = scratch_of(conv, engine, false, use);
    if (use->backward) {
        const size_t backward = scratch_of(conv, engine, true, use);
        const size_t border = nst__border_scratch(engine, conv->out, conv->in);
        most = backward > most ? backward : most;
        most = border > most ? border : most;
    }
    return most;
}

/* ---- The call ---- */

bool nst__conv_joins(const nst__conv *conv, const nst__engine *engine, const nst__conv_call *call, nst__map x)
{
    const nst__conv_shape shape = shape_of(conv, false, x.height, x.width);
    return nst__affine_suits(choose(engine, &shape), conv->in, call->relu_y, call->gram, call->slopes);
}

void nst__conv_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map x, nst__map y)
{
    const nst__conv_shape shape = shape_of(conv, false, x.height, x.width);
    const nst__conv_method *method = choose(engine, &shape);
    const nst__filters filters = {conv->in, conv->out, conv->weights, conv->bias};
    const nst__pass pass = {
        .engine = engine,
        .weights = nst__packed_find(conv->packed, engine, method, false),
        .relu = call->relu_x,
        .padding = call->padding,
        .from = x,
        .top = call->edges & NST__TOP ? 1 : 0,
        .left = call->edges & NST__LEFT ? 1 : 0,
        .epilogue = {.to = y, .bias = conv->bias, .relu = call->relu_y, .mask_out = call->mask_y},
    };
    if (call->slopes)
        nst__affine_slopes(&pass, method, &filters, call->slopes);
    else
        method->run(&pass);
    if (call->gram) nst__affine_gram(&pass, &filters, call->gram);
}

/* y[i'] reads x[i' + r - top], so dx[i] gathers dy[i - r + top] = dy[i + (2 - r) - (2 - top)]. */
void nst__conv_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map dy,
                        nst__map dx)
{
    const nst__conv_shape shape = shape_of(conv, true, dx.height, dx.width);
    const nst__conv_method *method = choose(engine, &shape);
    nst__pass pass = {
        .engine = engine,
        .weights = nst__packed_find(conv->packed, engine, method, true),
        .padding = NST_PADDING_ZERO,
        .from = dy,
        .top = call->edges & NST__TOP ? 1 : 2,
        .left = call->edges & NST__LEFT ? 1 : 2,
        .epilogue = {.to = dx, .mask_in = call->mask_x, .accumulate = call->accumulate},
    };
    method->run(&pass);
    if (call->padding == NST_PADDING_ZERO) return;
    pass.weights = nst__packed_find(conv->packed, engine, &nst__direct_method, true);
    nst__border_run(&pass, call->padding, call->edges);
}
