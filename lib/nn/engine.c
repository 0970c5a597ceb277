#include "nn/engine.h"
#include "base/alloc.h"

struct nst__engine {
    nst__workers *workers;
    const nst__kernels *kernels;
    int convolution, gemm;
    float *scratch; /* of all workers, one after another */
    size_t floats;  /* of one */
};

nst_status nst__engine_create(nst__engine **out, int threads, int simd, int convolution, int gemm)
{
    nst_status status;
    *out = NULL;
    nst__engine *engine = nst__zalloc(1, sizeof *engine);
    if (!engine) return NST_ERR_OUT_OF_MEMORY;
    engine->convolution = convolution;
    engine->gemm = gemm;
    NST_TRY(nst__kernels_find(&engine->kernels, simd));
    NST_TRY(nst__workers_create(&engine->workers, threads));
    *out = engine;
    return NST_OK;
out:
    nst__engine_destroy(engine);
    return status;
}

nst_status nst__engine_share(nst__engine **out, const nst__engine *engine)
{
    nst_status status;
    *out = NULL;
    nst__engine *other = nst__zalloc(1, sizeof *other);
    if (!other) return NST_ERR_OUT_OF_MEMORY;
    other->kernels = engine->kernels;
    other->convolution = engine->convolution;
    other->gemm = engine->gemm;
    NST_TRY(nst__workers_share(&other->workers, engine->workers));
    *out = other;
    return NST_OK;
out:
    nst__engine_destroy(other);
    return status;
}

void nst__engine_destroy(nst__engine *engine)
{
    if (!engine) return;
    nst__workers_destroy(engine->workers);
    nst__free_aligned(engine->scratch);
    nst__free(engine);
}

nst__workers *nst__engine_workers(const nst__engine *engine)
{
    return engine->workers;
}

const nst__kernels *nst__engine_kernels(const nst__engine *engine)
{
    return engine->kernels;
}

int nst__engine_convolution(const nst__engine *engine)
{
    return engine->convolution;
}

int nst__engine_gemm(const nst__engine *engine)
{
    return engine->gemm;
}

const char *nst__engine_simd(const nst__engine *engine)
{
    return engine->kernels->name;
}

nst_status nst__engine_reserve(nst__engine *engine, size_t floats)
{
    const size_t line = NST__ALIGNMENT / sizeof(float);
    size_t all;
    if (floats <= engine->floats) return NST_OK;
    if (!nst__multiply(&all, (floats + line - 1) / line * line, (size_t)nst__workers_count(engine->workers)))
        return nst__fail(NST_ERR_TOO_LARGE, "%zu floats of scratch for each thread cannot be addressed", floats);
    nst__free_aligned(engine->scratch);
    engine->floats = 0;
    engine->scratch = nst__alloc_aligned(all, sizeof(float));
    if (!engine->scratch) return NST_ERR_OUT_OF_MEMORY;
    engine->floats = (floats + line - 1) / line * line;
    return NST_OK;
}

float *nst__engine_scratch(const nst__engine *engine, int worker)
{
    return engine->scratch + (size_t)worker * engine->floats;
}

size_t nst__engine_bytes(const nst__engine *engine)
{
    return engine->floats * (size_t)nst__workers_count(engine->workers) * sizeof(float);
}
