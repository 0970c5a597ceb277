/* nst_transfer_save_style(): measures a style at the sizes of a run, and writes what was measured. */
#include "base/alloc.h"
#include "base/param.h"
#include "transfer/pyramid.h"
#include "transfer/run_ranks.h"
#include "transfer/stage_plan.h"
#include "transfer/style_sources.h"
#include "transfer/transfer.h"

#include <stdio.h>
#include <string.h>

enum { NOTE_MOST = 480 }; /* bytes of a note: longer ones are cut when they are read */

/* ---- Which sizes ---- */

static nst_status add_size(nst__saved_style *saved, const nst__style_source *source)
{
    if (nst__saved_find_size(saved, source->height, source->width) < saved->sizes) return NST_OK;
    if (saved->sizes == NST__SAVED_SIZES)
        return nst__fail(NST_ERR_RANGE, "style: expected at most %d sizes: set fewer sizes, or a content",
                         NST__SAVED_SIZES);
    saved->size[saved->sizes++] = (struct nst__saved_size){source->height, source->width};
    return NST_OK;
}

/* The sizes of the style for a level of a run. Without a content: for all proportions up to 2:1. */
static nst_status add_level(nst__saved_style *saved, const nst_transfer *transfer, const nst__config *config,
                            const struct nst__styling *styling, const nst__level *level)
{
    const size_t longer = level->height > level->width ? level->height : level->width;
    nst_status status = NST_OK;
    nst__style_source source;
    if (transfer->content) {
        source = nst__style_source_of(transfer, config, styling, level->height, level->width);
        return add_size(saved, &source);
    }
    for (size_t shorter = (longer + 1) / 2; shorter <= longer; shorter++) {
        source = nst__style_source_of(transfer, config, styling, shorter, longer);
        NST_TRY(add_size(saved, &source));
    }
out:
    return status;
}

static nst_status add_sizes(nst__saved_style *saved, const nst_transfer *transfer, const nst__config *config,
                            const struct nst__styling *styling)
{
    const nst__settings *settings = &transfer->settings;
    const nst_image *content = transfer->content;
    const int64_t size = nst__settings_int(settings, NST_PARAM_SIZE);
    const nst__net net = nst__config_net(config, false);
    nst_status status = NST_OK;
    nst__level levels[NST__MAX_LEVELS];
    size_t count;
    if (!content && size == 0)
        return nst__fail(NST_ERR_STATE, "size: expected above 0, or a content picture that decides it");
    NST_TRY(nst__pyramid(levels, &count, content ? content->height : 1, content ? content->width : 1, size,
                         nst__settings_text(settings, NST_PARAM_SIZES), 0, NST_EFFORT_NORMAL, nst__net_least(&net)));
    for (size_t i = 0; i < count; i++)
        NST_TRY(add_level(saved, transfer, config, styling, &levels[i]));
out:
    return status;
}

/* ---- Measuring ---- */

/* The style terms alone, with the sums of which every style loss can be computed. */
static nst__config measuring(const nst__config *config)
{
    nst__config only = {.model = config->model,
                        .engine = config->engine,
                        .profile = config->profile,
                        .cancel = config->cancel,
                        .form = NST_FORM_RELATIVE,
                        .style_loss = nst__term_find(NST__ROLE_STYLE, "centred"),
                        .padding = config->padding,
                        .pooling = config->pooling,
                        .style_taps = config->style_taps,
                        .style_weight = 1,
                        .regions = 1,
                        .region_weight = {1}};
    memcpy(only.style_tap, config->style_tap, sizeof only.style_tap);
    return only;
}

/* Mean and upper triangle from the sums of a term: [C,C], [C]. */
static void keep_moments(float *out, size_t channels, const float *sums)
{
    memcpy(out, sums + channels * channels, channels * sizeof *out);
    out += channels;
    for (size_t a = 0; a < channels; out += channels - a, a++)
        memcpy(out, sums + a * channels + a, (channels - a) * sizeof *out);
}

