#include "model/model.h"
#include "model/handle.h"

#include <string.h>

/* Users share a model as const. Only the count of its references changes. */
uint64_t nst__model_id(const nst_model *model)
{
    return model->id;
}

const nst_model *nst__model_hold(const nst_model *model)
{
    atomic_fetch_add(&((nst_model *)(uintptr_t)model)->references, 1);
    return model;
}

const nst__topology *nst__model_topology(const nst_model *model)
{
    return model->topology;
}

size_t nst__model_layers(const nst_model *model)
{
    return model->count;
}

const nst__conv *nst__model_conv(const nst_model *model, size_t layer)
{
    return model->conv[layer];
}

/* A layer without weights has the channels of its input. */
size_t nst__model_channels(const nst_model *model, size_t layer)
{
    while (layer > 0 && !model->conv[layer])
        layer = nst__topology_input(model->topology, layer);
    return layer > 0 ? nst__conv_out(model->conv[layer]) : 3;
}

size_t nst__model_channels_in(const nst_model *model, size_t layer)
{
    return nst__model_channels(model, nst__topology_input(model->topology, layer));
}

/* The last layer with weights. */
static size_t deepest_conv(const nst_model *model)
{
    size_t layer = model->count - 1;
    while (layer > 0 && !model->conv[layer])
        layer--;
    return layer;
}

static bool is_known(const char *name)
{
    const nst__topology *topology;
    for (size_t i = 0; (topology = nst__topology_at(i)); i++) {
        const size_t layer = nst__topology_find(topology, name);
        if (layer != NST__LAYERS_MAX && nst__topology_is_feature(topology, layer)) return true;
    }
    return false;
}

nst_status nst__model_find(const nst_model *model, const char *name, size_t *layer)
{
    const nst__topology *topology = model->topology;
    const char *deepest = topology->layer[deepest_conv(model)].name;
    *layer = nst__topology_find(topology, name);
    if (*layer < model->count && nst__topology_is_feature(topology, *layer)) return NST_OK;
    if (!is_known(name))
        return nst__fail(NST_ERR_NAME, "expected a layer of VGG as conv1_1 or relu1_1 to %s, found '%s'", deepest,
                         name);
    if (*layer == NST__LAYERS_MAX)
        return nst__fail(NST_ERR_NO_LAYER, "%s: the model is a %s, which has no such layer; its deepest is %s", name,
                         topology->name, deepest);
    return nst__fail(NST_ERR_NO_LAYER, "%s: the model ends before; its deepest layer is %s%s", name, deepest,
                     strcmp(model->format, "embedded") == 0 ? " (nst model fetch vgg19 brings a deeper model)" : "");
}

nst__input_space nst__model_input_space(const nst_model *model)
{
    return nst__input_space_of(model->input);
}

/* ---- Public functions ---- */

/* The public index of layer LAYER: the number of feature layers before it. */
static size_t features_before(const nst_model *model, size_t layer)
{
    size_t count = 0;
    for (size_t i = 0; i < layer; i++)
        count += nst__topology_is_feature(model->topology, i);
    return count;
}

size_t nst_model_layer_count(const nst_model *model)
{
    return model ? features_before(model, model->count) : 0;
}

nst_status nst_model_layer(const nst_model *model, size_t index, const char **name, uint32_t *channels)
{
    if (name) *name = NULL;
    if (channels) *channels = 0;
    NST_NEED(model);
    const size_t count = nst_model_layer_count(model);
    if (index >= count) return nst__fail(NST_ERR_RANGE, "layer: expected 0 to %zu, found %zu", count - 1, index);
    size_t layer = 0;
    while (features_before(model, layer + 1) <= index)
        layer++;
    if (name) *name = model->topology->layer[layer].name;
    if (channels) *channels = (uint32_t)nst__model_channels(model, layer);
    return NST_OK;
}

nst_status nst_model_find_layer(const nst_model *model, const char *name, size_t *index)
{
    size_t layer;
    if (index) *index = 0;
    NST_NEED(model);
    NST_NEED(name);
    nst_status status = nst__model_find(model, name, &layer);
    if (status == NST_OK && index) *index = features_before(model, layer);
    return status;
}

uint64_t nst_model_parameter_count(const nst_model *model)
{
    uint64_t sum = 0;
    for (size_t i = 0; model && i < model->count; i++)
        if (model->conv[i]) sum += (uint64_t)nst__conv_out(model->conv[i]) * (9 * nst__conv_in(model->conv[i]) + 1);
    return sum;
}

nst_input nst_model_input(const nst_model *model)
{
    return model ? model->input : NST_INPUT_AUTO;
}

const char *nst_model_text(const nst_model *model, nst_model_key key)
{
    if (!model) return "";
    switch (key) {
    case NST_MODEL_SOURCE: return model->source;
    case NST_MODEL_FORMAT: return model->format;
    case NST_MODEL_TOPOLOGY: return model->topology->name;
    case NST_MODEL_DTYPE: return model->dtype;
    case NST_MODEL_INPUT_SAID: return model->input_said;
    case NST_MODEL_CREDIT: return model->credit ? model->credit : "";
    case NST_MODEL_KEY_FORCE_32BIT: break;
    }
    return "";
}
