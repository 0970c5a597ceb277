#include "solver/vector.h"

#include <math.h>
#include <string.h>

/* Pairs of doubles: the widest vector that every x86-64 and arm64 has. Sums run in four pairs, in an order
 * that the source fixes, so the compiler needs no licence to reorder and the bits are the same everywhere. */
typedef double pair __attribute__((vector_size(16)));
typedef float half __attribute__((vector_size(8)));
enum { PAIRS = 4, STEP = 2 * PAIRS };

static inline pair wide(const float *x)
{
    half narrow;
    memcpy(&narrow, x, sizeof narrow);
    return __builtin_convertvector(narrow, pair);
}

static inline pair load(const double *x)
{
    pair value;
    memcpy(&value, x, sizeof value);
    return value;
}

static inline double total(const pair sum[PAIRS])
{
    const pair all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return all[0] + all[1];
}

size_t nst__vector_blocks(size_t n)
{
    return n / NST__BLOCK + (n % NST__BLOCK != 0);
}

size_t nst__vector_stride(size_t n)
{
    return n <= SIZE_MAX - 15 ? (n + 15) & ~(size_t)15 : n;
}

/* ---- Blocks ---- */

typedef struct job {
    const nst__vectors *vectors;
    nst__block_fn block;
    void *user;
    size_t width;
} job;

static void run_block(void *user, size_t index, int worker)
{
    const job *j = user;
    const size_t first = index * NST__BLOCK, left = j->vectors->n - first;
    double *row = j->vectors->rows + index * j->width;
    (void)worker;
    for (size_t i = 0; i < j->width; i++)
        row[i] = 0;
    j->block(j->user, first, left < NST__BLOCK ? left : NST__BLOCK, row);
}

void nst__vectors_run(const nst__vectors *vectors, nst__block_fn block, void *user, size_t sums, size_t maxima,
                      double *out)
{
    job j = {vectors, block, user, sums + maxima};
    const size_t blocks = nst__vector_blocks(vectors->n);
    if (vectors->workers)
        nst__workers_run(vectors->workers, blocks, run_block, &j);
    else
        for (size_t i = 0; i < blocks; i++)
            run_block(&j, i, 0);
    for (size_t i = 0; i < j.width; i++)
        out[i] = 0;
    for (size_t b = 0; b < blocks; b++) {
        const double *row = vectors->rows + b * j.width;
        for (size_t i = 0; i < sums; i++)
            out[i] += row[i];
        for (size_t i = sums; i < j.width; i++)
            out[i] = fmax(out[i], row[i]);
    }
}

/* ---- Chunks ---- */

void nst__widen(double *out, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        const pair value = wide(x + i);
        memcpy(out + i, &value, sizeof value);
    }
    for (; i < n; i++)
        out[i] = (double)x[i];
}

double nst__dot(const double *a, const float *b, size_t n)
{
    pair sum[PAIRS] = {{0}};
    size_t i = 0;
    double rest = 0;
    for (; i + STEP <= n; i += STEP)
        for (size_t k = 0; k < PAIRS; k++)
            sum[k] += load(a + i + 2 * k) * wide(b + i + 2 * k);
    for (; i < n; i++)
        rest += a[i] * (double)b[i];
    return total(sum) + rest;
}

double nst__dot_wide(const double *a, const double *b, size_t n)
{
    pair sum[PAIRS] = {{0}};
    size_t i = 0;
    double rest = 0;
    for (; i + STEP <= n; i += STEP)
        for (size_t k = 0; k < PAIRS; k++)
            sum[k] += load(a + i + 2 * k) * load(b + i + 2 * k);
    for (; i < n; i++)
        rest += a[i] * b[i];
    return total(sum) + rest;
}

void nst__dot2(double *out1, double *out2, const double *a, const double *b, const float *x, size_t n)
{
    pair sum1[PAIRS] = {{0}}, sum2[PAIRS] = {{0}};
    size_t i = 0;
    double rest1 = 0, rest2 = 0;
    for (; i + STEP <= n; i += STEP)
        for (size_t k = 0; k < PAIRS; k++) {
            const pair value = wide(x + i + 2 * k);
            sum1[k] += load(a + i + 2 * k) * value;
            sum2[k] += load(b + i + 2 * k) * value;
        }
    for (; i < n; i++) {
        rest1 += a[i] * (double)x[i];
        rest2 += b[i] * (double)x[i];
    }
    *out1 = total(sum1) + rest1;
    *out2 = total(sum2) + rest2;
}

void nst__add2(double *sum, double a, const float *x, double b, const float *y, size_t n)
{
    const pair wa = {a, a}, wb = {b, b};
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        const pair value = load(sum + i) + (wa * wide(x + i) + wb * wide(y + i));
        memcpy(sum + i, &value, sizeof value);
    }
    for (; i < n; i++)
        sum[i] += a * (double)x[i] + b * (double)y[i];
}

double nst__largest(const float *x, size_t n)
{
    float largest[8] = {0}, result = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) {
            const float size = fabsf(x[i + k]);
            largest[k] = size > largest[k] ? size : largest[k];
        }
    for (; i < n; i++)
        result = fabsf(x[i]) > result ? fabsf(x[i]) : result;
    for (size_t k = 0; k < 8; k++)
        result = largest[k] > result ? largest[k] : result;
    return (double)result;
}

/* ---- Whole vectors ---- */

typedef struct move {
    float *out;
    const float *x, *d;
    double step;
} move;

static void move_block(void *user, size_t first, size_t count, double *row)
{
    const move *m = user;
    (void)row;
    for (size_t i = first; i < first + count; i++)
        m->out[i] = (float)((double)m->x[i] + m->step * (double)m->d[i]);
}

void nst__vector_move(const nst__vectors *vectors, float *out, const float *x, double step, const float *d)
{
    move m = {out, x, d, step};
    nst__vectors_run(vectors, move_block, &m, 0, 0, NULL);
}

static void copy_block(void *user, size_t first, size_t count, double *row)
{
    const move *m = user;
    (void)row;
    memcpy(m->out + first, m->x + first, count * sizeof *m->out);
}

void nst__vector_copy(const nst__vectors *vectors, float *out, const float *x)
{
    move m = {out, x, NULL, 0};
    nst__vectors_run(vectors, copy_block, &m, 0, 0, NULL);
}
