/* The 3x3 convolution as an operation of networks. */
#include "base/assert.h"
#include "nn/conv.h"
#include "nn/conv_any.h"
#include "nn/operation.h"

static nst__conv_call forward_call(const nst__layer_call *call)
{
    return (nst__conv_call){.padding = call->padding,
                            .edges = NST__ALL_EDGES,
                            .relu_x = call->relu_x,
                            .relu_y = call->relu_y,
                            .mask_y = call->mask_y,
                            .gram = call->gram,
                            .slopes = call->slopes};
}

static void forward(const nst__layer_call *call)
{
    const nst__conv_call conv = forward_call(call);
    NST_ASSERT(call->kernel == 3 && call->stride == 1);
    nst__conv_forward(call->conv, call->engine, &conv, call->x, call->y);
}

static void backward(const nst__layer_call *call)
{
    const nst__conv_call conv = {
        .padding = call->padding, .edges = NST__ALL_EDGES, .mask_x = call->mask_x, .accumulate = call->accumulate};
    nst__conv_backward(call->conv, call->engine, &conv, call->y, call->x);
}

static nst__any_conv any_of(const nst__layer_call *call)
{
    return (nst__any_conv){.in = nst__conv_in(call->conv), .out = nst__conv_out(call->conv), .kernel = 3, .stride = 1};
}

static void backward_weights(const nst__layer_call *call)
{
    const nst__any_conv any = any_of(call);
    NST_ASSERT(call->padding == NST_PADDING_REFLECT && !call->dbias);
    nst__any_backward_weights(call->engine, &any, call->x_was, call->y, call->dweights);
}

static bool joins(const nst__layer_call *call, bool back)
{
    const nst__conv_call conv = forward_call(call);
    return !back && nst__conv_joins(call->conv, call->engine, &conv, call->x);
}

static double operations(const nst__layer_call *call)
{
    const nst__map *x = &call->x, *y = &call->y;
    return 2.0 * 9.0 * (double)y->height * (double)y->width * (double)y->channels * (double)x->channels;
}

static nst__conv_use use_of(const nst__layer_call *call, bool both)
{
    return (nst__conv_use){call->x.height, call->x.width, both, call->padding};
}

static nst_status prepare(const nst__layer_call *call, bool both)
{
    const nst__conv_use use = use_of(call, both);
    const nst__any_conv any = any_of(call);
    const nst_status status = nst__conv_prepare(call->conv, call->engine, &use);
    if (status != NST_OK || !call->dweights) return status;
    return nst__engine_reserve(call->engine, nst__any_weights_scratch(call->engine, &any, call->x.width));
}

static size_t prepared_bytes(const nst__layer_call *call, bool both, unsigned *prepared)
{
    const nst__conv_use use = use_of(call, both);
    return nst__conv_prepared_bytes(call->conv, call->engine, &use, prepared);
}

static size_t scratch(const nst__layer_call *call, bool both)
{
    const nst__conv_use use = use_of(call, both);
    return nst__conv_scratch(call->conv, call->engine, &use);
}

const nst__operation_type nst__convolution_operation = {
    .name = "convolution",
    .weights = true,
    .joins = joins,
    .forward = forward,
    .backward = backward,
    .backward_weights = NST__TRAINING ? backward_weights : NULL,
    .needs_x = true,
    .operations = operations,
    .prepare = prepare,
    .prepared_bytes = prepared_bytes,
    .scratch = scratch,
};
