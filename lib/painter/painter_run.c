#include "painter/painter_run.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "nn/norm.h"

#include <string.h>

/* Layer l is computed at step l, and goes back at step 2 L - l. */
static unsigned back_of(const nst__painter_run *run, size_t layer)
{
    return (unsigned)(2 * run->net->layers - layer);
}

/* Whether LAYER is computed: a ReLU is not. */
static bool has_map(const nst__painter_run *run, size_t layer)
{
    return layer > run->from && layer <= run->to && run->net->layer[layer].map == layer;
}

/* Without data. */
static nst__layer_call call_of(const nst__painter_run *run, size_t i)
{
    const nst__painter_layer *layer = &run->net->layer[i];
    const float *weights = run->net->weights;
    return (nst__layer_call){.engine = run->engine,
                             .conv = layer->conv,
                             .kernel = layer->row->kernel,
                             .stride = layer->row->stride,
                             .padding = NST_PADDING_REFLECT,
                             .x = run->shape[layer->x],
                             .y = run->shape[i],
                             .other = run->shape[layer->other],
                             .relu_y = layer->relu,
                             .weights = layer->count ? weights + layer->weights : NULL,
                             .bias = layer->biases ? weights + layer->bias : NULL};
}

/* ---- The plan ---- */

static void shape_layers(nst__painter_run *run)
{
    const nst__painter_net *net = run->net;
    run->shape[run->from] = (nst__map){run->height, run->width, net->layer[run->from].channels, NULL};
    for (size_t i = run->from + 1; i <= run->to; i++) {
        const nst__layer *row = net->layer[i].row;
        const nst__map *x = &run->shape[net->layer[i].x];
        const size_t stride = (size_t)row->stride, times = row->operation == NST__UPSAMPLE ? 2 : 1;
        run->shape[i] = (nst__map){x->height / stride * times, x->width / stride * times, net->layer[i].channels, NULL};
    }
}

static size_t map_bytes(const nst__map *map)
{
    return map->height * map->width * map->channels * sizeof(float);
}

/* Operations that read a value and write it. */
static bool overwrites(nst__operation operation)
{
    return operation == NST__NORM || operation == NST__ADD || operation == NST__SIGMOID;
}

/* How long the map of LAYER is needed. */
static unsigned last_use(const nst__painter_run *run, size_t i)
{
    const nst__painter_layer *layer = &run->net->layer[i];
    unsigned last = layer->last_reader ? (unsigned)layer->last_reader : (unsigned)run->net->layers;
    for (size_t reader = i + 1; run->training && reader <= run->to; reader++)
        if (run->net->layer[reader].x == i && run->net->layer[reader].type->needs_x && has_map(run, reader))
            return back_of(run, reader); /* the first of them is the last to go back */
    if (run->training && layer->type->needs_y) last = back_of(run, i);
    return last;
}

static void place_layer(nst__painter_run *run, size_t i)
{
    const nst__painter_layer *layer = &run->net->layer[i];
    const nst__layer_call call = call_of(run, i);
    const unsigned step = (unsigned)i, last = last_use(run, i), end = (unsigned)run->net->layers;
    const size_t state = layer->type->state ? layer->type->state(&call) : 0;
    run->state[i] = (nst__buffer){.bytes = state, .first = step, .last = run->training ? back_of(run, i) : end};
    run->in_place[i] = i;
    if (!run->training && overwrites(layer->row->operation)) {
        run->in_place[i] = run->in_place[layer->x];
        nst__buffer *into = &run->map[run->in_place[i]]; /* without bytes for FROM */
        if (last > into->last) into->last = last;
        return;
    }
    run->map[i] = (nst__buffer){.bytes = map_bytes(&run->shape[i]), .first = step, .last = last};
    if (run->training)
        run->gradient[i] = (nst__buffer){.bytes = map_bytes(&run->shape[i]),
                                         .first = layer->last_reader ? back_of(run, layer->last_reader) : end,
                                         .last = back_of(run, i)};
}

