#include "painter/painter.h"
#include "base/alloc.h"
#include "nn/engine_handle.h"

#include <math.h>
#include <string.h>

nst_status nst_painter_create(nst_painter **out, uint64_t seed)
{
    NST_NEED(out);
    *out = NULL;
    nst_painter *painter = nst__zalloc(1, sizeof *painter);
    if (!painter || nst__painter_net_create(&painter->net) != NST_OK) {
        nst_painter_destroy(painter);
        return NST_ERR_OUT_OF_MEMORY;
    }
    nst__painter_net_randomise(painter->net, seed);
    painter->strength = 1;
    *out = painter;
    return NST_OK;
}

void nst_painter_destroy(nst_painter *painter)
{
    if (!painter) return;
    nst__painter_net_destroy(painter->net);
    nst_engine_destroy(painter->engine);
    nst__free(painter);
}

static nst_status check_key(const char *function, nst_painter_key key)
{
    if (key >= NST_PAINTER_STYLE && key <= NST_PAINTER_TRAINING) return NST_OK;
    return nst__fail(NST_ERR_ARGUMENT, "%s: key: expected 1 or 2, found %d", function, (int)key);
}

nst_status nst_painter_set_text(nst_painter *painter, nst_painter_key key, const char *text)
{
    NST_NEED(painter);
    NST_NEED(text);
    const nst_status status = check_key(__func__, key);
    if (status != NST_OK) return status;
    const size_t length = strlen(text);
    if (length > NST__PAINTER_TEXT_MOST)
        return nst__fail(NST_ERR_RANGE, "%s: text: expected at most %d bytes, found %zu", __func__,
                         NST__PAINTER_TEXT_MOST, length);
    memcpy(painter->text[key - 1], text, length + 1);
    return NST_OK;
}

const char *nst_painter_text(const nst_painter *painter, nst_painter_key key)
{
    return painter && check_key(__func__, key) == NST_OK ? painter->text[key - 1] : "";
}

nst_status nst_painter_set_engine(nst_painter *painter, nst_engine *engine)
{
    NST_NEED(painter);
    if (engine) nst__engine_hold(engine);
    nst_engine_destroy(painter->engine);
    painter->engine = engine;
    return NST_OK;
}

nst_status nst_painter_set_strength(nst_painter *painter, double strength)
{
    NST_NEED(painter);
    if (!(strength >= 0 && strength <= 1))
        return nst__fail(NST_ERR_RANGE, "%s: strength: expected 0 to 1, found %g", __func__, strength);
    painter->strength = strength;
    return NST_OK;
}

double nst_painter_strength(const nst_painter *painter)
{
    return painter ? painter->strength : 0;
}

size_t nst_painter_weight_count(const nst_painter *painter)
{
    return painter ? painter->net->count : 0;
}

const float *nst_painter_weights(const nst_painter *painter)
{
    return painter ? painter->net->weights : NULL;
}

nst_status nst_painter_set_weights(nst_painter *painter, const float *weights, size_t count)
{
    NST_NEED(painter);
    NST_NEED(weights);
    if (count != painter->net->count)
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected %zu weights, found %zu", __func__, painter->net->count, count);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(weights[i])) return nst__fail(NST_ERR_NON_FINITE, "%s: weight %zu is not finite", __func__, i);
    memcpy(painter->net->weights, weights, count * sizeof *weights);
    painter->renewed = false;
    return NST_OK;
}

nst_status nst__painter_enter(nst__engine **out, nst_painter *painter)
{
    nst_status status = NST_OK;
    *out = NULL;
    if (!painter->engine) NST_TRY(nst_engine_create(&painter->engine));
    NST_TRY(nst__engine_enter(out, painter->engine));
    if (!painter->renewed) nst__painter_net_renew(painter->net, nst__engine_workers(*out));
    painter->renewed = true;
out:
    return status;
}
