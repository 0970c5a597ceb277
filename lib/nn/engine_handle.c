#include "nn/engine_handle.h"
#include "base/alloc.h"
#include "base/log.h"
#include "tensor/gemm.h"

#include <stdatomic.h>
#include <string.h>

/* Nobody runs tasks with FIRST: it keeps threads and methods for the places to come. Every place that exists has room
 * in IDLE, so that a return cannot fail. */
struct nst_engine {
    atomic_size_t references;
    nst__lock lock; /* of what follows */
    nst__settings settings;
    nst_runner runner;       /* of the host; run is NULL: none */
    nst_allocator allocator; /* of the host; size is 0: none */
    nst__ranks ranks;        /* of the host; size is 0: none */
    nst__engine *first;      /* NULL until a transfer computes */
    nst__engine **idle;      /* places that wait for a transfer */
    size_t idle_count, places;
};

bool nst__engine_has_param(nst_param param)
{
    return param == NST_PARAM_THREADS || param == NST_PARAM_SIMD || param == NST_PARAM_CONVOLUTION ||
           param == NST_PARAM_GEMM;
}

nst_status nst_engine_create(nst_engine **out)
{
    nst_status status = NST_OK;
    nst_engine *engine = NULL;
    NST_NEED(out);
    *out = NULL;
    engine = nst__zalloc(1, sizeof *engine);
    if (!engine) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&engine->references, 1);
    nst__lock_init(&engine->lock);
    NST_TRY(nst__settings_init(&engine->settings, NST_OBJECT_TRANSFER)); /* of which it uses its own four */
    *out = engine;
    engine = NULL;
out:
    nst_engine_destroy(engine);
    return status;
}

nst_engine *nst__engine_hold(nst_engine *engine)
{
    atomic_fetch_add(&engine->references, 1);
    return engine;
}

void nst_engine_destroy(nst_engine *engine)
{
    if (!engine || atomic_fetch_sub(&engine->references, 1) != 1) return;
    for (size_t i = 0; i < engine->idle_count; i++)
        nst__engine_destroy(engine->idle[i]);
    nst__free(engine->idle);
    nst__engine_destroy(engine->first);
    nst__settings_free(&engine->settings);
    nst__lock_destroy(&engine->lock);
    nst__free(engine);
}

/* ---- Settings ---- */

static nst_status check_param(nst_param param)
{
    if (nst__engine_has_param(param)) return NST_OK;
    return nst__settings_refuse(param, "an engine", "threads, simd, convolution or gemm");
}

/* The lock is held. */
static nst_status check_unused(const nst_engine *engine, const char *function)
{
    if (!engine->first) return NST_OK;
    return nst__fail(NST_ERR_STATE, "%s: something was computed with this engine already: set it up before", function);
}

static nst_status set(nst_engine *engine, nst_param param, const int64_t *whole, const double *number, const char *text,
                      const char *function)
{
    nst_status status = NST_OK;
    NST_TRY(check_param(param));
    nst__lock_take(&engine->lock);
    status = check_unused(engine, function);
    if (status == NST_OK) status = nst__settings_put(&engine->settings, param, whole, number, text);
    nst__lock_give(&engine->lock);
out:
    return status;
}

nst_status nst_engine_set_int(nst_engine *engine, nst_param param, int64_t value)
{
    NST_NEED(engine);
    return set(engine, param, &value, NULL, NULL, __func__);
}

nst_status nst_engine_set_float(nst_engine *engine, nst_param param, double value)
{
    NST_NEED(engine);
    return set(engine, param, NULL, &value, NULL, __func__);
}

nst_status nst_engine_set_text(nst_engine *engine, nst_param param, const char *value)
{
    NST_NEED(engine);
    NST_NEED(value);
    return set(engine, param, NULL, NULL, value, __func__);
}

static nst_status get(const nst_engine *engine, nst_param param, int64_t *whole, double *number, const char **text)
{
    nst_status status = NST_OK;
    nst__lock *lock = (nst__lock *)(uintptr_t)&engine->lock;
    NST_TRY(check_param(param));
    nst__lock_take(lock);
    status = nst__settings_get(&engine->settings, param, whole, number, text);
    nst__lock_give(lock);
out:
    return status;
}

nst_status nst_engine_get_int(const nst_engine *engine, nst_param param, int64_t *value)
{
    NST_NEED(engine);
    NST_NEED(value);
    return get(engine, param, value, NULL, NULL);
}

nst_status nst_engine_get_float(const nst_engine *engine, nst_param param, double *value)
{
    NST_NEED(engine);
    NST_NEED(value);
    return get(engine, param, NULL, value, NULL);
}

