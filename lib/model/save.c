/*
 * Writes models as safetensors with torchvision's keys.
 */
#include "base/alloc.h"
#include "format/safetensors_write.h"
#include "model/handle.h"
#include "model/input.h"
#include "model/model.h"

#include <stdio.h>

static void put_layer(nst__safetensors *file, const nst_model *model, size_t layer, nst__type type)
{
    const nst__conv *conv = model->conv[layer];
    const size_t shape[] = {nst__conv_out(conv), nst__conv_in(conv), 3, 3};
    const int number = model->topology->layer[layer].number;
    char name[32];
    snprintf(name, sizeof name, "features.%d.weight", number);
    nst__safetensors_tensor(file, name, type, 4, shape);
    snprintf(name, sizeof name, "features.%d.bias", number);
    nst__safetensors_tensor(file, name, type, 1, shape);
}

static void put_header(nst__safetensors *file, const nst_model *model, size_t layers, nst__type type)
{
    size_t last = layers - 1;
    char all[64];
    while (!model->conv[last])
        last--;
    snprintf(all, sizeof all, "conv1_1..%s", model->topology->layer[last].name);
    nst__safetensors_note(file, "architecture", model->topology->name);
    nst__safetensors_note(file, "input", nst__input_text(model->input));
    nst__safetensors_note(file, "layers", all);
    if (model->credit && *model->credit) nst__safetensors_note(file, "credit", model->credit);
    for (size_t i = 0; i < layers; i++)
        if (model->conv[i]) put_layer(file, model, i, type);
}

static nst_status put_numbers(unsigned char *out, const nst_model *model, size_t layers, nst__type type)
{
    for (size_t i = 0; i < layers; i++) {
        const nst__conv *conv = model->conv[i];
        if (!conv) continue;
        const size_t channels = nst__conv_out(conv), n = channels * nst__conv_in(conv) * 9;
        bool fits = nst__numbers_write(out, n, type, nst__conv_weights(conv));
        out += n * nst__type_size(type);
        fits &= nst__numbers_write(out, channels, type, nst__conv_bias(conv));
        out += channels * nst__type_size(type);
        if (!fits)
            return nst__fail(NST_ERR_RANGE, "%s: weights above 65504 do not fit f16: f32 or bf16 holds them",
                             model->topology->layer[i].name);
    }
    return NST_OK;
}

nst_status nst_model_save(const nst_model *model, const char *path, nst_dtype dtype, const char *upto)
{
    nst_status status = NST_OK;
    nst__safetensors file = {0};
    unsigned char *numbers = NULL;
    nst__type type = NST__F32;
    size_t layers, count = 0;
    NST_NEED(model);
    NST_NEED(path);
    layers = model->count;
    NST_TRY(nst__dtype_type(&type, dtype));
    if (upto) {
        NST_TRY(nst__model_find(model, upto, &layers));
        layers++;
    }
    for (size_t i = 0; i < layers; i++)
        if (model->conv[i]) count += nst__conv_out(model->conv[i]) * (nst__conv_in(model->conv[i]) * 9 + 1);
    numbers = nst__alloc(count, nst__type_size(type));
    if (!numbers) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(put_numbers(numbers, model, layers, type));
    put_header(&file, model, layers, type);
    NST_TRY(nst__safetensors_write(&file, path, numbers));
out:
    nst__safetensors_release(&file);
    nst__free(numbers);
    return status;
}
