#include "solver/history.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* A pair is kept if the cosine of s and y is above this. Exact pairs of a problem with condition number k have at least
 * 2 / sqrt(k); products of float vectors are accurate to 6e-8. */
#define LEAST_COSINE 1e-7

enum { YY, SS, FIXED, PER_SLOT = 3 /* g·s, g·y, s·y for each slot */ };

size_t nst__history_sums(size_t capacity)
{
    return FIXED + PER_SLOT * capacity;
}

nst_status nst__history_create(nst__history *history, const nst__vectors *vectors, float *pairs, size_t capacity)
{
    *history = (nst__history){.vectors = vectors, .capacity = capacity, .pairs = pairs};
    history->stride = nst__vector_stride(vectors->n);
    double *numbers =
        nst__zalloc(2 * capacity * capacity + 4 * capacity + nst__history_sums(capacity), sizeof *numbers);
    if (!numbers) return NST_ERR_OUT_OF_MEMORY;
    history->sy = numbers;
    history->yy = history->sy + capacity * capacity;
    history->sg = history->yy + capacity * capacity;
    history->yg = history->sg + capacity;
    history->alpha = history->yg + capacity;
    history->delta = history->alpha + capacity;
    history->sums = history->delta + capacity;
    return NST_OK;
}

void nst__history_destroy(nst__history *history)
{
    nst__free(history->sy);
}

void nst__history_clear(nst__history *history)
{
    history->count = history->first = 0;
}

static float *s_of(const nst__history *history, size_t slot)
{
    return history->pairs + 2 * slot * history->stride;
}

static float *y_of(const nst__history *history, size_t slot)
{
    return s_of(history, slot) + history->stride;
}

/* The slot of pair K; pair 0 is the oldest. */
static size_t slot_of(const nst__history *history, size_t k)
{
    return (history->first + k) % history->capacity;
}

/* ---- A new base ---- */

typedef struct gather {
    const nst__history *history;
    const float *x, *x0, *g, *g0;
    float *s, *y; /* where the new pair is stored, or NULL */
} gather;

/* Goes through the history in chunks, so that each part of a pair is read once for all products with it. */
static void gather_block(void *user, size_t first, size_t count, double *row)
{
    const gather *a = user;
    const nst__history *h = a->history;
    const nst__chunks *chunks = h->vectors->chunks;
    double g[NST__CHUNK], s[NST__CHUNK], y[NST__CHUNK];
    for (size_t i = first; i < first + count; i += NST__CHUNK) {
        const size_t m = first + count - i < NST__CHUNK ? first + count - i : NST__CHUNK;
        chunks->widen(g, a->g + i, m);
        if (a->s) {
            chunks->subtract(a->s + i, a->x + i, a->x0 + i, m);
            chunks->subtract(a->y + i, a->g + i, a->g0 + i, m);
            chunks->widen(s, a->s + i, m);
            chunks->widen(y, a->y + i, m);
            row[YY] += chunks->dot_wide(y, y, m);
            row[SS] += chunks->dot_wide(s, s, m);
        }
        for (size_t k = 0; k < h->count; k++) {
            const size_t slot = slot_of(h, k);
            double *sum = row + FIXED + PER_SLOT * slot, gy, sy = 0;
            sum[0] += chunks->dot(g, s_of(h, slot) + i, m);
            if (a->s)
                chunks->dot2(&gy, &sy, g, s, y_of(h, slot) + i, m);
            else
                gy = chunks->dot(g, y_of(h, slot) + i, m);
            sum[1] += gy;
            sum[2] += sy;
        }
    }
}

/* Makes room for the newest pair, which is last in the order. It replaces the oldest if all slots are taken. */
static size_t open_slot(nst__history *history)
{
    if (history->count == history->capacity)
        history->first = slot_of(history, 1);
    else
        history->count++;
    return slot_of(history, history->count - 1);
}

/* For the older pairs s_j·y = s_j·g - s_j·g0. The product with the old gradient is known, which saves one product for
 * each pair. */
static void fill_tables(nst__history *history, size_t newest)
{
    const size_t m = history->capacity;
    for (size_t k = 0; k < history->count; k++) {
        const size_t j = slot_of(history, k);
        const double *sum = history->sums + FIXED + PER_SLOT * j;
        history->sy[newest * m + j] = sum[2];
        if (j == newest) {
            history->yy[j * m + j] = history->sums[YY];
            continue;
        }
        history->sy[j * m + newest] = sum[0] - history->sg[j];
        history->yy[j * m + newest] = history->yy[newest * m + j] = sum[1] - history->yg[j];
    }
}

