#include "objective/sweep.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "objective/layout.h"

struct nst__sweep {
    nst__layout layout;
    char *arena; /* of the engine */
};

/* True if no row of tiles above has the height of row number ROW. Tiles have few different sizes: those near a border
 * have less of a halo, and the last ones another core. */
static bool is_new_height(const nst__tiling *tiling, size_t row)
{
    const size_t height = nst__tile_at(tiling, row * tiling->columns).height;
    for (size_t above = 0; above < row; above++)
        if (nst__tile_at(tiling, above * tiling->columns).height == height) return false;
    return true;
}

static bool is_new_width(const nst__tiling *tiling, size_t column)
{
    const size_t width = nst__tile_at(tiling, column).width;
    for (size_t left = 0; left < column; left++)
        if (nst__tile_at(tiling, left).width == width) return false;
    return true;
}

/* The next tile of a new size, from number *INDEX on, which moves to the one after it. False if there is none. */
static bool next_size(nst__tile *tile, const nst__tiling *tiling, size_t *index)
{
    const size_t count = nst__tiling_count(tiling);
    while (*index < count) {
        const size_t row = *index / tiling->columns, column = *index % tiling->columns;
        if (column == 0 && !is_new_height(tiling, row)) {
            *index += tiling->columns;
            continue;
        }
        *tile = nst__tile_at(tiling, (*index)++);
        if (is_new_width(tiling, column)) return true;
    }
    return false;
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
    const nst__backend *backend = nst__engine_backend(net->engine);
    const size_t own = type->scratch ? type->scratch(&call, backward) : 0;
    const size_t of_y = backend->scratch(call.y.channels, backward), of_x = backend->scratch(call.x.channels, backward);
    const size_t losses = of_x > of_y ? of_x : of_y;
    return own > losses ? own : losses;
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
    return nst__round_up(floats, NST__LANES); /* as the engine does */
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

static double slopes_operations(const nst__slopes_call *slopes)
{
    const double c = (double)slopes->window.map.channels;
    double matrices = 0;
    for (size_t i = 0; i < slopes->before.count; i++)
        matrices += slopes->before.of[i].slope.matrix != NULL;
    for (size_t i = 0; i < slopes->after.count; i++)
        matrices += slopes->after.of[i].slope.matrix != NULL;
    return 2 * c * c * matrices * (double)nst__window_positions(&slopes->window);
}

static double gram_operations(const nst__gram_call *gram)
{
    const double c = (double)gram->window.map.channels;
    return c * c * (double)nst__window_positions(&gram->window);
}

static void add_time(const nst__net *net, size_t layer, nst__work work, double start, const nst__layer_call *call)
{
    const nst__operation_type *type = nst__layer_type(net, layer);
    if (nst__net_layer(net, layer)->operation == NST__POOL) work = NST__WORK_POOL;
    nst__profile_add(net->profile, layer, work, start, type->operations ? type->operations(call) : 0);
}

static bool joins(const nst__operation_type *type, const nst__layer_call *call, bool backward)
{
    return (call->gram || call->slopes) && type->joins && type->joins(call, backward);
}

static nst__layer_call forward_call(const nst__sweep *sweep, size_t layer, nst__map y)
{
    const nst__net *net = sweep->layout.net;
    const size_t input = nst__net_input(net, layer);
    nst__layer_call call = call_of(sweep, layer);
    call.x = map_of(sweep, NST__MAP, input);
    call.y = y;
    call.relu_x = nst__net_reads_relu(net, layer) && !nst__net_stores_relu(net, input);
    call.relu_y = nst__net_stores_relu(net, layer);
    return call;
}

/* GRAM may be NULL. */
static void compute(const nst__sweep *sweep, size_t layer, const nst__gram_call *gram)
{
    const nst__net *net = sweep->layout.net;
    const nst__operation_type *type = nst__layer_type(net, layer);
    const double start = nst__seconds();
    nst__layer_call call = forward_call(sweep, layer, map_of(sweep, NST__MAP, layer));
    call.mask_y = bits_of(sweep, NST__MASK, layer);
    call.state = bits_of(sweep, NST__STATE, layer);
    call.gram = gram;
    if (!joins(type, &call, false)) call.gram = NULL;
    type->forward(&call);
    add_time(net, layer, NST__WORK_FORWARD, start, &call);
    if (!gram || call.gram) return;
    const double then = nst__seconds();
    nst__engine_backend(net->engine)->gram(gram);
    nst__profile_add(net->profile, layer, NST__WORK_GRAM, then, gram_operations(gram));
}

static nst_status layer_forward(nst__sweep *sweep, size_t layer, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    const nst__map map = map_of(sweep, NST__MAP, layer);
    float *workspace = (float *)(void *)bits_of(sweep, NST__PARTS, layer);
    const bool kept = nst__net_kept(net, layer);
    nst_status status = NST_OK;
    compute(sweep, layer, kept && observer->gram ? observer->gram(observer->user, layer, map, workspace) : NULL);
    NST_TRY(nst__cancel_check(net->cancel));
    if (kept && observer->forward) observer->forward(observer->user, layer, map, workspace);
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

/* Replaces the features of LAYER by the gradient of its losses. */
static void begin_gradient(const nst__sweep *sweep, size_t layer, const nst__slopes_call *slopes)
{
    const nst__net *net = sweep->layout.net;
    const double start = nst__seconds();
    nst__engine_backend(net->engine)->gradient(slopes);
    nst__profile_add(net->profile, layer, NST__WORK_LOSS, start, slopes_operations(slopes));
}

/* The same for features that are computed a second time. */
static void begin_again(const nst__sweep *sweep, size_t layer, const nst__slopes_call *slopes)
{
    const nst__net *net = sweep->layout.net;
    const nst__operation_type *type = nst__layer_type(net, layer);
    const double start = nst__seconds();
    nst__layer_call call = forward_call(sweep, layer, gradient_of(sweep, layer));
    call.slopes = slopes;
    if (!joins(type, &call, false)) call.slopes = NULL;
    type->forward(&call);
    add_time(net, layer, NST__WORK_FORWARD, start, &call);
    if (!call.slopes) begin_gradient(sweep, layer, slopes);
}

/* Begins the gradient of LAYER with that of its losses; the layers that read it add theirs. FIRST: the call of the
 * first of them, which does it if that saves work; NULL if there is none. */
static void begin(const nst__sweep *sweep, size_t layer, const nst__operation_type *type, nst__layer_call *first,
                  const nst__observer *observer)
{
    if (!nst__net_kept(sweep->layout.net, layer)) return;
    const nst__slopes_call *slopes = observer->slopes(observer->user, layer, gradient_of(sweep, layer));
    if (nst__layout_recomputed(&sweep->layout, layer)) {
        begin_again(sweep, layer, slopes);
        return;
    }
    if (first) first->slopes = slopes;
    if (first && joins(type, first, true)) return;
    if (first) first->slopes = NULL;
    begin_gradient(sweep, layer, slopes);
}

/* Takes the gradient of LAYER back to the layer that it reads. The gradient is complete, or not begun if no layer reads
 * LAYER. */
static nst_status layer_backward(nst__sweep *sweep, size_t layer, const nst__observer *observer)
{
    const nst__net *net = sweep->layout.net;
    const nst__operation_type *type = nst__layer_type(net, layer);
    const size_t input = nst__net_input(net, layer);
    const bool first = nst__net_last_reader(net, input) == layer; /* first in the order backward */
    nst_status status = NST_OK;
    nst__layer_call call = call_of(sweep, layer);
    call.x = gradient_of(sweep, input);
    call.y = gradient_of(sweep, layer);
    call.mask_x = nst__net_reads_relu(net, layer) ? bits_of(sweep, NST__MASK, input) : NULL;
    call.accumulate = !first || nst__net_kept(net, input);
    call.state = bits_of(sweep, NST__STATE, layer);
    if (nst__net_last_reader(net, layer) == layer) begin(sweep, layer, NULL, NULL, observer);
    NST_TRY(nst__cancel_check(net->cancel));
    if (first) begin(sweep, input, type, &call, observer);
    NST_TRY(nst__cancel_check(net->cancel));
    const double start = nst__seconds();
    type->backward(&call);
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
