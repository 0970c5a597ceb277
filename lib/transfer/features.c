/* The handle nst_features: feature maps and Gram matrices of a picture. */
#include "base/alloc.h"
#include "base/settings.h"
#include "nn/engine_handle.h"
#include "transfer/feature_pass.h"

struct nst_features {
    const nst_model *model; /* a reference */
    nst_engine *engine;     /* a reference */
    bool shared;            /* with others: it may keep its memory */
    nst__settings settings; /* of which it uses PADDING, POOLING and MEMORY_LIMIT */
    nst__cancel cancel;
    nst__feature *item;
    size_t items;
};

nst_status nst_features_create(nst_features **out, const nst_model *model, nst_engine *engine)
{
    nst_status status = NST_OK;
    nst_features *features = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(model);
    features = nst__zalloc(1, sizeof *features);
    if (!features) return NST_ERR_OUT_OF_MEMORY;
    features->model = nst__model_hold(model);
    features->shared = engine != NULL;
    if (engine)
        features->engine = nst__engine_hold(engine);
    else
        NST_TRY(nst_engine_create(&features->engine));
    NST_TRY(nst__settings_init(&features->settings, NST_OBJECT_TRANSFER));
    *out = features;
    features = NULL;
out:
    nst_features_destroy(features);
    return status;
}

void nst_features_destroy(nst_features *features)
{
    if (!features) return;
    nst__features_drop(features->item, features->items);
    nst__free(features->item);
    nst__settings_free(&features->settings);
    nst_engine_destroy(features->engine);
    nst_model_destroy((nst_model *)(uintptr_t)features->model);
    nst__free(features);
}

/* ---- Settings ---- */

static nst_status check_param(nst_param param)
{
    if (param == NST_PARAM_PADDING || param == NST_PARAM_POOLING || param == NST_PARAM_MEMORY_LIMIT) return NST_OK;
    return nst__settings_refuse(param, "features", "padding, pooling or memory-limit");
}

static nst_status set(nst_features *features, nst_param param, const int64_t *whole, const double *number,
                      const char *text)
{
    nst_status status = NST_OK;
    NST_TRY(check_param(param));
    NST_TRY(nst__settings_put(&features->settings, param, whole, number, text));
out:
    return status;
}

static nst_status get(const nst_features *features, nst_param param, int64_t *whole, double *number, const char **text)
{
    nst_status status = NST_OK;
    NST_TRY(check_param(param));
    NST_TRY(nst__settings_get(&features->settings, param, whole, number, text));
out:
    return status;
}

nst_status nst_features_set_int(nst_features *features, nst_param param, int64_t value)
{
    NST_NEED(features);
    return set(features, param, &value, NULL, NULL);
}

nst_status nst_features_set_float(nst_features *features, nst_param param, double value)
{
    NST_NEED(features);
    return set(features, param, NULL, &value, NULL);
}

nst_status nst_features_set_text(nst_features *features, nst_param param, const char *value)
{
    NST_NEED(features);
    NST_NEED(value);
    return set(features, param, NULL, NULL, value);
}

nst_status nst_features_get_int(const nst_features *features, nst_param param, int64_t *value)
{
    NST_NEED(features);
    NST_NEED(value);
    return get(features, param, value, NULL, NULL);
}

nst_status nst_features_get_float(const nst_features *features, nst_param param, double *value)
{
    NST_NEED(features);
    NST_NEED(value);
    return get(features, param, NULL, value, NULL);
}

nst_status nst_features_get_text(const nst_features *features, nst_param param, const char **value)
{
    NST_NEED(value);
    *value = "";
    NST_NEED(features);
    return get(features, param, NULL, NULL, value);
}

/* ---- What to read ---- */

static nst__feature *find(const nst_features *features, size_t layer, bool gram)
{
    for (size_t i = 0; i < features->items; i++)
        if (features->item[i].tap.layer == layer && features->item[i].gram == gram) return &features->item[i];
    return NULL;
}

static nst_status add(nst_features *features, const char *name, bool gram)
{
    nst_status status = NST_OK;
    size_t layer;
    nst__feature *items;
    NST_TRY(nst__model_find(features->model, name, &layer));
    if (find(features, layer, gram)) return NST_OK;
    items = nst__resize(features->item, features->items + 1, sizeof *items);
    if (!items) return NST_ERR_OUT_OF_MEMORY;
    features->item = items;
    items[features->items++] = (nst__feature){.tap = {layer, 1}, .gram = gram};
out:
    return status;
}

