/*
 * What the layers compute with: threads, their scratch memory, and the choice among the kernels.
 */
#ifndef NST_NN_ENGINE_H
#define NST_NN_ENGINE_H

#include "base/parallel.h"
#include "base/status.h"
#include "nn/kernels.h"

typedef struct nst__engine nst__engine;

/* As NST_PARAM_THREADS, _SIMD, _CONVOLUTION and _GEMM say. An instruction set that the machine lacks is
 * NST_ERR_RANGE. */
nst_status nst__engine_create(nst__engine **out, int threads, int simd, int convolution, int gemm);
/* The same threads and methods with scratch memory of its own, for one more transfer that computes at the same time. */
nst_status nst__engine_share(nst__engine **out, const nst__engine *engine);
void nst__engine_destroy(nst__engine *engine);

nst__workers *nst__engine_workers(const nst__engine *engine);
const char *nst__engine_simd(const nst__engine *engine);

/* What an engine was created with. */
const nst__kernels *nst__engine_kernels(const nst__engine *engine);
int nst__engine_convolution(const nst__engine *engine);
int nst__engine_gemm(const nst__engine *engine);

/* At least FLOATS floats of scratch for each worker; may move what was there. Layers then never fail. */
nst_status nst__engine_reserve(nst__engine *engine, size_t floats);
float *nst__engine_scratch(const nst__engine *engine, int worker); /* aligned to 64 bytes */
size_t nst__engine_bytes(const nst__engine *engine);               /* of all scratch, for the memory plan */

#endif
