#include "objective/layout.h"
#include "nn/backend.h"
#include "loss/term.h"

/* True for a tapped layer that reads the picture, such as conv1_1, if other layers read it. */
bool nst__layout_recomputed(const nst__layout *layout, size_t layer)
{
    const nst__net *net = layout->net;
    return layout->backward && layer > 0 && nst__net_input(net, layer) == 0 && nst__net_kept(net, layer) &&
           nst__net_last_reader(net, layer) != layer;
}

nst__buffer_kind nst__layout_gradient(const nst__layout *layout, size_t layer)
{
    if (nst__layout_recomputed(layout, layer)) return NST__AGAIN;
    return nst__net_kept(layout->net, layer) ? NST__MAP : NST__GRADIENT;
}

static nst__map map_at(const nst__net *net, size_t layer, size_t height, size_t width, float *data)
{
    const size_t step = nst__net_step(net, layer);
    return (nst__map){height / step, width / step, nst__net_channels(net, layer), data};
}

nst__map nst__layout_map(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer)
{
    return map_at(layout->net, layer, layout->height, layout->width,
                  (float *)(void *)(arena + layout->buffer[kind][layer].offset));
}

uint8_t *nst__layout_bits(const nst__layout *layout, char *arena, nst__buffer_kind kind, size_t layer)
{
    const nst__buffer *buffer = &layout->buffer[kind][layer];
    return buffer->bytes ? (uint8_t *)arena + buffer->offset : NULL;
}

const nst__operation_type *nst__layer_type(const nst__net *net, size_t layer)
{
    return nst__engine_backend(net->engine)->operation(nst__net_layer(net, layer)->operation);
}

nst__layer_call nst__layer_call_of(const nst__net *net, size_t layer, size_t height, size_t width)
{
    const nst__layer *row = nst__net_layer(net, layer);
    return (nst__layer_call){
        .engine = net->engine,
        .conv = nst__model_conv(net->model, layer),
        .kernel = row->kernel,
        .stride = row->stride,
        .padding = net->padding,
        .pooling = net->pooling,
        .x = map_at(net, nst__net_input(net, layer), height, width, NULL),
        .y = map_at(net, layer, height, width, NULL),
    };
}

/* ---- The steps in which each buffer is in use ---- */

/* Layer l forward is step l of the computation; this is its step backward. */
static size_t step_back(const nst__layout *layout, size_t layer)
{
    return 2 * layout->net->depth - 1 - layer;
}

static void need(nst__layout *layout, nst__buffer_kind kind, size_t layer, size_t bytes, size_t first, size_t last)
{
    layout->buffer[kind][layer] = (nst__buffer){bytes, (unsigned)first, (unsigned)last, 0};
}

/* The last step that reads the features of LAYER, or the gradient that has replaced them. */
static size_t last_use(const nst__layout *layout, size_t layer)
{
    const nst__net *net = layout->net;
    size_t last = nst__net_last_reader(net, layer);
    if (nst__layout_gradient(layout, layer) == NST__MAP && layout->backward) return step_back(layout, layer);
    for (size_t l = layer + 1; l < net->depth; l++) /* recomputed layers read the picture again */
        if (nst__net_has_map(net, l) && nst__net_input(net, l) == layer && nst__layout_recomputed(layout, l)) {
            const size_t again = step_back(layout, nst__net_last_reader(net, l));
            last = again > last ? again : last;
        }
    return last;
}

static void place_layer(nst__layout *layout, size_t l)
{
    const nst__net *net = layout->net;
    const nst__map map = map_at(net, l, layout->height, layout->width, NULL);
    const size_t positions = map.height * map.width, bytes = positions * map.channels * sizeof(float);
    const size_t back = step_back(layout, l), back_first = step_back(layout, nst__net_last_reader(net, l));
    const size_t relu_reader = nst__net_first_reader_of_relu(net, l);
    const nst__buffer_kind gradient = nst__layout_gradient(layout, l);

    need(layout, NST__MAP, l, bytes, l, last_use(layout, l));
    if (nst__net_kept(net, l))
        need(layout, NST__PARTS, l,
             nst__engine_backend(net->engine)->workspace(map.channels, positions) * sizeof(float), l, l);
    if (!layout->backward) return;
    if (gradient != NST__MAP) need(layout, gradient, l, bytes, back_first, back);
    if (relu_reader != l)
        need(layout, NST__MASK, l, positions * nst__mask_stride(map.channels), l, step_back(layout, relu_reader));
    if (nst__layer_type(net, l)->state) {
        const nst__layer_call call = nst__layer_call_of(net, l, layout->height, layout->width);
        need(layout, NST__STATE, l, nst__layer_type(net, l)->state(&call), l, back);
    }
}

size_t nst__layout_make(nst__layout *layout, size_t height, size_t width)
{
    layout->height = height;
    layout->width = width;
    for (size_t l = 0; l < layout->net->depth; l++)
        if (nst__net_has_map(layout->net, l)) place_layer(layout, l);
    return nst__place_buffers(&layout->buffer[0][0], (size_t)NST__BUFFER_KINDS * NST__LAYERS_MAX);
}
