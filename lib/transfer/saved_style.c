#include "transfer/saved_style.h"
#include "base/alloc.h"
#include "base/param.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

nst_status nst__saved_style_open(nst__saved_style *saved)
{
    saved->floats = 0;
    for (size_t i = 0; i < saved->layers; i++) {
        const size_t channels = saved->layer[i].channels;
        saved->layer[i].at = saved->floats;
        saved->floats += 1 + channels + nst__triangle(channels);
    }
    saved->moments = nst__alloc(saved->floats, saved->sizes * sizeof *saved->moments);
    return saved->moments ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

void nst__saved_style_destroy(nst__saved_style *saved)
{
    if (!saved) return;
    for (size_t i = 0; i < NST__STYLE_TEXTS; i++)
        nst__free(saved->text[i]);
    nst__free(saved->moments);
    nst__free(saved);
}

size_t nst__saved_style_bytes(const nst__saved_style *saved)
{
    return sizeof *saved + saved->floats * saved->sizes * sizeof *saved->moments;
}

float *nst__saved_moments(const nst__saved_style *saved, size_t size, size_t layer)
{
    return saved->moments + size * saved->floats + saved->layer[layer].at;
}

const char *nst__style_note(nst_style_key key)
{
    static const char *const names[NST__STYLE_TEXTS] = {
        [NST_STYLE_PICTURE] = "picture", [NST_STYLE_MODEL] = "model",     [NST_STYLE_MODEL_HASH] = "model_hash",
        [NST_STYLE_LAYERS] = "layers",   [NST_STYLE_SIZES] = "sizes",     [NST_STYLE_PADDING] = "padding",
        [NST_STYLE_POOLING] = "pooling", [NST_STYLE_DTYPE] = "dtype",     [NST_STYLE_MASKED] = "masked",
        [NST_STYLE_LICENSE] = "license", [NST_STYLE_VERSION] = "version",
    };
    return names[key];
}

void nst__hash_text(char out[NST__HASH_TEXT], uint64_t hash)
{
    snprintf(out, NST__HASH_TEXT, "%016" PRIx64, hash);
}

/* ---- Does it fit? ---- */

static nst_status fail_of_model(const nst__saved_style *saved, const nst_model *model, const char *found)
{
    return nst__fail(NST_ERR_ARGUMENT, "%s: expected the model that it was measured with, %s with hash %s, found %s %s",
                     saved->text[NST_STYLE_SOURCE], saved->text[NST_STYLE_MODEL], saved->text[NST_STYLE_MODEL_HASH],
                     nst_model_text(model, NST_MODEL_SOURCE), found);
}

nst_status nst__saved_style_check_model(const nst__saved_style *saved, const nst_model *model)
{
    size_t last = 0;
    char found[NST__HASH_TEXT + 16];
    for (size_t i = 0; i < saved->layers; i++) {
        size_t layer;
        if (nst__model_find(model, saved->layer[i].name, &layer) != NST_OK)
            return fail_of_model(saved, model, "without one of its layers");
        if (nst__model_channels(model, layer) != saved->layer[i].channels)
            return fail_of_model(saved, model, "with other channels");
        last = layer > last ? layer : last;
    }
    const uint64_t hash = nst__model_fingerprint(model, last);
    if (hash == saved->hash) return NST_OK;
    snprintf(found, sizeof found, "with hash %016" PRIx64, hash);
    return fail_of_model(saved, model, found);
}

size_t nst__saved_find_layer(const nst__saved_style *saved, const char *name)
{
    size_t i = 0;
    while (i < saved->layers && strcmp(saved->layer[i].name, name) != 0)
        i++;
    return i;
}

size_t nst__saved_find_size(const nst__saved_style *saved, size_t height, size_t width)
{
    size_t i = 0;
    while (i < saved->sizes && (saved->size[i].height != height || saved->size[i].width != width))
        i++;
    return i;
}

static nst_status check_choice(const nst__saved_style *saved, nst_param param, const char *text, int64_t wanted)
{
    const nst__param *row = nst__param_find(param);
    const nst__choice *choice = nst__param_choice(row, NULL, wanted);
    if (strcmp(choice->name, text) == 0) return NST_OK;
    return nst__fail(NST_ERR_STATE, "%s: it was measured with %s %s, and not with %s", saved->text[NST_STYLE_SOURCE],
                     row->name, text, choice->name);
}

nst_status nst__saved_style_check(const nst__saved_style *saved, const nst__config *config, struct nst__saved_size size,
                                  size_t height, size_t width)
{
    const nst__topology *topology = nst__model_topology(config->model);
    nst_status status = NST_OK;
    NST_TRY(check_choice(saved, NST_PARAM_PADDING, saved->text[NST_STYLE_PADDING], config->padding));
    NST_TRY(check_choice(saved, NST_PARAM_POOLING, saved->text[NST_STYLE_POOLING], config->pooling));
    for (size_t i = 0; i < config->style_taps; i++) {
        const char *name = topology->layer[config->style_tap[i].layer].name;
        if (nst__saved_find_layer(saved, name) == saved->layers)
            return nst__fail(NST_ERR_STATE, "%s: it was measured at the layers %s, and not at %s",
                             saved->text[NST_STYLE_SOURCE], saved->text[NST_STYLE_LAYERS], name);
    }
    if (nst__saved_find_size(saved, size.height, size.width) == saved->sizes)
        return nst__fail(
            NST_ERR_STATE, "%s: it was measured at the sizes %s, and not at %zux%zu, which a picture of %zux%zu needs",
            saved->text[NST_STYLE_SOURCE], saved->text[NST_STYLE_SIZES], size.width, size.height, width, height);
out:
    return status;
}

void nst__saved_style_recall(float *out, const nst__saved_style *saved, const nst__config *config, size_t height,
                             size_t width)
{
    const nst__topology *topology = nst__model_topology(config->model);
    const nst__term_type *type = config->style_loss;
    const size_t size = nst__saved_find_size(saved, height, width);
    for (size_t i = 0; i < config->style_taps; i++) {
        const size_t layer = nst__saved_find_layer(saved, topology->layer[config->style_tap[i].layer].name);
        const size_t channels = saved->layer[layer].channels;
        const float *moments = nst__saved_moments(saved, size, layer), *mean = moments + 1;
        *out++ = moments[0];
        nst__term_recall(out, type, channels, mean, mean + channels);
        out += type->sizes(channels).sums;
    }
}
