/*
 * The resources of one computation: threads, memory, and the choice among the kernels.
 */
#ifndef NST_NN_ENGINE_H
#define NST_NN_ENGINE_H

#include "base/parallel.h"
#include "base/ranks.h"
#include "base/status.h"
#include "nn/kernels.h"

typedef struct nst__engine nst__engine;
struct nst__backend; /* backend.h */

/* What the host gives; each may be NULL. */
typedef struct nst__engine_host {
    const nst_runner *runner;       /* copied */
    const nst_allocator *allocator; /* copied; for the arena and the scratch memory */
    nst__ranks *ranks;              /* must outlive the engine */
} nst__engine_host;

/* The numbers are values of NST_PARAM_THREADS, _SIMD, _CONVOLUTION and _GEMM. An instruction set that the machine lacks
 * is NST_ERR_RANGE. HOST may be NULL. */
nst_status nst__engine_create(nst__engine **out, int threads, int simd, int convolution, int gemm,
                              const nst__engine_host *host);
/* The same threads and methods with memory of its own, for one more computation at the same time. */
nst_status nst__engine_share(nst__engine **out, const nst__engine *engine);
void nst__engine_destroy(nst__engine *engine);

nst__workers *nst__engine_workers(const nst__engine *engine);
const char *nst__engine_simd(const nst__engine *engine);
nst__ranks *nst__engine_ranks(const nst__engine *engine); /* NULL: this process is alone */

/* The table of what computes on maps: that of the CPU, unless another is set before the first sweep. */
const struct nst__backend *nst__engine_backend(const nst__engine *engine);
void nst__engine_set_backend(nst__engine *engine, const struct nst__backend *backend);

/* What an engine was created with. */
const nst__kernels *nst__engine_kernels(const nst__engine *engine);
int nst__engine_convolution(const nst__engine *engine);
int nst__engine_gemm(const nst__engine *engine);

/* Reserves at least FLOATS floats of scratch memory for each worker; may move what was there. Layers cannot fail after
 * that. */
nst_status nst__engine_reserve(nst__engine *engine, size_t floats);
float *nst__engine_scratch(const nst__engine *engine, int worker); /* aligned to 64 bytes */

/* Reserves at least BYTES for the maps of one sweep at a time. The arena and the scratch memory are kept for the next
 * sweep: new memory costs a page fault for each 4 KB. */
nst_status nst__engine_reserve_arena(nst__engine *engine, size_t bytes);
char *nst__engine_arena(const nst__engine *engine); /* aligned to 64 bytes; lost at the next reserve or trim */

/* Releases the arena if it has more than ARENA bytes. Releases the scratch memory if a worker has more than FLOATS
 * floats. */
void nst__engine_trim(nst__engine *engine, size_t arena, size_t floats);
size_t nst__engine_arena_bytes(const nst__engine *engine);
size_t nst__engine_scratch_floats(const nst__engine *engine); /* of each worker */

#endif
