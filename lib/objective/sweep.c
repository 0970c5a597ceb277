#include "objective/sweep.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "nn/backend.h"
#include "objective/layout.h"

struct nst__sweep {
    nst__layout layout;
    char *arena; /* of the engine */
};

/* True if no tile above or to the left has the size of tile number INDEX. Tiles have few different sizes: those near a
 * border have less of a halo, and the last ones another core. */
static bool is_new_size(const nst__tiling *tiling, size_t index)
{
    const nst__tile tile = nst__tile_at(tiling, index);
    const size_t row = index / tiling->columns, column = index % tiling->columns;
    for (size_t above = 0; above < row; above++)
        if (nst__tile_at(tiling, above * tiling->columns + column).height == tile.height) return false;
    for (size_t left = 0; left < column; left++)
        if (nst__tile_at(tiling, row * tiling->columns + left).width == tile.width) return false;
    return true;
}

/* The next tile of a new size, from number *INDEX on, which moves to the one after it. False if there is none. */
static bool next_size(nst__tile *tile, const nst__tiling *tiling, size_t *index)
{
    while (*index < nst__tiling_count(tiling) && !is_new_size(tiling, *index))
        (*index)++;
    if (*index == nst__tiling_count(tiling)) return false;
    *tile = nst__tile_at(tiling, (*index)++);
    return true;
}

static size_t largest_arena(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst__layout layout = {.net = net, .backward = backward};
    nst__tile tile;
    size_t bytes = 0;
    for (size_t i = 0; next_size(&tile, tiling, &i);) {
        const size_t needed = nst__layout_make(&layout, tile.height, tile.width);
        bytes = needed > bytes ? needed : bytes;
    }
    return bytes;
}

/* Layer 0 is the picture, and a ReLU is computed with the layer that it reads. */
static bool is_computed(const nst__net *net, size_t layer)
{
    return layer > 0 && nst__net_has_map(net, layer);
}

/* The floats of scratch that one worker needs for LAYER. */
static size_t layer_scratch(const nst__net *net, size_t layer, const nst__tile *tile, bool backward)
{
    const nst__operation_type *type = nst__layer_type(net, layer);
    const nst__layer_call call = nst__layer_call_of(net, layer, tile->height, tile->width);
    const size_t layer_floats = type->scratch ? type->scratch(&call, backward) : 0;
    const size_t loss_floats = nst__engine_backend(net->engine)->scratch(call.y.channels, backward);
    return layer_floats > loss_floats ? layer_floats : loss_floats;
}

static size_t scratch(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst__tile tile;
    size_t floats = 0;
    for (size_t i = 0; next_size(&tile, tiling, &i);) {
        for (size_t l = 0; l < net->depth; l++) {
            const size_t needed = is_computed(net, l) ? layer_scratch(net, l, &tile, backward) : 0;
            floats = needed > floats ? needed : floats;
        }
    }
    return floats;
}

static nst_status prepare_layer(const nst__net *net, size_t layer, const nst__tile *tile, bool backward)
{
    const nst__operation_type *type = nst__layer_type(net, layer);
    const nst__layer_call call = nst__layer_call_of(net, layer, tile->height, tile->width);
    return type->prepare ? type->prepare(&call, backward) : NST_OK;
}

/* Packs the weights for tiles of every size. */
static nst_status prepare(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst__tile tile;
    nst_status status = NST_OK;
    for (size_t i = 0; next_size(&tile, tiling, &i);) {
        for (size_t l = 0; l < net->depth; l++) {
            if (!is_computed(net, l)) continue;
            NST_TRY(nst__cancel_check(net->cancel));
            NST_TRY(prepare_layer(net, l, &tile, backward));
        }
    }
out:
    return status;
}

size_t nst__sweep_prepared_bytes(const nst__net *net, const nst__sweep_plan *plan, unsigned prepared[NST__LAYERS_MAX])
{
    nst__tile tile;
    size_t bytes = 0;
    for (size_t i = 0; next_size(&tile, &plan->tiling, &i);) {
        for (size_t l = 0; l < net->depth; l++) {
            if (!is_computed(net, l) || !nst__layer_type(net, l)->prepared_bytes) continue;
            const nst__layer_call call = nst__layer_call_of(net, l, tile.height, tile.width);
            bytes += nst__layer_type(net, l)->prepared_bytes(&call, plan->backward, &prepared[l]);
        }
    }
    return bytes;
}