nst_status nst_engine_get_text(const nst_engine *engine, nst_param param, const char **value)
{
    NST_NEED(value);
    *value = "";
    NST_NEED(engine);
    return get(engine, param, NULL, NULL, value);
}

/* ---- What the host gives ---- */

nst_status nst_engine_set_runner(nst_engine *engine, const nst_runner *runner)
{
    nst_status status = NST_OK;
    nst_runner known = {0};
    NST_NEED(engine);
    if (runner) {
        const size_t least = offsetof(nst_runner, run) + sizeof runner->run;
        if (runner->size < least)
            return nst__fail(NST_ERR_ARGUMENT, "size of the runner: expected sizeof(nst_runner), %zu, found %zu",
                             sizeof known, runner->size);
        if (!runner->run) return nst__fail(NST_ERR_ARGUMENT, "a runner needs run");
        memcpy(&known, runner, runner->size < sizeof known ? runner->size : sizeof known);
    }
    nst__lock_take(&engine->lock);
    status = check_unused(engine, __func__);
    if (status == NST_OK) engine->runner = known;
    nst__lock_give(&engine->lock);
    return status;
}

nst_status nst_engine_set_allocator(nst_engine *engine, const nst_allocator *allocator)
{
    nst_status status = NST_OK;
    nst_allocator known = {0};
    NST_NEED(engine);
    if (allocator) NST_TRY(nst__allocator_copy(&known, allocator));
    nst__lock_take(&engine->lock);
    status = check_unused(engine, __func__);
    if (status == NST_OK) engine->allocator = known;
    nst__lock_give(&engine->lock);
out:
    return status;
}

nst_status nst_engine_set_ranks(nst_engine *engine, const nst_ranks *ranks)
{
    nst_status status = NST_OK;
    nst__ranks known = {.failed = false};
    NST_NEED(engine);
    if (ranks) NST_TRY(nst__ranks_init(&known, ranks));
    nst__lock_take(&engine->lock);
    status = check_unused(engine, __func__);
    if (status == NST_OK) engine->ranks = known;
    nst__lock_give(&engine->lock);
out:
    return status;
}

/* ---- Places ---- */

static nst_status prepare(nst_engine *engine)
{
    const nst__settings *settings = &engine->settings;
    const nst__engine_host host = {engine->runner.run ? &engine->runner : NULL,
                                   engine->allocator.size ? &engine->allocator : NULL,
                                   engine->ranks.host.count > 1 ? &engine->ranks : NULL};
    nst_status status = NST_OK;
    if (engine->first) return NST_OK;
    NST_TRY(nst__engine_create(&engine->first, (int)nst__settings_int(settings, NST_PARAM_THREADS),
                               (int)nst__settings_int(settings, NST_PARAM_SIMD),
                               (int)nst__settings_int(settings, NST_PARAM_CONVOLUTION),
                               (int)nst__settings_int(settings, NST_PARAM_GEMM), &host));
    nst__log(NST_LOG_INFO, "engine: %d threads%s, %s, %s", nst__workers_count(nst__engine_workers(engine->first)),
             host.runner ? " of the host" : "", nst__engine_simd(engine->first), nst__blas_name());
out:
    return status;
}

static nst_status add_place(nst_engine *engine)
{
    nst_status status = NST_OK;
    nst__engine **idle = nst__resize(engine->idle, engine->places + 1, sizeof(nst__engine *));
    if (!idle) return NST_ERR_OUT_OF_MEMORY;
    engine->idle = idle;
    NST_TRY(nst__engine_share(&idle[engine->idle_count], engine->first));
    engine->places++;
    engine->idle_count++;
out:
    return status;
}

nst_status nst__engine_enter(nst__engine **out, nst_engine *engine)
{
    nst_status status = NST_OK;
    *out = NULL;
    nst__lock_take(&engine->lock);
    NST_TRY(prepare(engine));
    if (engine->idle_count == 0) NST_TRY(add_place(engine));
    *out = engine->idle[--engine->idle_count];
out:
    nst__lock_give(&engine->lock);
    return status;
}

void nst__engine_leave(nst_engine *engine, nst__engine *place)
{
    nst__lock_take(&engine->lock);
    engine->idle[engine->idle_count++] = place;
    nst__lock_give(&engine->lock);
}

nst_status nst_engine_trim(nst_engine *engine)
{
    NST_NEED(engine);
    nst__lock_take(&engine->lock);
    for (size_t i = 0; i < engine->idle_count; i++)
        nst__engine_trim(engine->idle[i], 0, 0);
    nst__lock_give(&engine->lock);
    return NST_OK;
}
