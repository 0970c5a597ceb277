#include "objective/net.h"
#include "base/assert.h"
#include "base/decimal.h"
#include "base/param.h"

#include <string.h>

enum { ITEM = 64 };

/* Parses one item of LENGTH bytes, "NAME" or "NAME=WEIGHT". */
static nst_status parse_item(nst__tap *out, const nst_model *model, const char *param, const char *item, size_t length)
{
    char text[ITEM], *weight;
    nst_status status = NST_OK;
    if (length == 0 || length >= sizeof text)
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected layers as conv1_1 or conv1_1=0.5, with commas between", param);
    memcpy(text, item, length);
    text[length] = '\0';
    out->weight = 1;
    weight = strchr(text, '=');
    if (weight) {
        *weight++ = '\0';
        if (!nst__parse_float(&out->weight, weight) || out->weight < 0 || out->weight > NST__WEIGHT_MOST)
            return nst__fail(NST_ERR_ARGUMENT, "%s: expected a weight of 0 to 1e30 for %s, found '%s'", param, text,
                             weight);
    }
    NST_TRY(nst__model_find(model, text, &out->layer));
out:
    return status;
}

nst_status nst__taps_parse(nst__tap *out, size_t *count, const nst_model *model, const char *param, const char *text)
{
    nst_status status = NST_OK;
    *count = 0;
    for (const char *item = text; *text; item += strcspn(item, ",") + 1) {
        const size_t length = strcspn(item, ",");
        nst__tap tap;
        NST_TRY(parse_item(&tap, model, param, item, length));
        for (size_t i = 0; i < *count; i++)
            if (out[i].layer == tap.layer)
                return nst__fail(NST_ERR_ARGUMENT, "%s: %.*s stands there twice", param, (int)strcspn(item, "=,"),
                                 item);
        NST_ASSERT(*count < NST__MAX_TAPS);
        if (tap.weight > 0) out[(*count)++] = tap;
        if (!item[length]) break;
    }
out:
    return status;
}

const nst__layer *nst__net_layer(const nst__net *net, size_t layer)
{
    return &nst__model_topology(net->model)->layer[layer];
}

static size_t input_of(const nst__net *net, size_t layer)
{
    return nst__topology_input(nst__model_topology(net->model), layer);
}

static bool is_relu(const nst__net *net, size_t layer)
{
    return nst__net_layer(net, layer)->operation == NST__RELU;
}

void nst__net_tap(nst__net *net, const nst__tap *taps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        net->tapped[taps[i].layer] = true;
        if (net->depth < taps[i].layer + 1) net->depth = taps[i].layer + 1;
        for (size_t l = taps[i].layer; l > 0; l = input_of(net, l))
            net->needed[l] = true;
        net->needed[0] = true;
    }
}

/* ---- Maps and their readers ---- */

size_t nst__net_map(const nst__net *net, size_t layer)
{
    if (!is_relu(net, layer)) return layer;
    NST_ASSERT(nst__net_layer(net, input_of(net, layer))->operation == NST__CONVOLUTION); /* it alone keeps the bits */
    return input_of(net, layer);
}

bool nst__net_has_map(const nst__net *net, size_t layer)
{
    return net->needed[layer] && !is_relu(net, layer);
}

size_t nst__net_input(const nst__net *net, size_t layer)
{
    return nst__net_map(net, input_of(net, layer));
}

bool nst__net_reads_relu(const nst__net *net, size_t layer)
{
    return is_relu(net, input_of(net, layer));
}

size_t nst__net_last_reader(const nst__net *net, size_t layer)
{
    size_t last = layer;
    for (size_t l = layer + 1; l < net->depth; l++)
        if (nst__net_has_map(net, l) && nst__net_input(net, l) == layer) last = l;
    return last;
}

size_t nst__net_first_reader_of_relu(const nst__net *net, size_t layer)
{
    for (size_t l = layer + 1; l < net->depth; l++)
        if (nst__net_has_map(net, l) && nst__net_input(net, l) == layer && nst__net_reads_relu(net, l)) return l;
    return layer;
}

bool nst__net_kept(const nst__net *net, size_t layer)
{
    for (size_t l = layer; l < net->depth; l++)
        if (net->tapped[l] && nst__net_map(net, l) == layer) return true;
    return false;
}

bool nst__net_stores_relu(const nst__net *net, size_t layer)
{
    bool relu = false;
    for (size_t l = layer + 1; l < net->depth; l++) {
        if (!net->needed[l] || input_of(net, l) != layer) continue;
        if (!is_relu(net, l)) return false;
        relu = true;
    }
    return relu && !net->tapped[layer];
}

bool nst__net_rectifies(const nst__net *net, size_t layer)
{
    return is_relu(net, layer) && !nst__net_stores_relu(net, input_of(net, layer));
}

/* ---- Names and sizes ---- */

size_t nst__net_channels(const nst__net *net, size_t layer)
{
    return nst__model_channels(net->model, layer);
}

size_t nst__net_step(const nst__net *net, size_t layer)
{
    return nst__topology_step(nst__model_topology(net->model), layer);
}

size_t nst__net_least(const nst__net *net)
{
    size_t least = 1;
    for (size_t l = 0; l < net->depth; l++) {
        const size_t step = net->needed[l] ? nst__net_step(net, l) : 1;
        least = step > least ? step : least;
    }
    return least;
}

nst_status nst__net_check(const nst__net *net, size_t height, size_t width)
{
    const size_t least = nst__net_least(net);
    if (height >= least && width >= least) return NST_OK;
    return nst__fail(NST_ERR_TOO_SMALL, "a picture of %zux%zu is too small for %s, which needs %zux%zu", width, height,
                     nst__net_layer(net, net->depth - 1)->name, least, least);
}

size_t nst__net_halo(const nst__net *net)
{
    const size_t step = nst__net_least(net);
    size_t most = 0;
    for (size_t l = 0; l < net->depth; l++) {
        const size_t reach = net->needed[l] ? nst__topology_reach(nst__model_topology(net->model), l) : 0;
        most = reach > most ? reach : most;
    }
    return (most + step - 1) / step * step;
}
