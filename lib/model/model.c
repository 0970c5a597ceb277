#include "base/alloc.h"
#include "model/handle.h"

#include <string.h>

/* Models made so far: the number of the next. */
static _Atomic uint64_t models;

nst_status nst__model_create(nst_model **out, const nst__vgg *vgg, const char *source, const char *format)
{
    *out = NULL;
    nst_model *model = nst__zalloc(1, sizeof *model);
    if (!model) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&model->references, 1);
    model->id = atomic_fetch_add(&models, 1);
    model->vgg = vgg;
    model->format = format;
    model->dtype = "f32";
    model->input_said = "";
    model->source = nst__copy_text(source);
    if (!model->source) {
        nst_model_destroy(model);
        return NST_ERR_OUT_OF_MEMORY;
    }
    *out = model;
    return NST_OK;
}

/* A model is const to all who use it; the count of its users is the one thing in it that changes. */
uint64_t nst__model_id(const nst_model *model)
{
    return model->id;
}

const nst_model *nst__model_hold(const nst_model *model)
{
    atomic_fetch_add(&((nst_model *)(uintptr_t)model)->references, 1);
    return model;
}

void nst_model_destroy(nst_model *model)
{
    if (!model || atomic_fetch_sub(&model->references, 1) != 1) return;
    for (size_t i = 0; i < model->count; i++)
        nst__conv_destroy(model->conv[i]);
    nst__free(model->source);
    nst__free(model->credit);
    nst__free(model);
}

size_t nst__model_convs(const nst_model *model)
{
    return model->count;
}

const nst__conv *nst__model_conv(const nst_model *model, size_t index)
{
    return model->conv[index];
}

bool nst__model_pool_before(const nst_model *model, size_t index)
{
    return index > 0 && model->vgg->conv[index].number == 1;
}

const char *nst__model_conv_name(const nst_model *model, size_t index)
{
    return model->vgg->conv[index].conv;
}

/* Its index among the convolutions of VGG, or NST__CONVS_MAX. */
static size_t find_name(const nst__vgg *vgg, const char *name, bool *relu)
{
    for (size_t i = 0; i < vgg->count; i++) {
        *relu = strcmp(name, vgg->conv[i].relu) == 0;
        if (*relu || strcmp(name, vgg->conv[i].conv) == 0) return i;
    }
    return NST__CONVS_MAX;
}

nst_status nst__model_find(const nst_model *model, const char *name, size_t *index, bool *relu)
{
    const char *deepest = model->vgg->conv[model->count - 1].conv;
    bool any;
    *index = find_name(model->vgg, name, relu);
    if (*index < model->count) return NST_OK;
    if (find_name(&nst__vgg19, name, &any) == NST__CONVS_MAX)
        return nst__fail(NST_ERR_NAME, "expected a layer of VGG as conv1_1 or relu1_1 to %s, found '%s'", deepest,
                         name);
    if (*index == NST__CONVS_MAX)
        return nst__fail(NST_ERR_NO_LAYER, "%s: the model is a %s, which has no such layer; its deepest is %s", name,
                         model->vgg->name, deepest);
    return nst__fail(NST_ERR_NO_LAYER, "%s: the model ends before; its deepest layer is %s%s", name, deepest,
                     strcmp(model->format, "embedded") == 0 ? " (nst model fetch vgg19 brings a deeper model)" : "");
}

nst__input_space nst__model_input_space(const nst_model *model)
{
    return nst__input_space_of(model->input);
}

/* ---- The public face ---- */

size_t nst_model_layer_count(const nst_model *model)
{
    return model ? 2 * model->count : 0;
}

nst_status nst_model_layer(const nst_model *model, size_t index, const char **name, uint32_t *channels)
{
    if (name) *name = NULL;
    if (channels) *channels = 0;
    NST_NEED(model);
    if (index >= 2 * model->count)
        return nst__fail(NST_ERR_RANGE, "layer: expected 0 to %zu, found %zu", 2 * model->count - 1, index);
    const nst__vgg_conv *conv = &model->vgg->conv[index / 2];
    if (name) *name = index % 2 ? conv->relu : conv->conv;
    if (channels) *channels = (uint32_t)nst__conv_out(model->conv[index / 2]);
    return NST_OK;
}

nst_status nst_model_find_layer(const nst_model *model, const char *name, size_t *index)
{
    size_t conv;
    bool relu;
    if (index) *index = 0;
    NST_NEED(model);
    NST_NEED(name);
    nst_status status = nst__model_find(model, name, &conv, &relu);
    if (status == NST_OK && index) *index = 2 * conv + relu;
    return status;
}

uint64_t nst_model_parameter_count(const nst_model *model)
{
    uint64_t sum = 0;
    for (size_t i = 0; model && i < model->count; i++)
        sum += (uint64_t)nst__conv_out(model->conv[i]) * (9 * nst__conv_in(model->conv[i]) + 1);
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
    case NST_MODEL_TOPOLOGY: return model->vgg->name;
    case NST_MODEL_DTYPE: return model->dtype;
    case NST_MODEL_INPUT_SAID: return model->input_said;
    case NST_MODEL_CREDIT: return model->credit ? model->credit : "";
    case NST_MODEL_KEY_FORCE_32BIT: break;
    }
    return "";
}
