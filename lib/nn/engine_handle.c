#include "nn/engine_handle.h"
#include "base/alloc.h"

#include <stdatomic.h>

/* Nobody runs tasks with FIRST: it keeps threads and methods for the places to come. Every place that exists has room in
 * IDLE, so that a return cannot fail. */
struct nst_engine {
    atomic_size_t references;
    nst__settings settings;
    nst__lock lock;     /* of what follows */
    nst__engine *first; /* NULL until a transfer computes */
    nst__engine **idle; /* places that wait for a transfer */
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
    if (!*nst_param_name(param)) return nst__fail(NST_ERR_ARGUMENT, "there is no parameter number %d", (int)param);
    return nst__fail(NST_ERR_ARGUMENT, "parameter of an engine: expected threads, simd, convolution or gemm, found %s",
                     nst_param_name(param));
}

/* What of the three is not NULL. */
static nst_status set(nst_engine *engine, nst_param param, const int64_t *whole, const double *number, const char *text,
                      const char *function)
{
    nst_status status = NST_OK;
    NST_TRY(check_param(param));
    nst__lock_take(&engine->lock);
    if (engine->first)
        status =
            nst__fail(NST_ERR_STATE, "%s: a transfer has computed with this engine: set parameters before", function);
    else if (text)
        status = nst__settings_set_text(&engine->settings, param, text);
    else if (number)
        status = nst__settings_set_float(&engine->settings, param, *number);
    else
        status = nst__settings_set_int(&engine->settings, param, *whole);
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

nst_status nst_engine_get_int(const nst_engine *engine, nst_param param, int64_t *value)
{
    nst_status status = NST_OK;
    NST_NEED(engine);
    NST_NEED(value);
    NST_TRY(check_param(param));
    NST_TRY(nst__settings_get_int(&engine->settings, param, value));
out:
    return status;
}

nst_status nst_engine_get_float(const nst_engine *engine, nst_param param, double *value)
{
    nst_status status = NST_OK;
    NST_NEED(engine);
    NST_NEED(value);
    NST_TRY(check_param(param));
    NST_TRY(nst__settings_get_float(&engine->settings, param, value));
out:
    return status;
}

nst_status nst_engine_get_text(const nst_engine *engine, nst_param param, const char **value)
{
    nst_status status = NST_OK;
    NST_NEED(value);
    *value = "";
    NST_NEED(engine);
    NST_TRY(check_param(param));
    NST_TRY(nst__settings_get_text(&engine->settings, param, value));
out:
    return status;
}

/* ---- Places ---- */

static nst_status prepare(nst_engine *engine)
{
    const nst__settings *settings = &engine->settings;
    if (engine->first) return NST_OK;
    return nst__engine_create(&engine->first, (int)nst__settings_int(settings, NST_PARAM_THREADS),
                              (int)nst__settings_int(settings, NST_PARAM_SIMD),
                              (int)nst__settings_int(settings, NST_PARAM_CONVOLUTION),
                              (int)nst__settings_int(settings, NST_PARAM_GEMM));
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
