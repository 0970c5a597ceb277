/*
 * The inner loops, compiled once for each instruction set from one source, kernels_isa.c, and chosen at run
 * time.
 */
#ifndef NST_NN_KERNELS_H
#define NST_NN_KERNELS_H

#include "nn/engine.h"

typedef struct nst__kernels {
    const char *name; /* "avx2" */
} nst__kernels;

/* SIMD is a value of NST_PARAM_SIMD; 0 finds the best of this machine. */
nst_status nst__kernels_find(const nst__kernels **out, int simd);

/* What an engine was created with. */
const nst__kernels *nst__engine_kernels(const nst__engine *engine);
int nst__engine_convolution(const nst__engine *engine);
int nst__engine_gemm(const nst__engine *engine);

extern const nst__kernels nst__kernels_generic, nst__kernels_sse2, nst__kernels_avx2, nst__kernels_avx512,
    nst__kernels_neon;

#endif