nst__sweep_plan nst__sweep_plan_make(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst__sweep_plan plan = {.tiling = *tiling,
                            .backward = backward,
                            .arena = largest_arena(net, tiling, backward),
                            .scratch = scratch(net, tiling, backward)};
    return plan;
}

nst_status nst__sweep_create(nst__sweep **out, const nst__net *net, const nst__sweep_plan *plan)
{
    nst_status status = NST_OK;
    nst__sweep *sweep = nst__zalloc(1, sizeof *sweep);
    *out = NULL;
    if (!sweep) return NST_ERR_OUT_OF_MEMORY;
    sweep->layout.net = net;
    sweep->layout.backward = plan->backward;
    NST_TRY(nst__engine_reserve_arena(net->engine, plan->arena));
    NST_TRY(nst__engine_reserve(net->engine, plan->scratch));
    sweep->arena = nst__engine_arena(net->engine);
    NST_TRY(prepare(net, &plan->tiling, plan->backward));
    *out = sweep;
    sweep = NULL;
out:
    nst__sweep_destroy(sweep);
    return status;
}

void nst__sweep_destroy(nst__sweep *sweep)
{
    nst__free(sweep);
}

/* ---- Forward ---- */

static nst__map map_of(const nst__sweep *sweep, nst__buffer_kind kind, size_t layer)
{
    return nst__layout_map(&sweep->layout, sweep->arena, kind, layer);
}

static uint8_t *bits_of(const nst__sweep *sweep, nst__buffer_kind kind, size_t layer)
{
    return nst__layout_bits(&sweep->layout, sweep->arena, kind, layer);
}

static nst__layer_call call_of(const nst__sweep *sweep, size_t layer)
{
    return nst__layer_call_of(sweep->layout.net, layer, sweep->layout.height, sweep->layout.width);
}

/* The call between the picture and its map. SPACE must outlive it. */
static nst__picture_call picture_call(const nst__sweep *sweep, const nst__tile *tile, const nst__input_space *space,
                                      nst__map map)
{
    return (nst__picture_call){.engine = sweep->layout.net->engine,
                               .source = space->source,
                               .scale = space->scale,
                               .shift = space->shift,
                               .top = tile->top,
                               .left = tile->left,
                               .width = tile->picture_width,
                               .map = map};
}

static void add_time(const nst__net *net, size_t layer, nst__work work, double start, const nst__layer_call *call)
{
    const nst__operation_type *type = nst__layer_type(net, layer);
    if (nst__net_layer(net, layer)->operation == NST__POOL) work = NST__WORK_POOL;
    nst__profile_add(net->profile, layer, work, start, type->operations ? type->operations(call) : 0);
}

/* Y: the kind of buffer for the result. MASK and STATE may be NULL. */
static void compute(const nst__sweep *sweep, size_t layer, nst__buffer_kind y, uint8_t *mask, uint8_t *state)
{
    const nst__net *net = sweep->layout.net;
    const size_t input = nst__net_input(net, layer);
    const double start = nst__seconds();
    nst__layer_call call = call_of(sweep, layer);
    call.x = map_of(sweep, NST__MAP, input);
    call.y = map_of(sweep, y, layer);
    call.relu_x = nst__net_reads_relu(net, layer) && !nst__net_stores_relu(net, input);
    call.relu_y = nst__net_stores_relu(net, layer);
    call.mask_y = mask;
    call.state = state;
    nst__layer_type(net, layer)->forward(&call);
    add_time(net, layer, NST__WORK_FORWARD, start, &call);
}

static nst_status layer_forward(nst__sweep *sweep, size_t layer, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    nst_status status = NST_OK;
    compute(sweep, layer, NST__MAP, bits_of(sweep, NST__MASK, layer), bits_of(sweep, NST__STATE, layer));
    NST_TRY(nst__cancel_check(net->cancel));
    if (nst__net_kept(net, layer) && observer->forward)
        observer->forward(observer->user, layer, map_of(sweep, NST__MAP, layer),
                          (float *)(void *)bits_of(sweep, NST__PARTS, layer));
    NST_TRY(nst__cancel_check(net->cancel));
out:
    return status;
}

