#include "nn/product.h"
#include "tensor/gemm.h"

nst__product_layout nst__product_layout_of(const nst__engine *engine, size_t columns)
{
    const nst__kernels *kernels = nst__engine_kernels(engine);
    if (nst__engine_gemm(engine) == NST_GEMM_CBLAS) return (nst__product_layout){kernels, false, 1, columns};
    return (nst__product_layout){kernels, true, kernels->rows, kernels->columns};
}

#define PIECE 8 /* blocks of the depth */

/* A piece of a chunk of B stays in the first-level cache for all panels. Also, several short sums have smaller rounding
 * errors than one long sum. */
void nst__product(const nst__product_layout *layout, size_t rows, size_t columns, size_t blocks, const float *a,
                  const float *b, size_t stride, float *c, size_t ldc, bool add)
{
    const size_t depth = blocks * NST__LANES, width = layout->width, panel = layout->rows * depth;
    if (!layout->own) {
        nst__gemm(false, false, rows, columns, depth, 1, a, depth, b, columns, add, c, ldc);
        return;
    }
    for (size_t column = 0; column < columns; column += width, b += stride * width)
        for (size_t first = 0; first < blocks; first += PIECE) {
            const size_t piece = blocks - first < PIECE ? blocks - first : PIECE;
            const float *from = a + first * nst__product_layout_step(layout), *by = b + first * NST__LANES * width;
            for (size_t row = 0; row < rows; row += layout->rows, from += panel) {
                const bool last = row + layout->rows >= rows;
                const nst__ahead ahead = {from + panel, last ? by + piece * NST__LANES * width : by};
                layout->kernels->multiply(piece, from, by, c + row * ldc + column, ldc, add || first > 0, &ahead);
            }
        }
}

void nst__product_plain(const nst__product_layout *layout, size_t rows, size_t columns, size_t depth, const float *a,
                        size_t lda, const float *b, size_t stride, float *c, size_t ldc)
{
    const size_t width = layout->width;
    if (!layout->own) {
        nst__gemm(false, false, rows, columns, depth, 1, a, lda, b, columns, 0, c, ldc);
        return;
    }
    for (size_t column = 0; column < columns; column += width, b += stride * width)
        layout->kernels->strip(rows, depth, a, lda, b, width, c + column, ldc, false);
}

/* Our kernels compute only whole register blocks. */
static const nst__kernels *whole(const nst__engine *engine, size_t n)
{
    const nst__kernels *kernels = nst__engine_kernels(engine);
    return nst__engine_gemm(engine) != NST_GEMM_CBLAS && n % kernels->columns == 0 ? kernels : NULL;
}

void nst__product_gram(const nst__engine *engine, size_t n, size_t k, const float *a, bool add, float *c)
{
    const nst__kernels *kernels = whole(engine, n);
    if (kernels)
        kernels->gram(n, k, a, add, c);
    else
        nst__syrk(n, k, 1, a, n, add, c, n);
}

void nst__product_square(const nst__engine *engine, size_t m, size_t n, const float *a, const float *s, float *c)
{
    const nst__kernels *kernels = whole(engine, n);
    if (!kernels) nst__gemm(false, false, m, n, n, 1, a, n, s, n, 0, c, n);
    for (size_t column = 0; kernels && column < n; column += kernels->columns)
        kernels->strip(m, n, a, n, s + column, n, c + column, n, false);
}
