/*
 * Makes convolutions from tensors. Each tensor is checked against the layer before it, then copied.
 */
#include "model/weights.h"

#include "base/alloc.h"
#include "model/handle.h"
#include "model/input.h"
#include "model/model.h"
#include "model/network.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void shape_text(char *text, size_t size, const nst__tensor *tensor)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < tensor->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i ? ", " : "", tensor->shape[i]);
}

static nst_status check_numbers(const char *file, const nst__tensor *t)
{
    if (t->fault) return nst__fail(t->fault_status, "%s: %s: %s", file, t->name, t->fault);
    if (t->type == NST__OTHER)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected numbers of type F32, F16, BF16 or F64", file, t->name);
    return NST_OK;
}

static nst_status check_weight(const char *file, const nst__tensor *t, size_t in)
{
    char found[128];
    nst_status status = check_numbers(file, t);
    if (status != NST_OK) return status;
    shape_text(found, sizeof found, t);
    if (t->rank != 4 || t->shape[0] == 0 || t->shape[1] != in || t->shape[2] != 3 || t->shape[3] != 3)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected shape [channels, %zu, 3, 3], found [%s]", file, t->name,
                         in, found);
    return NST_OK;
}

static nst_status check_bias(const char *file, const nst__tensor *t, size_t channels)
{
    char found[128];
    nst_status status = check_numbers(file, t);
    if (status != NST_OK) return status;
    shape_text(found, sizeof found, t);
    if (t->rank != 1 || t->shape[0] != channels)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: %s: expected shape [%zu], found [%s]", file, t->name, channels,
                         found);
    return NST_OK;
}

/* A view of a kernel [3, 3, in, out] as [out, in, 3, 3]. */
static nst__tensor turned(const nst__tensor *file)
{
    static const int from[4] = {3, 2, 0, 1};
    nst__tensor tensor = *file;
    for (int i = 0; i < 4 && file->rank == 4; i++) {
        tensor.shape[i] = file->shape[from[i]];
        tensor.stride[i] = file->stride[from[i]];
    }
    return tensor;
}

static nst_status add_layer(nst_model *model, const nst__table *table, const nst__network *network)
{
    nst_status status = NST_OK;
    const size_t i = model->count, in = nst__model_channels_in(model, i);
    const nst__tensor *bias = network->bias[i];
    const nst__tensor weight = nst__naming_turned(network->naming) ? turned(network->weight[i]) : *network->weight[i];
    const char *file = table->source->name;
    nst__conv *conv;
    NST_TRY(check_weight(file, &weight, in));
    if (bias) NST_TRY(check_bias(file, bias, (size_t)weight.shape[0]));
    NST_TRY(nst__conv_create(&conv, in, (size_t)weight.shape[0], NULL, NULL));
    nst__model_add(model, conv); /* the model now owns it */
    NST_TRY(nst__tensor_read(nst__conv_fill_weights(conv), table, &weight));
    if (bias)
        NST_TRY(nst__tensor_read(nst__conv_fill_bias(conv), table, bias));
    else
        memset(nst__conv_fill_bias(conv), 0, nst__conv_out(conv) * sizeof(float));
out:
    return status;
}

static const char *common_type(const nst__network *network)
{
    nst__type type = network->weight[1]->type;
    for (size_t i = 0; i < network->layers; i++)
        if ((network->weight[i] && network->weight[i]->type != type) ||
            (network->bias[i] && network->bias[i]->type != type))
            return "mixed";
    return nst__type_name(type);
}

/* The first of these that gives the input space: the caller, the metadata, the format, the weights. Unknown metadata
 * are an error unless the caller decides. */
static nst_status find_input(nst_model *model, const nst__table *table, nst__naming naming, nst_input caller)
{
    const char *said = nst__table_find_note(table, "input");
    if (said && caller == NST_INPUT_AUTO && !nst__input_parse(&model->input, said))
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: metadata: input: expected bgr255, rgb01 or rgb255, found '%.100s'",
                         table->source->name, said);
    model->input_said = "metadata";
    if (caller != NST_INPUT_AUTO) {
        model->input = caller;
        model->input_said = "caller";
    } else if (!said && (naming == NST__BY_KERAS || naming == NST__BY_ORDER)) {
        model->input = NST_INPUT_BGR255; /* Keras' VGGs are always Caffe's */
        model->input_said = "format";
    } else if (!said) {
        model->input = nst__input_of_values(model->conv[1]);
        model->input_said = "values of conv1_1";
    }
    return NST_OK;
}

/* Joins credit, source and licence of the metadata into one line. */
static nst_status keep_credit(nst_model *model, const nst__table *table)
{
    static const char *const keys[] = {"credit", "source", "license", "licence"};
    char line[512] = "";
    for (size_t i = 0; i < table->notes; i++)
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const char *value = table->note[i].value, *separator = *line ? "; " : "";
            const size_t used = strlen(line);
            if (strcmp(table->note[i].key, keys[k]) != 0 || !*value ||
                used + strlen(separator) + strlen(value) >= sizeof line)
                continue;
            snprintf(line + used, sizeof line - used, "%s%s", separator, value);
        }
    model->credit = nst__copy_text(line);
    return model->credit ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

nst_status nst__weights_build(nst_model **out, const nst__table *table, nst_input input)
{
    nst_status status = NST_OK;
    nst_model *model = NULL;
    nst__network network;
    *out = NULL;
    NST_TRY(nst__network_find(&network, table));
    NST_TRY(nst__model_create(&model, network.topology, table->source->name, table->format));
    for (size_t i = 0; i < network.convs; i++)
        NST_TRY(add_layer(model, table, &network));
    model->dtype = common_type(&network);
    NST_TRY(find_input(model, table, network.naming, input));
    NST_TRY(keep_credit(model, table));
out:
    if (status != NST_OK) {
        nst_model_destroy(model);
        model = NULL;
    }
    *out = model;
    return status;
}