/* The smallest objective that has these terms measures the style as any other does. */
static nst_status measure(float *out, const nst__config *config, nst__style_source *source, size_t limit)
{
    const nst__net net = nst__config_net(config, true);
    const size_t least = nst__net_least(&net), count = nst__plan_statistics_bytes(config) / sizeof *out;
    const nst__masks masks = {.content = NULL};
    nst_status status = NST_OK;
    nst__objective *objective = NULL;
    nst__plan plan = {.height = 0};
    NST_TRY(nst__statistics_create(&source->statistics));
    NST_TRY(nst__plan_make(&plan, config, least, least, false, source, 1, limit, 0));
    if (limit && plan.bytes > limit)
        NST_TRY(nst__fail(NST_ERR_MEMORY_LIMIT,
                          "memory: a style of %zux%zu pixels cannot be measured in the limit, which is %zuM too small",
                          source->width, source->height, (plan.bytes - limit + (1 << 20) - 1) >> 20));
    NST_TRY(nst__objective_create(&objective, config, &plan, NULL, &masks, source));
    nst__statistics_get(source->statistics, &plan.style[0].key, out, count);
out:
    nst__objective_destroy(objective);
    nst__plan_release(&plan);
    nst__statistics_destroy(source->statistics);
    return status;
}

static nst_status measure_size(nst__saved_style *saved, size_t size, const nst__config *config,
                               nst__style_source *source, size_t limit)
{
    float *moments = nst__alloc(nst__plan_statistics_bytes(config), 1), *at = moments;
    nst_status status = NST_OK;
    if (!moments) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(measure(moments, config, source, limit));
    for (size_t i = 0; i < saved->layers; i++) {
        const size_t channels = saved->layer[i].channels;
        float *out = nst__saved_moments(saved, size, i);
        out[0] = at[0];
        keep_moments(out + 1, channels, at + 1);
        at += 1 + channels * channels + channels;
    }
out:
    nst__free(moments);
    return status;
}

/* The bytes that the passes may take; 0: no limit. */
static size_t room(const nst_transfer *transfer, const nst__config *config, const nst__saved_style *saved,
                   const nst_style *style)
{
    const uint64_t most = (uint64_t)nst__settings_int(&transfer->settings, NST_PARAM_MEMORY_LIMIT);
    const uint64_t held = nst__stage_held_bytes(transfer, config, 0, 0) + nst__style_bytes(style) +
                          2 * (uint64_t)nst__saved_style_bytes(saved);
    return !most ? 0 : most > held ? (size_t)(most - held) : 1;
}

static nst_status measure_sizes(nst__saved_style *saved, const nst_transfer *transfer, const nst__config *config,
                                const struct nst__styling *styling)
{
    const nst__config only = measuring(config);
    const size_t limit = room(transfer, config, saved, styling->style);
    nst_status status = NST_OK;
    for (size_t i = 0; i < saved->sizes; i++) {
        nst__style_source source = nst__style_source_at(styling, saved->size[i].height, saved->size[i].width);
        NST_TRY(measure_size(saved, i, &only, &source, limit));
    }
out:
    return status;
}

/* ---- What the file says ---- */

