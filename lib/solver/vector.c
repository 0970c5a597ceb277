#include "solver/vector.h"
#include "base/simd.h"

#include <math.h>
#include <string.h>

int nst__vectors_workers(const nst__vectors *vectors)
{
    return vectors->workers ? nst__workers_count(vectors->workers) : 1;
}

size_t nst__vector_blocks(size_t n)
{
    return n / NST__BLOCK + (n % NST__BLOCK != 0);
}

size_t nst__vector_stride(size_t n)
{
    if (n == 0) return 16; /* a part without elements has memory too */
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
    for (size_t i = 0; i < j->width; i++)
        row[i] = 0;
    j->block(j->user, first, left < NST__BLOCK ? left : NST__BLOCK, worker, row);
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
    nst__ranks_sum(vectors->ranks, out, sums);
    if (maxima > 0) nst__ranks_maximum(vectors->ranks, out + sums, maxima); /* else OUT may be NULL */
}

/* ---- Chunks ---- */

const nst__chunks *nst__chunks_of(int simd)
{
    static const nst__chunks *const table[NST__SIMDS] = NST__SIMD_TABLE(nst__chunks_);
    return table[simd == NST_SIMD_AUTO ? nst__simd_best() : (nst_simd)simd];
}

/* ---- Whole vectors ---- */

typedef struct move {
    const nst__chunks *chunks;
    float *out;
    const float *x, *d;
    double step;
} move;

static void move_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const move *m = user;
    (void)worker;
    (void)row;
    m->chunks->move(m->out + first, m->x + first, m->step, m->d + first, count);
}

void nst__vector_move(const nst__vectors *vectors, float *out, const float *x, double step, const float *d)
{
    move m = {vectors->chunks, out, x, d, step};
    nst__vectors_run(vectors, move_block, &m, 0, 0, NULL);
}

static void copy_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const move *m = user;
    (void)worker;
    (void)row;
    memcpy(m->out + first, m->x + first, count * sizeof *m->out);
}

void nst__vector_copy(const nst__vectors *vectors, float *out, const float *x)
{
    move m = {vectors->chunks, out, x, NULL, 0};
    nst__vectors_run(vectors, copy_block, &m, 0, 0, NULL);
}
