/*
 * Passes over long vectors of floats. A vector is cut into blocks of a fixed length. Each block is a task with its own
 * row of sums, and the rows are added in order. So every scalar product has the same bits for any number of workers.
 * Sums and maxima are over the parts of all ranks; a part may be empty.
 */
#ifndef NST_SOLVER_VECTOR_H
#define NST_SOLVER_VECTOR_H

#include "base/parallel.h"
#include "base/ranks.h"
#include "solver/chunk.h"

#include <stddef.h>

enum {
    NST__BLOCK = 16384 /* elements of a task */
};

typedef struct nst__vectors {
    nst__workers *workers; /* NULL: only the calling thread */
    nst__ranks *ranks;     /* the others that have a part of the vectors; NULL: none */
    size_t n;
    const nst__chunks *chunks;
    double *rows; /* [blocks, sums and maxima of the widest pass] */
} nst__vectors;

int nst__vectors_workers(const nst__vectors *vectors); /* at least 1 */
size_t nst__vector_blocks(size_t n);
/* N rounded up, so that vectors one after another in one allocation are all aligned. */
size_t nst__vector_stride(size_t n);

/* Works on elements FIRST to FIRST + COUNT - 1. WORKER tells which scratch memory to use. ROW is zero on entry. */
typedef void (*nst__block_fn)(void *user, size_t first, size_t count, int worker, double *row);
/* Runs BLOCK over all elements. OUT gets the sums of the first SUMS entries of all rows, then the maxima of the next
 * MAXIMA entries. */
void nst__vectors_run(const nst__vectors *vectors, nst__block_fn block, void *user, size_t sums, size_t maxima,
                      double *out);

/* out = x + step d, over the whole vector. */
void nst__vector_move(const nst__vectors *vectors, float *out, const float *x, double step, const float *d);
void nst__vector_copy(const nst__vectors *vectors, float *out, const float *x);

#endif