nst_status nst_features_add_map(nst_features *features, const char *layer)
{
    NST_NEED(features);
    NST_NEED(layer);
    return add(features, layer, false);
}

nst_status nst_features_add_gram(nst_features *features, const char *layer)
{
    NST_NEED(features);
    NST_NEED(layer);
    return add(features, layer, true);
}

nst_status nst_features_clear(nst_features *features)
{
    NST_NEED(features);
    nst__features_drop(features->item, features->items);
    features->items = 0;
    return NST_OK;
}

/* ---- Reading ---- */

nst_status nst_features_read(nst_features *features, const nst_image *image)
{
    nst_status status = NST_OK;
    nst__engine *engine = NULL;
    nst__net net = {0};
    NST_NEED(features);
    nst__features_drop(features->item, features->items);
    NST_NEED(image);
    net.model = features->model;
    net.cancel = &features->cancel;
    net.padding = (nst_padding)nst__settings_int(&features->settings, NST_PARAM_PADDING);
    net.pooling = (nst_pooling)nst__settings_int(&features->settings, NST_PARAM_POOLING);
    if (features->items == 0) return nst__fail(NST_ERR_STATE, "%s: no layer was added", __func__);
    nst__cancel_begin(&features->cancel);
    NST_TRY(nst__engine_enter(&engine, features->engine));
    net.engine = engine;
    NST_TRY(nst__features_pass(features->item, features->items, net, image,
                               (uint64_t)nst__settings_int(&features->settings, NST_PARAM_MEMORY_LIMIT)));
out:
    if (engine && !features->shared) nst__engine_trim(engine, 0, 0);
    if (engine) nst__engine_leave(features->engine, engine);
    nst__cancel_end(&features->cancel);
    if (status != NST_OK) nst__features_drop(features->item, features->items);
    return status == NST_ERR_CANCELLED ? nst__fail(status, "%s: cancelled", __func__) : status;
}

void nst_features_cancel(nst_features *features)
{
    if (features) nst__cancel_ask(&features->cancel);
}

nst_status nst_features_set_cancel_flag(nst_features *features, const volatile int32_t *flag)
{
    NST_NEED(features);
    features->cancel.flag = flag;
    return NST_OK;
}

/* ---- Results ---- */

static nst_status result_of(const nst__feature **out, const nst_features *features, const char *layer, bool gram)
{
    nst_status status = NST_OK;
    size_t index;
    NST_TRY(nst__model_find(features->model, layer, &index));
    *out = find(features, index, gram);
    if (!*out) return nst__fail(NST_ERR_STATE, "%s: its %s was not added", layer, gram ? "Gram matrix" : "feature map");
    if (!(*out)->result) return nst__fail(NST_ERR_STATE, "%s: no picture has been read", layer);
out:
    return status;
}

nst_status nst_features_map(const nst_features *features, const char *layer, const float **map, uint32_t *height,
                            uint32_t *width, uint32_t *channels)
{
    nst_status status = NST_OK;
    const nst__feature *item;
    NST_NEED(map);
    *map = NULL;
    if (height) *height = 0;
    if (width) *width = 0;
    if (channels) *channels = 0;
    NST_NEED(features);
    NST_NEED(layer);
    NST_TRY(result_of(&item, features, layer, false));
    *map = item->result;
    if (height) *height = (uint32_t)item->height;
    if (width) *width = (uint32_t)item->width;
    if (channels) *channels = (uint32_t)item->channels;
out:
    return status;
}

nst_status nst_features_gram(const nst_features *features, const char *layer, const float **gram, uint32_t *channels)
{
    nst_status status = NST_OK;
    const nst__feature *item;
    NST_NEED(gram);
    *gram = NULL;
    if (channels) *channels = 0;
    NST_NEED(features);
    NST_NEED(layer);
    NST_TRY(result_of(&item, features, layer, true));
    *gram = item->result;
    if (channels) *channels = (uint32_t)item->channels;
out:
    return status;
}