nst_status nst__sweep_forward(nst__sweep *sweep, const nst__tile *tile, const float *picture, size_t depth,
                              const nst__observer *observer)
{
    nst__layout *layout = &sweep->layout;
    const nst__net *net = layout->net;
    nst__workers *workers = nst__engine_workers(net->engine);
    nst_status status = NST_OK;
    const double start = nst__seconds();
    if (layout->height != tile->height || layout->width != tile->width) {
        const size_t bytes = nst__layout_make(layout, tile->height, tile->width);
        NST_ASSERT(bytes <= nst__engine_arena_bytes(net->engine));
        (void)bytes;
    }
    const nst__input_space space = nst__model_input_space(net->model);
    nst__picture_call call = picture_call(sweep, tile, &space, map_of(sweep, NST__MAP, 0));
    call.pixels = picture;
    nst__workers_watch(workers, net->cancel);
    nst__engine_backend(net->engine)->load(&call);
    nst__profile_add(net->profile, 0, NST__WORK_PIXELS, start, 0);
    for (size_t l = 0; l < depth; l++)
        if (is_computed(net, l)) NST_TRY(layer_forward(sweep, l, observer));
out:
    nst__workers_watch(workers, NULL);
    return status;
}

/* ---- Backward ---- */

static nst__map gradient_of(const nst__sweep *sweep, size_t layer)
{
    return map_of(sweep, nst__layout_gradient(&sweep->layout, layer), layer);
}

/* Begins the gradient of LAYER with that of its losses; the layers that read it add theirs. */
static nst_status begin_gradient(nst__sweep *sweep, size_t layer, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    if (!nst__net_kept(net, layer)) return NST_OK;
    if (nst__layout_recomputed(&sweep->layout, layer)) compute(sweep, layer, NST__AGAIN, NULL, NULL);
    observer->backward(observer->user, layer, gradient_of(sweep, layer));
    return nst__cancel_check(net->cancel);
}

/* Takes the gradient of LAYER back to the layer that it reads. The gradient is complete, or not begun if no layer reads
 * LAYER. */
static nst_status layer_backward(nst__sweep *sweep, size_t layer, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    const size_t input = nst__net_input(net, layer);
    const bool first = nst__net_last_reader(net, input) == layer; /* first in the order backward */
    nst_status status = NST_OK;
    if (nst__net_last_reader(net, layer) == layer) NST_TRY(begin_gradient(sweep, layer, observer));
    if (first) NST_TRY(begin_gradient(sweep, input, observer));
    const double start = nst__seconds();
    nst__layer_call call = call_of(sweep, layer);
    call.x = gradient_of(sweep, input);
    call.y = gradient_of(sweep, layer);
    call.mask_x = nst__net_reads_relu(net, layer) ? bits_of(sweep, NST__MASK, input) : NULL;
    call.accumulate = !first || nst__net_kept(net, input);
    call.state = bits_of(sweep, NST__STATE, layer);
    nst__layer_type(net, layer)->backward(&call);
    add_time(net, layer, NST__WORK_BACKWARD, start, &call);
    NST_TRY(nst__cancel_check(net->cancel));
out:
    return status;
}

nst_status nst__sweep_backward(nst__sweep *sweep, const nst__tile *tile, float *gradient, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    nst__workers *workers = nst__engine_workers(net->engine);
    nst_status status = NST_OK;
    nst__workers_watch(workers, net->cancel);
    for (size_t l = net->depth; l-- > 0;)
        if (is_computed(net, l)) NST_TRY(layer_backward(sweep, l, observer));
    const nst__input_space space = nst__model_input_space(net->model);
    nst__picture_call call = picture_call(sweep, tile, &space, gradient_of(sweep, 0));
    const double start = nst__seconds();
    call.gradient = gradient;
    nst__engine_backend(net->engine)->add(&call);
    nst__profile_add(net->profile, 0, NST__WORK_PIXELS, start, 0);
    NST_TRY(nst__cancel_check(net->cancel));
out:
    nst__workers_watch(workers, NULL);
    return status;
}
