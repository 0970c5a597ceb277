#include "nn/engine.h"
#include "base/alloc.h"

extern const struct nst__backend nst__cpu_backend; /* backend.c */

struct nst__engine {
    const struct nst__backend *backend;
    nst__workers *workers;
    nst__ranks *ranks;
    const nst__kernels *kernels;
    int convolution, gemm;
    nst_allocator allocator; /* of the host; size is 0: that of the process */
    float *scratch;          /* of all workers, one after another */
    size_t floats;           /* of one */
    char *arena;
    size_t arena_bytes;
};

static const nst_allocator *allocator_of(const nst__engine *engine)
{
    return engine->allocator.size ? &engine->allocator : NULL;
}

nst_status nst__engine_create(nst__engine **out, int threads, int simd, int convolution, int gemm,
                              const nst__engine_host *host)
{
    nst_status status;
    *out = NULL;
    nst__engine *engine = nst__zalloc(1, sizeof *engine);
    if (!engine) return NST_ERR_OUT_OF_MEMORY;
    engine->backend = &nst__cpu_backend;
    engine->convolution = convolution;
    engine->gemm = gemm;
    NST_TRY(nst__kernels_find(&engine->kernels, simd));
    if (host && host->allocator) engine->allocator = *host->allocator;
    if (host) engine->ranks = host->ranks;
    NST_TRY(nst__workers_create(&engine->workers, threads, host ? host->runner : NULL));
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
    other->backend = engine->backend;
    other->kernels = engine->kernels;
    other->convolution = engine->convolution;
    other->gemm = engine->gemm;
    other->allocator = engine->allocator;
    other->ranks = engine->ranks;
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
    nst__engine_trim(engine, 0, 0);
    nst__free(engine);
}

const struct nst__backend *nst__engine_backend(const nst__engine *engine)
{
    return engine->backend;
}

void nst__engine_set_backend(nst__engine *engine, const struct nst__backend *backend)
{
    engine->backend = backend;
}

nst__workers *nst__engine_workers(const nst__engine *engine)
{
    return engine->workers;
}

nst__ranks *nst__engine_ranks(const nst__engine *engine)
{
    return engine ? engine->ranks : NULL;
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

/* ---- Memory ---- */

static void release_scratch(nst__engine *engine)
{
    nst__free_aligned_by(allocator_of(engine), engine->scratch);
    engine->scratch = NULL;
    engine->floats = 0;
}

static void release_arena(nst__engine *engine)
{
    nst__free_aligned_by(allocator_of(engine), engine->arena);
    engine->arena = NULL;
    engine->arena_bytes = 0;
}

/* Whole cache lines. */
static size_t rounded(size_t floats)
{
    const size_t line = NST__ALIGNMENT / sizeof(float);
    return (floats + line - 1) / line * line;
}

nst_status nst__engine_reserve(nst__engine *engine, size_t floats)
{
    size_t all;
    if (floats <= engine->floats) return NST_OK;
    if (!nst__multiply(&all, rounded(floats), (size_t)nst__workers_count(engine->workers)))
        return nst__fail(NST_ERR_TOO_LARGE, "%zu floats of scratch for each thread cannot be addressed", floats);
    release_scratch(engine);
    engine->scratch = nst__alloc_aligned_by(allocator_of(engine), all, sizeof(float));
    if (!engine->scratch) return NST_ERR_OUT_OF_MEMORY;
    engine->floats = rounded(floats);
    return NST_OK;
}

float *nst__engine_scratch(const nst__engine *engine, int worker)
{
    return engine->scratch + (size_t)worker * engine->floats;
}

nst_status nst__engine_reserve_arena(nst__engine *engine, size_t bytes)
{
    if (bytes <= engine->arena_bytes) return NST_OK;
    release_arena(engine);
    engine->arena = nst__alloc_aligned_by(allocator_of(engine), bytes, 1);
    if (!engine->arena) return NST_ERR_OUT_OF_MEMORY;
    engine->arena_bytes = bytes;
    return NST_OK;
}

char *nst__engine_arena(const nst__engine *engine)
{
    return engine->arena;
}

void nst__engine_trim(nst__engine *engine, size_t arena, size_t floats)
{
    if (engine->arena_bytes > arena) release_arena(engine);
    if (engine->floats > rounded(floats)) release_scratch(engine);
}

size_t nst__engine_arena_bytes(const nst__engine *engine)
{
    return engine->arena_bytes;
}

size_t nst__engine_scratch_floats(const nst__engine *engine)
{
    return engine->floats;
}
