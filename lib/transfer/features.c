/* The handle nst_features: feature maps and Gram matrices of a picture, for perceptual metrics and for a look inside. */
#include "base/alloc.h"
#include "base/settings.h"
#include "image/image.h"
#include "loss/gram_sums.h"
#include "nn/engine_handle.h"
#include "objective/guide.h"
#include "objective/plan.h"
#include "tensor/gemm.h"

/* What is read at one layer. */
struct item {
    nst__tap tap;
    bool gram;                      /* else the map */
    size_t height, width, channels; /* of the layer; all 0 before a picture is read */
    float *result;                  /* [height, width, channels] or [channels, channels]; NULL like them */
    double *sums;                   /* of a Gram matrix, while a picture is read */
    double mass;
};

struct nst_features {
    const nst_model *model; /* a reference */
    nst_engine *engine;     /* a reference */
    bool shared;            /* with others: it may keep its memory */
    nst__settings settings; /* of which it uses PADDING, POOLING and MEMORY_LIMIT */
    nst__cancel cancel;
    struct item *item;
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

static void drop_results(nst_features *features)
{
    for (size_t i = 0; i < features->items; i++) {
        struct item *item = &features->item[i];
        nst__free(item->result);
        nst__free(item->sums);
        *item = (struct item){.tap = item->tap, .gram = item->gram};
    }
}

void nst_features_destroy(nst_features *features)
{
    if (!features) return;
    drop_results(features);
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
    if (!*nst_param_name(param)) return nst__fail(NST_ERR_ARGUMENT, "there is no parameter number %d", (int)param);
    return nst__fail(NST_ERR_ARGUMENT, "parameter of features: expected padding, pooling or memory-limit, found %s",
                     nst_param_name(param));
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

static struct item *find(const nst_features *features, size_t layer, bool gram)
{
    for (size_t i = 0; i < features->items; i++)
        if (features->item[i].tap.layer == layer && features->item[i].gram == gram) return &features->item[i];
    return NULL;
}

static nst_status add(nst_features *features, const char *name, bool gram)
{
    nst_status status = NST_OK;
    size_t layer;
    struct item *items;
    NST_TRY(nst__model_find(features->model, name, &layer));
    if (find(features, layer, gram)) return NST_OK;
    items = nst__resize(features->item, features->items + 1, sizeof *items);
    if (!items) return NST_ERR_OUT_OF_MEMORY;
    features->item = items;
    items[features->items++] = (struct item){.tap = {layer, 1}, .gram = gram};
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
    drop_results(features);
    features->items = 0;
    return NST_OK;
}

/* ---- Reading ---- */

/* One picture on its way through the network. */
struct reading {
    nst_features *features;
    nst__net net;
    nst__tile tile;
    nst__guide *guide; /* of its alpha; NULL: every weight is 1 */
};

/* The window of the tile in the map of ITEM. */
static nst__window window_of(const struct reading *reading, const struct item *item, nst__map map)
{
    const nst__tile *tile = &reading->tile;
    const size_t step = nst__net_step(&reading->net, item->tap.layer);
    nst__window window = nst__tile_window(tile, step, map.channels, map.data);
    window.relu = nst__net_rectifies(&reading->net, item->tap.layer);
    if (reading->guide) {
        window.stride = tile->picture_width / step;
        window.weights = nst__guide_at(reading->guide, nst__net_map(&reading->net, item->tap.layer)) +
                         tile->core_top / step * window.stride + tile->core_left / step;
    }
    return window;
}

/* Copies the window to its place in the map of the whole picture. */
static void copy_map(const struct reading *reading, const struct item *item, const nst__window *window)
{
    const size_t step = nst__net_step(&reading->net, item->tap.layer);
    const size_t top = reading->tile.core_top / step, left = reading->tile.core_left / step;
    nst__window row = *window;
    row.height = 1;
    for (size_t i = 0; i < window->height; i++, row.top++)
        nst__window_copy(&row, item->result + ((top + i) * item->width + left) * item->channels);
}

static void read_layer(void *user, size_t layer, nst__map map, float *workspace)
{
    const struct reading *reading = user;
    for (size_t i = 0; i < reading->features->items; i++) {
        struct item *item = &reading->features->item[i];
        if (nst__net_map(&reading->net, item->tap.layer) != layer) continue;
        const nst__window window = window_of(reading, item, map);
        if (item->gram) {
            nst__gram_add(reading->net.engine, &window, item->sums, workspace);
            item->mass += nst__window_mass(&window);
        } else {
            copy_map(reading, item, &window);
        }
    }
}

static nst_status sweep(struct reading *reading, const nst__sweep_plan *plan, const float *pixels)
{
    const nst__observer observer = {.forward = read_layer, .user = reading};
    nst__sweep *sweep = NULL;
    nst_status status = NST_OK;
    NST_TRY(nst__sweep_create(&sweep, &reading->net, plan));
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&plan->tiling) && status == NST_OK; i++) {
        reading->tile = nst__tile_at(&plan->tiling, i);
        status = nst__sweep_forward(sweep, &reading->tile, pixels, &observer);
    }
    nst__blas_leave();
out:
    nst__sweep_destroy(sweep);
    return status;
}