size_t nst__painter_run_plan(nst__painter_run *run, size_t height, size_t width)
{
    nst__buffer all[3 * NST__LAYERS_MAX];
    NST_ASSERT(run->from > 0 || (height % NST__PAINTER_STEP == 0 && width % NST__PAINTER_STEP == 0));
    if (run->to == 0) run->to = run->net->layers - 1;
    run->height = height;
    run->width = width;
    run->in_place[run->from] = run->from;
    memset(run->map, 0, sizeof run->map);
    memset(run->gradient, 0, sizeof run->gradient);
    memset(run->state, 0, sizeof run->state);
    shape_layers(run);
    for (size_t i = 1; i <= run->to; i++)
        if (has_map(run, i)) place_layer(run, i);
    memcpy(all, run->map, sizeof run->map);
    memcpy(all + NST__LAYERS_MAX, run->gradient, sizeof run->gradient);
    memcpy(all + 2 * NST__LAYERS_MAX, run->state, sizeof run->state);
    const size_t bytes = nst__place_buffers(all, 3 * NST__LAYERS_MAX);
    memcpy(run->map, all, sizeof run->map);
    memcpy(run->gradient, all + NST__LAYERS_MAX, sizeof run->gradient);
    memcpy(run->state, all + 2 * NST__LAYERS_MAX, sizeof run->state);
    return bytes;
}

nst_status nst__painter_run_prepare(nst__painter_run *run)
{
    nst_status status = NST_OK;
    float none = 0;
    for (size_t i = 1; i <= run->to; i++) {
        nst__layer_call call = call_of(run, i);
        call.dweights = run->training ? &none : NULL;
        if (has_map(run, i) && run->net->layer[i].type->prepare)
            NST_TRY(run->net->layer[i].type->prepare(&call, run->training));
    }
    NST_TRY(nst__engine_reserve_arena(run->engine, nst__painter_run_plan(run, run->height, run->width)));
out:
    return status;
}

/* ---- The passes ---- */

static float *at(const nst__painter_run *run, const nst__buffer *buffer)
{
    return buffer->bytes ? (float *)(void *)(nst__engine_arena(run->engine) + buffer->offset) : NULL;
}

static nst__map map_of(const nst__painter_run *run, size_t i, const float *pixels)
{
    nst__map map = run->shape[i];
    const size_t into = run->in_place[i];
    map.data = into == run->from ? (float *)(uintptr_t)pixels : at(run, &run->map[into]);
    return map;
}

static nst__map gradient_of(const nst__painter_run *run, size_t i)
{
    nst__map map = run->shape[i];
    map.data = at(run, &run->gradient[i]);
    return map;
}

nst__map nst__painter_run_forward(nst__painter_run *run, const float *pixels, const float *statistics)
{
    for (size_t i = run->from + 1; i <= run->to; i++) {
        const nst__painter_layer *layer = &run->net->layer[i];
        nst__layer_call call = call_of(run, i);
        if (!has_map(run, i)) continue;
        call.x = map_of(run, layer->x, pixels);
        call.y = map_of(run, i, pixels);
        if (layer->other) call.other = map_of(run, layer->other, pixels);
        call.state = (uint8_t *)at(run, &run->state[i]);
        if (layer->row->operation == NST__NORM && statistics) {
            memcpy(nst__norm_statistics(call.state), statistics, 2 * layer->channels * sizeof(float));
            statistics += 2 * layer->channels;
            call.fixed = true;
        }
        layer->type->forward(&call);
    }
    return map_of(run, run->to, pixels);
}

void nst__painter_run_backward(nst__painter_run *run, const float *pixels, const float *gradient, float *dweights)
{
    const size_t last = run->to;
    NST_ASSERT(run->from == 0 && last == run->net->layers - 1);
    memcpy(gradient_of(run, last).data, gradient, run->gradient[last].bytes);
    for (size_t i = last; i > 0; i--) {
        const nst__painter_layer *layer = &run->net->layer[i];
        nst__layer_call call = call_of(run, i);
        if (!has_map(run, i)) continue;
        call.x_was = map_of(run, layer->x, pixels);
        call.y_was = map_of(run, i, pixels);
        call.y = gradient_of(run, i);
        call.state = (uint8_t *)at(run, &run->state[i]);
        call.dweights = layer->count ? dweights + layer->weights : NULL;
        call.dbias = layer->biases ? dweights + layer->bias : NULL;
        if (layer->type->backward_weights) layer->type->backward_weights(&call);
        if (layer->x == 0) continue;
        call.x = gradient_of(run, layer->x);
        call.accumulate = run->net->layer[layer->x].last_reader != i;
        if (layer->other) {
            NST_ASSERT(run->net->layer[layer->other].last_reader == i);
            call.other = gradient_of(run, layer->other);
        }
        layer->type->backward(&call);
    }
}
