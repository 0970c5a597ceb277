#include "model/handle.h"
#include "base/alloc.h"

/* The number of models made so far, which is the id of the next one. */
static _Atomic uint64_t models;

/* Adds layers without weights, up to the next layer that has weights. */
static void add_layers(nst_model *model)
{
    const size_t layers = nst__topology_layers(model->topology);
    while (model->count < layers && !nst__topology_has_weights(model->topology, model->count))
        model->count++;
}

nst_status nst__model_create(nst_model **out, const nst__topology *topology, const char *source, const char *format)
{
    *out = NULL;
    nst_model *model = nst__zalloc(1, sizeof *model);
    if (!model) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&model->references, 1);
    model->id = atomic_fetch_add(&models, 1);
    model->topology = topology;
    model->format = format;
    model->dtype = "f32";
    model->input_said = "";
    add_layers(model);
    model->source = nst__copy_text(source);
    if (!model->source) {
        nst_model_destroy(model);
        return NST_ERR_OUT_OF_MEMORY;
    }
    *out = model;
    return NST_OK;
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

void nst__model_add(nst_model *model, nst__conv *conv)
{
    model->conv[model->count++] = conv;
    add_layers(model);
}