static nst_status alloc_results(nst_features *features)
{
    for (size_t i = 0; i < features->items; i++) {
        struct item *item = &features->item[i];
        const size_t rows = item->gram ? item->channels : item->height * item->width;
        item->result = nst__alloc(rows * item->channels, sizeof *item->result);
        if (!item->result) return NST_ERR_OUT_OF_MEMORY;
        if (item->gram) item->sums = nst__zalloc(rows * item->channels, sizeof *item->sums);
        if (item->gram && !item->sums) return NST_ERR_OUT_OF_MEMORY;
    }
    return NST_OK;
}

/* Sets the sizes of the items, and returns the bytes of their results. */
static uint64_t set_sizes(nst_features *features, const nst__net *net, const nst_image *image)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < features->items; i++) {
        struct item *item = &features->item[i];
        const size_t step = nst__net_step(net, item->tap.layer);
        item->height = image->height / step;
        item->width = image->width / step;
        item->channels = nst__net_channels(net, item->tap.layer);
        bytes += item->gram ? (uint64_t)item->channels * item->channels * (sizeof(float) + sizeof(double))
                            : (uint64_t)item->height * item->width * item->channels * sizeof(float);
    }
    return bytes;
}

/* Chooses tiles within the memory limit. RESULTS: the bytes of the results. */
static nst_status plan_sweep(nst__sweep_plan *out, const nst_features *features, const nst__net *net,
                             const nst_image *image, uint64_t results)
{
    const uint64_t limit = (uint64_t)nst__settings_int(&features->settings, NST_PARAM_MEMORY_LIMIT);
    const uint64_t parameters = nst_model_parameter_count(features->model) * sizeof(float);
    const uint64_t guide = image->alpha ? nst__guide_bytes(net, image->height, image->width) : 0;
    const uint64_t held = NST__PROCESS_BYTES + parameters + guide + results;
    const size_t room = !limit ? 0 : limit > held ? (size_t)(limit - held) : 1;
    size_t bytes;
    *out = nst__plan_measure(net, image->height, image->width, room, &bytes);
    if (limit && held + bytes > limit)
        return nst__fail(NST_ERR_MEMORY_LIMIT,
                         "memory: %ux%u pixels cannot be read in %.0f MB; the smallest limit that does is %lluM",
                         image->width, image->height, (double)limit / (1 << 20),
                         (unsigned long long)((held + bytes + (1 << 20) - 1) >> 20));
    return NST_OK;
}

static void finish_grams(nst_features *features)
{
    for (size_t i = 0; i < features->items; i++) {
        struct item *item = &features->item[i];
        if (!item->gram) continue;
        for (size_t n = 0; n < item->channels * item->channels; n++)
            item->result[n] = item->mass > 0 ? (float)(item->sums[n] / item->mass) : 0;
        nst__free(item->sums);
        item->sums = NULL;
    }
}

static nst_status read_image(nst_features *features, nst__engine *engine, const nst_image *image)
{
    struct reading reading = {
        .features = features,
        .net = {.model = features->model,
                .engine = engine,
                .cancel = &features->cancel,
                .padding = (nst_padding)nst__settings_int(&features->settings, NST_PARAM_PADDING),
                .pooling = (nst_pooling)nst__settings_int(&features->settings, NST_PARAM_POOLING)}};
    nst__sweep_plan plan;
    nst_status status = NST_OK;
    for (size_t i = 0; i < features->items; i++)
        nst__net_tap(&reading.net, &features->item[i].tap, 1);
    const size_t least = nst__net_least(&reading.net);
    if (image->height < least || image->width < least)
        return nst__fail(NST_ERR_TOO_SMALL, "a picture of %ux%u is too small for %s, which needs %zux%zu", image->width,
                         image->height, nst__net_layer(&reading.net, reading.net.depth - 1)->name, least, least);
    NST_TRY(plan_sweep(&plan, features, &reading.net, image, set_sizes(features, &reading.net, image)));
    if (nst__settings_int(&features->settings, NST_PARAM_MEMORY_LIMIT) > 0) nst__engine_trim(engine, 0, 0);
    NST_TRY(nst__cancel_check(&features->cancel));
    NST_TRY(alloc_results(features));
    if (image->alpha)
        NST_TRY(nst__guide_create(&reading.guide, &reading.net, image->height, image->width, image->alpha));
    NST_TRY(sweep(&reading, &plan, image->pixels));
    finish_grams(features);
out:
    nst__guide_destroy(reading.guide);
    return status;
}

nst_status nst_features_read(nst_features *features, const nst_image *image)
{
    nst_status status = NST_OK;
    nst__engine *engine = NULL;
    NST_NEED(features);
    NST_NEED(image);
    drop_results(features);
    if (features->items == 0) return nst__fail(NST_ERR_STATE, "%s: no layer was added", __func__);
    nst__cancel_begin(&features->cancel);
    NST_TRY(nst__engine_enter(&engine, features->engine));
    NST_TRY(read_image(features, engine, image));
out:
    if (engine && !features->shared) nst__engine_trim(engine, 0, 0);
    if (engine) nst__engine_leave(features->engine, engine);
    nst__cancel_end(&features->cancel);
    if (status != NST_OK) drop_results(features);
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

static nst_status result_of(const struct item **out, const nst_features *features, const char *layer, bool gram)
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
    const struct item *item;
    NST_NEED(map);
    *map = NULL;
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
    const struct item *item;
    NST_NEED(gram);
    *gram = NULL;
    NST_NEED(features);
    NST_NEED(layer);
    NST_TRY(result_of(&item, features, layer, true));
    *gram = item->result;
    if (channels) *channels = (uint32_t)item->channels;
out:
    return status;
}