static nst_status set_text(nst__saved_style *saved, nst_style_key key, const char *text)
{
    saved->text[key] = nst__copy_text(text);
    return saved->text[key] ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

/* The file of the model without its folder, which is nobody's business. */
static nst_status set_model(nst__saved_style *saved, const nst_model *model)
{
    const char *source = nst_model_text(model, NST_MODEL_SOURCE), *slash = strrchr(source, '/');
    char name[NOTE_MOST + 1];
    nst_text_escape(name, sizeof name, slash ? slash + 1 : source);
    return set_text(saved, NST_STYLE_MODEL, name);
}

static nst_status set_lists(nst__saved_style *saved)
{
    char layers[NST__MAX_TAPS * sizeof saved->layer[0].name], sizes[NST__SAVED_SIZES * 24];
    nst_status status = NST_OK;
    size_t used = 0;
    for (size_t i = 0; i < saved->layers; i++)
        used += (size_t)snprintf(layers + used, sizeof layers - used, "%s%s", i ? "," : "", saved->layer[i].name);
    NST_TRY(set_text(saved, NST_STYLE_LAYERS, layers));
    used = 0;
    for (size_t i = 0; i < saved->sizes; i++)
        used += (size_t)snprintf(sizes + used, sizeof sizes - used, "%s%zux%zu", i ? "," : "", saved->size[i].width,
                                 saved->size[i].height);
    if (used > NOTE_MOST) return nst__fail(NST_ERR_RANGE, "style: expected fewer sizes than %zu", saved->sizes);
    NST_TRY(set_text(saved, NST_STYLE_SIZES, sizes));
out:
    return status;
}

static nst_status set_texts(nst__saved_style *saved, const nst_transfer *transfer, const nst_style *style,
                            nst__type type, const char *license)
{
    const nst__settings *settings = &transfer->settings;
    nst_status status = NST_OK;
    char picture[48], hash[NST__HASH_TEXT];
    snprintf(picture, sizeof picture, "%zux%zu", style->width, style->height);
    nst__hash_text(hash, saved->hash);
    NST_TRY(set_text(saved, NST_STYLE_PICTURE, picture));
    NST_TRY(set_model(saved, transfer->model));
    NST_TRY(set_text(saved, NST_STYLE_MODEL_HASH, hash));
    NST_TRY(set_lists(saved));
    NST_TRY(set_text(saved, NST_STYLE_PADDING, nst__settings_text(settings, NST_PARAM_PADDING)));
    NST_TRY(set_text(saved, NST_STYLE_POOLING, nst__settings_text(settings, NST_PARAM_POOLING)));
    NST_TRY(set_text(saved, NST_STYLE_DTYPE, nst__type_name(type)));
    NST_TRY(set_text(saved, NST_STYLE_MASKED, style->image->alpha ? "yes" : "no"));
    NST_TRY(set_text(saved, NST_STYLE_VERSION, nst_version()));
    if (license) NST_TRY(set_text(saved, NST_STYLE_LICENSE, license));
out:
    return status;
}

/* ---- All of it ---- */

static nst_status check(const nst_transfer *transfer, const nst_style *style, nst_dtype dtype, const char *license)
{
    const char *color = nst__settings_text(&transfer->settings, NST_PARAM_COLOR);
    if (style->saved) return nst__fail(NST_ERR_STATE, "style: expected one with a picture, found one from a file");
    if (dtype != NST_DTYPE_F32 && dtype != NST_DTYPE_F16)
        return nst__fail(NST_ERR_ARGUMENT, "dtype of a style: expected f32 or f16, found %d", (int)dtype);
    if (strcmp(color, "style") != 0)
        return nst__fail(NST_ERR_STATE, "color: expected style, as a style is saved in its own colours, found %s",
                         color);
    if (license && (strlen(license) > NOTE_MOST || nst_text_escape(NULL, 0, license) != strlen(license)))
        return nst__fail(NST_ERR_ARGUMENT, "license: expected a line of at most %d bytes of UTF-8", NOTE_MOST);
    return NST_OK;
}

static nst_status set_layers(nst__saved_style *saved, const nst__config *config)
{
    const nst_model *model = config->model;
    size_t last = 0;
    if (!config->style_taps)
        return nst__fail(NST_ERR_STATE, "style: expected a style layer with a weight above 0, and a style-weight");
    for (size_t i = 0; i < config->style_taps; i++) {
        const size_t layer = config->style_tap[i].layer;
        struct nst__saved_layer *out = &saved->layer[saved->layers++];
        snprintf(out->name, sizeof out->name, "%s", nst__model_topology(model)->layer[layer].name);
        out->channels = nst__model_channels(model, layer);
        last = layer > last ? layer : last;
    }
    saved->hash = nst__model_fingerprint(model, last);
    return NST_OK;
}

static nst_status save(nst_transfer *transfer, const nst_style *style, const char *path, nst__type type,
                       const char *license)
{
    const struct nst__styling styling = {.style = (nst_style *)(uintptr_t)style, .share = 1};
    nst_status status = NST_OK;
    nst__config config;
    nst__saved_style *saved = nst__zalloc(1, sizeof *saved);
    if (!saved) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(nst__transfer_enter(transfer));
    NST_TRY(nst__run_ranks_refuse(transfer, "nst_transfer_save_style"));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(set_layers(saved, &config));
    NST_TRY(add_sizes(saved, transfer, &config, &styling));
    NST_TRY(nst__saved_style_open(saved));
    NST_TRY(set_texts(saved, transfer, style, type, license));
    NST_TRY(measure_sizes(saved, transfer, &config, &styling));
    NST_TRY(nst__style_file_write(saved, path, type));
out:
    nst__saved_style_destroy(saved);
    return status;
}

nst_status nst_transfer_save_style(nst_transfer *transfer, const nst_style *style, const char *path, nst_dtype dtype,
                                   const char *license)
{
    nst_status status = NST_OK;
    NST_NEED(transfer);
    NST_NEED(style);
    NST_NEED(path);
    NST_TRY(check(transfer, style, dtype, license));
    NST_TRY(nst__transfer_begin(transfer, __func__));
    nst__transfer_forget(transfer, false);
    status = nst__transfer_end(transfer, __func__,
                               save(transfer, style, path, dtype == NST_DTYPE_F16 ? NST__F16 : NST__F32, license));
out:
    return status;
}
