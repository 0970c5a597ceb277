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

nst_status nst__history_create(nst__history *history, const nst__vectors *vectors, const nst__history_storage *storage)
{
    const size_t capacity = storage->pairs;
    *history = (nst__history){.vectors = vectors, .capacity = capacity};
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
    return nst__pairs_create(&history->pairs, vectors, storage);
}

void nst__history_destroy(nst__history *history)
{
    nst__pairs_destroy(&history->pairs);
    nst__free(history->sy);
}

void nst__history_clear(nst__history *history)
{
    history->count = history->first = 0;
}

/* The slot of pair K; pair 0 is the oldest. */
static size_t slot_of(const nst__history *history, size_t k)
{
    return (history->first + k) % history->capacity;
}

/* How many of the slots a pass reads: they are filled from the first on. */
static size_t used_slots(const nst__history *history)
{
    return history->first == 0 ? history->count : history->capacity;
}

/* ---- A new base ---- */

typedef struct gather {
    nst__history *history;
    const float *x, *x0, *g, *g0;
    bool keep; /* the new pair, in slot NEWEST */
    size_t newest;
} gather;

/* Stores A - B as one vector of the newest pair. WIDE: as it is stored. */
static void store_difference(const gather *job, const nst__pairs_block *block, int which, size_t i, size_t m,
                             const float *a, const float *b, double *wide)
{
    const nst__history *h = job->history;
    const nst__chunks *chunks = h->vectors->chunks;
    float buffer[NST__CHUNK];
    chunks->subtract(buffer, a, b, m);
    nst__pairs_put(block, &h->pairs, job->newest, which, i, m, buffer);
    chunks->widen(wide, nst__pairs_get(block, &h->pairs, job->newest, which, i, m, buffer), m);
}

/* Adds the products of one chunk to ROW. */
static void gather_chunk(const gather *a, const nst__pairs_block *block, size_t first, size_t i, size_t m, double *row)
{
    const nst__history *h = a->history;
    const nst__chunks *chunks = h->vectors->chunks;
    double g[NST__CHUNK], s[NST__CHUNK], y[NST__CHUNK];
    float buffer[NST__CHUNK];
    const size_t at = first + i;
    chunks->widen(g, a->g + at, m);
    if (a->keep) {
        store_difference(a, block, NST__S, i, m, a->x + at, a->x0 + at, s);
        store_difference(a, block, NST__Y, i, m, a->g + at, a->g0 + at, y);
        row[YY] += chunks->dot_wide(y, y, m);
        row[SS] += chunks->dot_wide(s, s, m);
    }
    for (size_t k = 0; k < h->count; k++) {
        const size_t slot = slot_of(h, k);
        double *sum = row + FIXED + PER_SLOT * slot, gy, sy = 0;
        sum[0] += chunks->dot(g, nst__pairs_get(block, &h->pairs, slot, NST__S, i, m, buffer), m);
        const float *old = nst__pairs_get(block, &h->pairs, slot, NST__Y, i, m, buffer);
        if (a->keep)
            chunks->dot2(&gy, &sy, g, s, old, m);
        else
            gy = chunks->dot(g, old, m);
        sum[1] += gy;
        sum[2] += sy;
    }
}

/* Goes through the history in chunks, so that each part of a pair is read once for all products with it. */
static void gather_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const gather *a = user;
    nst__history *h = a->history;
    nst__pairs_block block;
    if (!nst__pairs_open(&block, &h->pairs, first, count, worker, used_slots(h))) return;
    for (size_t i = 0; i < count; i += NST__CHUNK)
        gather_chunk(a, &block, first, i, count - i < NST__CHUNK ? count - i : NST__CHUNK, row);
    if (a->keep) nst__pairs_save(&block, &h->pairs, a->newest);
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

nst_status nst__history_move(nst__history *history, const float *x, const float *x0, const float *g, const float *g0,
                             bool keep)
{
    gather a = {history, x, x0, g, g0, keep, 0};
    nst_status status = NST_OK;
    if (!keep && history->count == 0) return NST_OK;
    if (keep) a.newest = open_slot(history);
    nst__vectors_run(history->vectors, gather_block, &a, nst__history_sums(history->capacity), 0, history->sums);
    NST_TRY(nst__pairs_check(&history->pairs));
    if (keep) fill_tables(history, a.newest);
    for (size_t k = 0; k < history->count; k++) {
        const size_t j = slot_of(history, k);
        history->sg[j] = history->sums[FIXED + PER_SLOT * j];
        history->yg[j] = history->sums[FIXED + PER_SLOT * j + 1];
    }
    if (keep) {
        const double cosine =
            history->sy[a.newest * history->capacity + a.newest] / sqrt(history->sums[SS] * history->sums[YY]);
        if (!(cosine > LEAST_COSINE)) history->count--;
    }
out:
    return status;
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
    nst__history *history;
    float *d, *x;
    const float *x0, *g;
    double gamma;
} combine;

static void combine_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const combine *a = user;
    nst__history *h = a->history;
    const nst__chunks *chunks = h->vectors->chunks;
    double sum[NST__CHUNK];
    float s[NST__CHUNK], y[NST__CHUNK];
    nst__pairs_block block;
    if (!nst__pairs_open(&block, &h->pairs, first, count, worker, used_slots(h))) return;
    for (size_t i = 0; i < count; i += NST__CHUNK) {
        const size_t m = count - i < NST__CHUNK ? count - i : NST__CHUNK, at = first + i;
        chunks->scale(sum, -a->gamma, a->g + at, m);
        for (size_t k = 0; k < h->count; k++) {
            const size_t slot = slot_of(h, k);
            chunks->add2(sum, -h->delta[slot], nst__pairs_get(&block, &h->pairs, slot, NST__S, i, m, s),
                         a->gamma * h->alpha[slot], nst__pairs_get(&block, &h->pairs, slot, NST__Y, i, m, y), m);
        }
        chunks->move_by(a->x + at, a->d + at, a->x0 + at, sum, m);
        row[0] += chunks->dot(sum, a->g + at, m);
    }
}

nst_status nst__history_direction(double *slope, nst__history *history, float *d, float *x, const float *x0,
                                  const float *g)
{
    combine a = {history, d, x, x0, g, two_loops(history)};
    nst__vectors_run(history->vectors, combine_block, &a, 1, 0, slope);
    return nst__pairs_check(&history->pairs);
}

/* ---- The state ---- */

void nst__history_visit(nst__history *history, nst__state *state)
{
    const size_t m = history->capacity;
    uint64_t capacity = m, count = history->count, first = history->first;
    bool half = history->pairs.storage.half;
    nst__state_count(state, &capacity, m);
    nst__state_count(state, &count, m);
    nst__state_count(state, &first, m - 1);
    nst__state_flag(state, &half);
    if (capacity != m || half != history->pairs.storage.half) state->damaged = true;
    if (state->damaged) count = first = 0;
    history->count = (size_t)count;
    history->first = (size_t)first;
    for (size_t k = 0; k < history->count; k++) {
        const size_t i = slot_of(history, k);
        nst__state_number(state, &history->sg[i]);
        nst__state_number(state, &history->yg[i]);
        for (size_t l = 0; l < history->count; l++) {
            nst__state_number(state, &history->sy[i * m + slot_of(history, l)]);
            nst__state_number(state, &history->yy[i * m + slot_of(history, l)]);
        }
    }
    nst__pairs_visit(&history->pairs, state, history->first, history->count);
}
