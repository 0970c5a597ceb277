#include "nn/product.h"
#include "tensor/gemm.h"

/* Values of NST_PARAM_GEMM. */
enum { AUTO, OWN, CBLAS };

nst__layout nst__layout_of(const nst__engine *engine, size_t columns)
{
    const nst__kernels *kernels = nst__engine_kernels(engine);
    if (nst__engine_gemm(engine) == CBLAS) return (nst__layout){kernels, false, 1, columns};
    return (nst__layout){kernels, true, kernels->rows, kernels->columns};
}

/* A chunk of B stays in the first-level cache for all panels. */
void nst__product(const nst__layout *layout, size_t rows, size_t columns, size_t blocks, const float *a,
                  const float *b, size_t stride, float *c, size_t ldc, bool add)
{
    const size_t depth = blocks * NST__LANES;
    if (!layout->own) {
        nst__gemm(false, false, rows, columns, depth, 1, a, depth, b, columns, add, c, ldc);
        return;
    }
    for (size_t column = 0; column < columns; column += layout->width, b += stride * layout->width)
        for (size_t row = 0; row < rows; row += layout->rows)
            layout->kernels->multiply(blocks, a + row * depth, b, c + row * ldc + column, ldc, add);
}
