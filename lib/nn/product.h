/*
 * The matrix product of the convolutions, C = A B, by our own kernel or by CBLAS. The code that produces A and B writes
 * them in packed form, so the product copies nothing.
 *
 *   A  panels of ROWS rows: [panel, block, ROWS, NST__LANES], the depth in blocks of NST__LANES
 *   B  chunks of WIDTH columns: [chunk, depth, WIDTH]
 *   C  row-major, room for whole panels and chunks
 *
 * CBLAS is the special case of panels of one row and one chunk of all columns: plain row-major matrices.
 */
#ifndef NST_NN_PRODUCT_H
#define NST_NN_PRODUCT_H

#include "nn/engine.h"

typedef struct nst__product_layout {
    const nst__kernels *kernels;
    bool own;
    size_t rows, width;
} nst__product_layout;

nst__product_layout nst__product_layout_of(const nst__engine *engine, size_t columns);

/* Where the blocks of a row of A begin, and how far each is from the next. */
static inline size_t nst__product_layout_row(const nst__product_layout *layout, size_t row, size_t depth)
{
    return row / layout->rows * layout->rows * depth + row % layout->rows * NST__LANES;
}

static inline size_t nst__product_layout_step(const nst__product_layout *layout)
{
    return layout->rows * NST__LANES;
}

/* Element (K, COLUMN) of B. */
static inline size_t nst__product_layout_weight(size_t width, size_t k, size_t column, size_t depth)
{
    return (column / width * depth + k) * width + column % width;
}

/* BLOCKS of the depth, from the given ones of A and B on; STRIDE is the depth of a chunk of B as stored. */
void nst__product(const nst__product_layout *layout, size_t rows, size_t columns, size_t blocks, const float *a,
                  const float *b, size_t stride, float *c, size_t ldc, bool add);

/* C [rows, columns] = A [rows, depth] B with A as it lies, its rows LDA apart; B as above. */
void nst__product_plain(const nst__product_layout *layout, size_t rows, size_t columns, size_t depth, const float *a,
                        size_t lda, const float *b, size_t stride, float *c, size_t ldc);

/* For Gram matrices, on the calling thread. C [n,n] = (or +=) A' A on and above the diagonal, A [k,n]; below
 * it C may be written too. */
void nst__product_gram(const nst__engine *engine, size_t n, size_t k, const float *a, bool add, float *c);
/* C [m,n] = A S, A [m,n], S [n,n]. */
void nst__product_square(const nst__engine *engine, size_t m, size_t n, const float *a, const float *s, float *c);

#endif
