/*
 * Times what style losses are made of, F' F (n x n) and F S, of blocks of positions as the losses cut them,
 * on one thread: our kernels and CBLAS in turn.
 */
#include "bench/layers.h"

#include "base/alloc.h"
#include "nn/product.h"
#include "tensor/gemm.h"

#include <stdio.h>

#define FLOATS 32768 /* of F in a block */

typedef struct work {
    nst__engine *engine;
    size_t n, k;
    float *f, *s, *c;
} work;

static void gram(void *user)
{
    work *w = user;
    for (int i = 0; i < 32; i++)
        nst__product_gram(w->engine, w->n, w->k, w->f, i > 0, w->c);
}

static void symmetric(void *user)
{
    work *w = user;
    for (int i = 0; i < 32; i++)
        nst__product_square(w->engine, w->k, w->n, w->f, w->s, w->c);
}

int main(void)
{
    float *memory = nst__alloc_aligned(FLOATS * 10 + 512 * 512, sizeof(float));
    if (!memory) return EXIT_FAILURE;
    bench_noise(memory, FLOATS * 10 + 512 * 512);
    nst__blas_enter();
    for (size_t n = 64; n <= 512; n *= 2)
        for (int gemm = 1; gemm <= 2; gemm++) {
            work w = {NULL, n, FLOATS / n, memory, memory + 10 * FLOATS, memory + FLOATS};
            if (nst__engine_create(&w.engine, 1, 0, 0, gemm, NULL) != NST_OK) return EXIT_FAILURE;
            const double work_done = 2e-9 * 32 * FLOATS * (double)n;
            const bench_time sum = bench_run(gram, &w), product = bench_run(symmetric, &w);
            printf("%4zu channels  %-6s  F'F %7.3f ms %6.0f GFLOP/s (of the whole square)  F S %7.3f ms "
                   "%6.0f GFLOP/s\n",
                   n, gemm == 1 ? "own" : "cblas", sum.best * 1e3, work_done / sum.best, product.best * 1e3,
                   work_done / product.best);
            nst__engine_destroy(w.engine);
        }
    nst__blas_leave();
    nst__free_aligned(memory);
    return EXIT_SUCCESS;
}
