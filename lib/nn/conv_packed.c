/*
 * A list of the packed weights. Readers need no lock: the list grows only at the front, and its entries are complete.
 */
#include "nn/conv_packed.h"
#include "base/alloc.h"
#include "base/assert.h"

#include <stdatomic.h>
#include <string.h>

typedef struct arrangement arrangement;
struct arrangement {
    const nst__conv_method *method;
    bool backward;
    nst__packing packing;
    float *data;
    arrangement *next;
};

struct nst__packed {
    size_t in, out;
    const float *weights;
    nst__lock lock; /* while an arrangement is made */
    _Atomic(arrangement *) first;
};

nst_status nst__packed_create(nst__packed **out, size_t in_channels, size_t out_channels, const float *weights)
{
    nst__packed *packed = nst__zalloc(1, sizeof *packed);
    *out = packed;
    if (!packed) return NST_ERR_OUT_OF_MEMORY;
    packed->in = in_channels;
    packed->out = out_channels;
    packed->weights = weights;
    nst__lock_init(&packed->lock);
    return NST_OK;
}

void nst__packed_destroy(nst__packed *packed)
{
    if (!packed) return;
    arrangement *a = atomic_load_explicit(&packed->first, memory_order_relaxed);
    while (a) {
        arrangement *next = a->next;
        nst__free_aligned(a->data);
        nst__free(a);
        a = next;
    }
    nst__lock_destroy(&packed->lock);
    nst__free(packed);
}

static size_t from_channels(const nst__packed *packed, bool backward)
{
    return backward ? packed->out : packed->in;
}

static size_t to_channels(const nst__packed *packed, bool backward)
{
    return backward ? packed->in : packed->out;
}

static nst__packing packing_of(const nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                               bool backward)
{
    return method->packing(engine, from_channels(packed, backward), to_channels(packed, backward));
}

size_t nst__packed_floats(const nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                          bool backward)
{
    const nst__packing p = packing_of(packed, engine, method, backward);
    return p.depth * p.columns;
}

/* The filter from channel C to channel K in this direction, in the order of the method. */
static void filter_of(const nst__packed *packed, const nst__conv_method *method, bool backward, size_t c, size_t k,
                      double numbers[NST__PACKED_MOST])
{
    const float *given = packed->weights + (backward ? c * packed->in + k : k * packed->in + c) * 9;
    float w[9];
    for (size_t tap = 0; tap < 9; tap++)
        w[tap] = given[backward ? 8 - tap : tap];
    if (method->transform) {
        method->transform(w, numbers);
        return;
    }
    for (size_t tap = 0; tap < 9; tap++)
        numbers[tap] = (double)w[tap];
}

/* The filters from channel C to COUNT channels from K on, whose numbers lie side by side: a number of all of them at a
 * time, since what is a power of two apart would not stay in the cache. */
static void fill_row(const nst__packed *packed, const nst__conv_method *method, bool backward, const nst__packing *p,
                     size_t c, size_t k, size_t count, float *data)
{
    float row[NST__PACKED_MOST][NST__LANES];
    for (size_t i = 0; i < count; i++) {
        double numbers[NST__PACKED_MOST];
        filter_of(packed, method, backward, c, k + i, numbers);
        for (size_t n = 0; n < p->count; n++)
            row[n][i] = (float)numbers[n];
    }
    for (size_t n = 0; n < p->count; n++)
        for (size_t i = 0; i < count; i++) {
            const size_t column = k + i + n * p->across;
            data[nst__product_layout_weight(p->width, c + n * p->down, column, p->depth)] = row[n][i];
        }
}

static void fill(const nst__packed *packed, const nst__conv_method *method, bool backward, const nst__packing *p,
                 float *data)
{
    const size_t from = from_channels(packed, backward), to = to_channels(packed, backward);
    NST_ASSERT(p->count <= NST__PACKED_MOST);
    for (size_t c = 0; c < from; c++)
        for (size_t k = 0; k < to; k += NST__LANES)
            fill_row(packed, method, backward, p, c, k, to - k < NST__LANES ? to - k : NST__LANES, data);
}

static const arrangement *find(const nst__packed *packed, const nst__conv_method *method, bool backward, size_t width)
{
    const arrangement *a = atomic_load_explicit(&packed->first, memory_order_acquire);
    while (a && (a->method != method || a->backward != backward || a->packing.width != width))
        a = a->next;
    return a;
}

const float *nst__packed_find(const nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                              bool backward)
{
    const arrangement *a = find(packed, method, backward, packing_of(packed, engine, method, backward).width);
    NST_ASSERT(a); /* nst__conv_prepare() comes first */
    return a->data;
}

void nst__packed_write(float *out, const nst__engine *engine, const nst__conv_method *method, size_t in_channels,
                       size_t out_channels, const float *weights)
{
    const nst__packed packed = {.in = in_channels, .out = out_channels, .weights = weights};
    const nst__packing p = packing_of(&packed, engine, method, false);
    memset(out, 0, p.depth * p.columns * sizeof *out);
    fill(&packed, method, false, &p, out);
}

static nst_status add(nst__packed *packed, const nst__conv_method *method, bool backward, const nst__packing *p)
{
    arrangement *a = nst__alloc(1, sizeof *a);
    float *data = nst__alloc_aligned(p->depth * p->columns, sizeof(float));
    if (!a || !data) {
        nst__free(a);
        nst__free_aligned(data);
        return NST_ERR_OUT_OF_MEMORY;
    }
    memset(data, 0, p->depth * p->columns * sizeof(float));
    fill(packed, method, backward, p, data);
    *a = (arrangement){method, backward, *p, data, atomic_load_explicit(&packed->first, memory_order_relaxed)};
    atomic_store_explicit(&packed->first, a, memory_order_release);
    return NST_OK;
}

void nst__packed_renew(nst__packed *packed)
{
    const arrangement *a = atomic_load_explicit(&packed->first, memory_order_acquire);
    for (; a; a = a->next) /* the padding stays zero */
        fill(packed, a->method, a->backward, &a->packing, a->data);
}

nst_status nst__packed_make(nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                            bool backward)
{
    const nst__packing p = packing_of(packed, engine, method, backward);
    nst__lock_take(&packed->lock);
    const nst_status status = find(packed, method, backward, p.width) ? NST_OK : add(packed, method, backward, &p);
    nst__lock_give(&packed->lock);
    return status;
}
