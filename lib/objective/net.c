#include "objective/net.h"
#include "base/param.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 64 };

/* One item, "NAME" or "NAME=WEIGHT", of LENGTH bytes. */
static nst_status parse_item(nst__use *out, const nst_model *model, const char *param, const char *item, size_t length)
{
    char text[NAME], *weight;
    nst_status status = NST_OK;
    if (length == 0 || length >= sizeof text)
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected layers as conv1_1 or conv1_1=0.5, with commas between", param);
    memcpy(text, item, length);
    text[length] = '\0';
    out->weight = 1;
    weight = strchr(text, '=');
    if (weight) {
        *weight++ = '\0';
        if (!nst__parse_float(&out->weight, weight) || out->weight < 0 || out->weight > 1e30)
            return nst__fail(NST_ERR_ARGUMENT, "%s: expected a weight of 0 to 1e30 for %s, found '%s'", param, text,
                             weight);
    }
    NST_TRY(nst__model_find(model, text, &out->conv, &out->relu));
out:
    return status;
}

nst_status nst__uses_parse(nst__use *out, size_t *count, const nst_model *model, const char *param, const char *text)
{
    nst_status status = NST_OK;
    *count = 0;
    for (const char *item = text; *text; item += strcspn(item, ",") + 1) {
        const size_t length = strcspn(item, ",");
        nst__use use;
        NST_TRY(parse_item(&use, model, param, item, length));
        for (size_t i = 0; i < *count; i++)
            if (out[i].conv == use.conv && out[i].relu == use.relu)
                return nst__fail(NST_ERR_ARGUMENT, "%s: %.*s stands there twice", param, (int)strcspn(item, "=,"),
                                 item);
        if (use.weight > 0) out[(*count)++] = use;
        if (!item[length]) break;
    }
out:
    return status;
}

void nst__net_watch(nst__net *net, const nst__use *uses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (uses[i].relu)
            net->watch[uses[i].conv].after = true;
        else
            net->watch[uses[i].conv].before = true;
        if (net->depth < uses[i].conv + 1) net->depth = uses[i].conv + 1;
    }
}

bool nst__net_kept(const nst__net *net, size_t conv)
{
    return net->watch[conv].before || net->watch[conv].after;
}

bool nst__net_stores_relu(const nst__net *net, size_t conv)
{
    return !net->watch[conv].before;
}

bool nst__net_rectifies(const nst__net *net, size_t conv, bool relu)
{
    return relu && !nst__net_stores_relu(net, conv);
}

size_t nst__net_step(const nst__net *net, size_t conv)
{
    size_t step = 1;
    for (size_t i = 0; i <= conv; i++)
        step *= nst__model_pool_before(net->model, i) ? 2 : 1;
    return step;
}

size_t nst__net_least(const nst__net *net)
{
    return net->depth ? nst__net_step(net, net->depth - 1) : 1;
}

size_t nst__net_halo(const nst__net *net)
{
    const size_t step = nst__net_least(net);
    size_t radius = 0;
    for (size_t i = 0; i < net->depth; i++)
        radius += nst__net_step(net, i);
    return (radius + step - 1) / step * step;
}

size_t nst__net_channels(const nst__net *net, size_t conv)
{
    return nst__conv_out(nst__model_conv(net->model, conv));
}

void nst__net_layer_name(const nst__net *net, size_t conv, bool relu, char name[16])
{
    const char *conv_name = nst__model_conv_name(net->model, conv);
    snprintf(name, 16, "%s%s", relu ? "relu" : "conv", conv_name + 4);
}
