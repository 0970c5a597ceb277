/*
 * The weights of a layer in the forms that the methods want. A form is made once, under the lock, and never
 * changes: whoever finds it in the list may read it from any thread.
 */
#include "nn/conv_parts.h"
#include "base/alloc.h"

#include <stdatomic.h>
#include <string.h>

struct nst__form {
    nst__form_key key;
    float *data;
    nst__form *next;
};

static size_t from_channels(const nst__conv *conv, nst__form_key key)
{
    return key.backward ? conv->out : conv->in;
}

static size_t to_channels(const nst__conv *conv, nst__form_key key)
{
    return key.backward ? conv->in : conv->out;
}

nst__form_key nst__form_of(const nst__engine *engine, const nst__conv *conv, nst__form_kind kind, bool backward)
{
    nst__form_key key = {kind, backward, 0};
    const size_t to = to_channels(conv, key);
    key.width = kind == NST__FORM_DENSE ? nst__engine_kernels(engine)->columns
                                        : nst__layout_of(engine, kind == NST__FORM_NARROW ? 9 * to : to).width;
    return key;
}

/* Matrices, depth and columns of B, all with their padding. */
typedef struct extent {
    size_t matrices, depth, columns;
} extent;

static extent extent_of(const nst__conv *conv, nst__form_key key)
{
    const size_t from = from_channels(conv, key), to = to_channels(conv, key);
    const size_t deep = nst__round_up(from, NST__LANES), wide = nst__round_up(to, key.width);
    switch (key.kind) {
    case NST__FORM_TAPS: return (extent){1, 9 * deep, wide};
    case NST__FORM_DENSE: return (extent){1, 9 * from, wide};
    case NST__FORM_NARROW: return (extent){1, deep, nst__round_up(9 * to, key.width)};
    case NST__FORM_WINOGRAD4: return (extent){36, deep, wide};
    default: return (extent){64, deep, wide};
    }
}

size_t nst__form_floats(const nst__conv *conv, nst__form_key key)
{
    const extent e = extent_of(conv, key);
    return e.matrices * e.depth * e.columns;
}

/* The filter from channel C to channel K of this direction. */
static void filter_of(const nst__conv *conv, nst__form_key key, size_t c, size_t k, float w[9])
{
    const float *given = conv->weights + (key.backward ? c * conv->in + k : k * conv->in + c) * 9;
    for (size_t tap = 0; tap < 9; tap++)
        w[tap] = given[key.backward ? 8 - tap : tap];
}

/* U = G w G', [t, t]. */
static void transform(nst__form_kind kind, const float w[9], double u[64])
{
    static const double r = 1.41421356237309504880;
    const double g4[6][3] = {{1, 0, 0},
                             {-2.0 / 3, -r / 3, -1.0 / 3},
                             {-2.0 / 3, r / 3, -1.0 / 3},
                             {1.0 / 6, r / 6, 1.0 / 3},
                             {1.0 / 6, -r / 6, 1.0 / 3},
                             {0, 0, 1}};
    static const double g6[8][3] = {{1, 0, 0},
                                    {-2.0 / 9, -2.0 / 9, -2.0 / 9},
                                    {-2.0 / 9, 2.0 / 9, -2.0 / 9},
                                    {1.0 / 90, 1.0 / 45, 2.0 / 45},
                                    {1.0 / 90, -1.0 / 45, 2.0 / 45},
                                    {32.0 / 45, 16.0 / 45, 8.0 / 45},
                                    {32.0 / 45, -16.0 / 45, 8.0 / 45},
                                    {0, 0, 1}};
    const size_t t = kind == NST__FORM_WINOGRAD4 ? 6 : 8;
    const double(*g)[3] = kind == NST__FORM_WINOGRAD4 ? g4 : g6;
    for (size_t i = 0; i < t; i++) {
        double row[3];
        for (size_t s = 0; s < 3; s++)
            row[s] = g[i][0] * (double)w[s] + g[i][1] * (double)w[3 + s] + g[i][2] * (double)w[6 + s];
        for (size_t j = 0; j < t; j++)
            u[i * t + j] = row[0] * g[j][0] + row[1] * g[j][1] + row[2] * g[j][2];
    }
}

static void fill(const nst__conv *conv, nst__form_key key, float *data)
{
    const extent e = extent_of(conv, key);
    const size_t from = from_channels(conv, key), to = to_channels(conv, key);
    const size_t apart = key.kind == NST__FORM_DENSE ? from : nst__round_up(from, NST__LANES);
    const nst__layout layout = {.width = key.width};
    for (size_t c = 0; c < from; c++)
        for (size_t k = 0; k < to; k++) {
            float w[9];
            filter_of(conv, key, c, k, w);
            if (e.matrices > 1) {
                double u[64];
                float *at = data + k / key.width * key.width * e.depth * e.matrices + c * key.width + k % key.width;
                transform(key.kind, w, u);
                for (size_t xi = 0; xi < e.matrices; xi++)
                    at[xi * e.depth * key.width] = (float)u[xi];
            } else {
                for (size_t tap = 0; tap < 9; tap++) {
                    const bool narrow = key.kind == NST__FORM_NARROW;
                    data[nst__layout_weight(&layout, narrow ? c : tap * apart + c, narrow ? tap * to + k : k,
                                            e.depth)] = w[tap];
                }
            }
        }
}

static const nst__form *find(const nst__conv *conv, nst__form_key key)
{
    const nst__form *form = atomic_load_explicit(&conv->forms->first, memory_order_acquire);
    while (form && (form->key.kind != key.kind || form->key.backward != key.backward || form->key.width != key.width))
        form = form->next;
    return form;
}

const float *nst__form_find(const nst__conv *conv, nst__form_key key)
{
    return find(conv, key)->data;
}

nst_status nst__form_make(const nst__conv *conv, nst__form_key key)
{
    if (find(conv, key)) return NST_OK;
    const size_t floats = nst__form_floats(conv, key);
    nst__form *form = nst__alloc(1, sizeof *form);
    float *data = nst__alloc_aligned(floats, sizeof(float));
    if (!form || !data) {
        nst__free(form);
        nst__free_aligned(data);
        return NST_ERR_OUT_OF_MEMORY;
    }
    memset(data, 0, floats * sizeof(float));
    fill(conv, key, data);
    form->key = key;
    form->data = data;
    form->next = atomic_load_explicit(&conv->forms->first, memory_order_relaxed);
    atomic_store_explicit(&conv->forms->first, form, memory_order_release);
    return NST_OK;
}

void nst__forms_destroy(nst__conv *conv)
{
    nst__form *form = atomic_load_explicit(&conv->forms->first, memory_order_relaxed);
    while (form) {
        nst__form *next = form->next;
        nst__free_aligned(form->data);
        nst__free(form);
        form = next;
    }
}