void nst__history_move(nst__history *history, const float *x, const float *x0, const float *g, const float *g0,
                       bool keep)
{
    gather a = {history, x, x0, g, g0, NULL, NULL};
    size_t newest = 0;
    if (!keep && history->count == 0) return;
    if (keep) {
        newest = open_slot(history);
        a.s = s_of(history, newest);
        a.y = y_of(history, newest);
    }
    nst__vectors_run(history->vectors, gather_block, &a, nst__history_sums(history->capacity), 0, history->sums);
    if (keep) fill_tables(history, newest);
    for (size_t k = 0; k < history->count; k++) {
        const size_t j = slot_of(history, k);
        history->sg[j] = history->sums[FIXED + PER_SLOT * j];
        history->yg[j] = history->sums[FIXED + PER_SLOT * j + 1];
    }
    if (keep) {
        const double cosine =
            history->sy[newest * history->capacity + newest] / sqrt(history->sums[SS] * history->sums[YY]);
        if (!(cosine > LEAST_COSINE)) history->count--;
    }
}

/* ---- The direction ---- */

/* Both loops of the algorithm: -d = gamma (g - sum of alpha y) + sum of delta s. Returns gamma. */
static double two_loops(nst__history *history)
{
    const size_t m = history->capacity, count = history->count;
    const double *sy = history->sy, *yy = history->yy;
    double *alpha = history->alpha, *delta = history->delta;
    const size_t newest = slot_of(history, count - 1);
    const double gamma = sy[newest * m + newest] / yy[newest * m + newest];
    for (size_t k = count; k-- > 0;) {
        const size_t i = slot_of(history, k);
        double product = history->sg[i];
        for (size_t l = k + 1; l < count; l++)
            product -= alpha[slot_of(history, l)] * sy[i * m + slot_of(history, l)];
        alpha[i] = product / sy[i * m + i];
    }
    for (size_t k = 0; k < count; k++) {
        const size_t i = slot_of(history, k);
        double product = history->yg[i], older = 0;
        for (size_t l = 0; l < count; l++)
            product -= alpha[slot_of(history, l)] * yy[i * m + slot_of(history, l)];
        for (size_t l = 0; l < k; l++)
            older += delta[slot_of(history, l)] * sy[slot_of(history, l) * m + i];
        delta[i] = alpha[i] - (gamma * product + older) / sy[i * m + i];
    }
    return gamma;
}

typedef struct combine {
    const nst__history *history;
    float *d, *x;
    const float *x0, *g;
    double gamma;
} combine;

static void combine_block(void *user, size_t first, size_t count, double *row)
{
    const combine *a = user;
    const nst__history *h = a->history;
    const nst__chunks *chunks = h->vectors->chunks;
    double sum[NST__CHUNK];
    for (size_t i = first; i < first + count; i += NST__CHUNK) {
        const size_t m = first + count - i < NST__CHUNK ? first + count - i : NST__CHUNK;
        chunks->scale(sum, -a->gamma, a->g + i, m);
        for (size_t k = 0; k < h->count; k++) {
            const size_t slot = slot_of(h, k);
            chunks->add2(sum, -h->delta[slot], s_of(h, slot) + i, a->gamma * h->alpha[slot], y_of(h, slot) + i, m);
        }
        chunks->move_by(a->x + i, a->d + i, a->x0 + i, sum, m);
        row[0] += chunks->dot(sum, a->g + i, m);
    }
}

double nst__history_direction(nst__history *history, float *d, float *x, const float *x0, const float *g)
{
    combine a = {history, d, x, x0, g, two_loops(history)};
    double slope;
    nst__vectors_run(history->vectors, combine_block, &a, 1, 0, &slope);
    return slope;
}

/* ---- The state ---- */

void nst__history_visit(nst__history *history, nst__state *state)
{
    const size_t m = history->capacity;
    uint64_t capacity = m, count = history->count, first = history->first;
    nst__state_count(state, &capacity, m);
    nst__state_count(state, &count, m);
    nst__state_count(state, &first, m - 1);
    if (capacity != m) state->damaged = true;
    if (state->damaged) count = first = 0;
    history->count = (size_t)count;
    history->first = (size_t)first;
    for (size_t k = 0; k < history->count; k++) {
        const size_t i = slot_of(history, k);
        nst__state_floats(state, s_of(history, i), history->vectors->n);
        nst__state_floats(state, y_of(history, i), history->vectors->n);
        nst__state_number(state, &history->sg[i]);
        nst__state_number(state, &history->yg[i]);
        for (size_t l = 0; l < history->count; l++) {
            nst__state_number(state, &history->sy[i * m + slot_of(history, l)]);
            nst__state_number(state, &history->yy[i * m + slot_of(history, l)]);
        }
    }
}
