#include "painter/painter_net.h"
#include "base/alloc.h"
#include "base/assert.h"

#include <math.h>
#include <string.h>

static size_t kernel_count(const nst__painter_net *net, size_t layer)
{
    const nst__layer *row = net->layer[layer].row;
    return net->layer[net->layer[layer].x].channels * (size_t)(row->kernel * row->kernel);
}

/* Everything but the weights' memory. */
static void lay_out(nst__painter_net *net, const nst__topology *topology)
{
    net->layers = nst__topology_layers(topology);
    for (size_t i = 0; i < net->layers; i++) {
        nst__painter_layer *layer = &net->layer[i];
        const nst__operation operation = topology->layer[i].operation;
        const bool normalised = i + 1 < net->layers && topology->layer[i + 1].operation == NST__NORM;
        layer->row = &topology->layer[i];
        layer->type = nst__operation_type_of(operation);
        layer->x = i > 0 ? net->layer[i - 1].map : 0;
        layer->map = operation == NST__RELU ? layer->x : i;
        layer->other = operation == NST__ADD ? net->layer[layer->row->input].map : 0;
        layer->channels = layer->row->channels ? layer->row->channels : net->layer[layer->x].channels;
        if (operation == NST__RELU) {
            NST_ASSERT(net->layer[layer->x].row->operation == NST__NORM);
            net->layer[layer->x].relu = true;
            continue;
        }
        if (layer->row->stride > 1) net->inner_first = i;
        if (operation == NST__UPSAMPLE && !net->inner_last) net->inner_last = layer->x;
        net->layer[layer->x].last_reader = i;
        net->layer[layer->other].last_reader = i;
        if (!layer->type->weights) continue;
        layer->weights = net->count;
        layer->count = layer->channels * (operation == NST__NORM ? 1 : kernel_count(net, i));
        layer->bias = layer->weights + layer->count;
        layer->biases = normalised ? 0 : layer->channels;
        net->count = layer->bias + layer->biases;
    }
}

nst_status nst__painter_net_create(nst__painter_net **out)
{
    nst_status status = NST_OK;
    nst__painter_net *net = nst__zalloc(1, sizeof *net);
    *out = NULL;
    if (!net) return NST_ERR_OUT_OF_MEMORY;
    lay_out(net, &nst__johnson);
    net->weights = nst__alloc_aligned(net->count, sizeof *net->weights);
    if (!net->weights) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    memset(net->weights, 0, net->count * sizeof *net->weights);
    for (size_t i = 0; i < net->layers; i++) {
        nst__painter_layer *layer = &net->layer[i];
        if (layer->row->operation != NST__CONVOLUTION) continue;
        NST_TRY(nst__conv_create(&layer->conv, net->layer[layer->x].channels, layer->channels, NULL, NULL));
        memset(nst__conv_fill_bias(layer->conv), 0, layer->channels * sizeof(float));
    }
    *out = net;
    net = NULL;
out:
    nst__painter_net_destroy(net);
    return status;
}

void nst__painter_net_destroy(nst__painter_net *net)
{
    if (!net) return;
    for (size_t i = 0; i < net->layers; i++)
        nst__conv_destroy(net->layer[i].conv);
    nst__free_aligned(net->weights);
    nst__free(net);
}

/* SplitMix64 (Steele, Lea and Flood 2014), as a number in -1..1. */
static float uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (float)((double)((z ^ z >> 31) >> 40) / (1 << 23) - 1);
}

/* PyTorch's choice: uniform within 1 / sqrt(numbers that an output reads). */
void nst__painter_net_randomise(nst__painter_net *net, uint64_t seed)
{
    memset(net->weights, 0, net->count * sizeof *net->weights);
    for (size_t i = 0; i < net->layers; i++) {
        const nst__painter_layer *layer = &net->layer[i];
        const bool norm = layer->row->operation == NST__NORM;
        const float scale = layer->count && !norm ? 1 / sqrtf((float)kernel_count(net, i)) : 0;
        for (size_t k = 0; k < layer->count; k++)
            net->weights[layer->weights + k] = norm ? 1 : scale * uniform(&seed);
    }
}

/* A layer's weights, and their packed forms. */
static void renew_layer(void *user, size_t index, int worker)
{
    nst__painter_net *net = user;
    const nst__painter_layer *layer = &net->layer[index];
    (void)worker;
    if (!layer->conv) return;
    memcpy(nst__conv_fill_weights(layer->conv), net->weights + layer->weights, layer->count * sizeof(float));
    nst__conv_renew(layer->conv);
}

void nst__painter_net_renew(nst__painter_net *net, nst__workers *workers)
{
    if (workers) {
        nst__workers_run(workers, net->layers, renew_layer, net);
        return;
    }
    for (size_t i = 0; i < net->layers; i++)
        renew_layer(net, i, 0);
}

size_t nst__painter_net_reach(const nst__painter_net *net, size_t from, size_t to)
{
    size_t step = 1, reach = 0;
    for (size_t i = 1; i <= to; i++) {
        const nst__layer *row = net->layer[i].row;
        const bool up = row->operation == NST__UPSAMPLE;
        if (up) step /= 2;
        if (i > from) reach += (size_t)(row->kernel / 2) * step + (up ? step : 0);
        step *= (size_t)row->stride;
    }
    return reach;
}
