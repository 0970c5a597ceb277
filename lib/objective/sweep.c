#include "objective/sweep.h"
#include "base/alloc.h"
#include "loss/gradient.h"
#include "nn/pool.h"
#include "objective/plan.h"

/* Every buffer of a sweep has a kind and a layer. */
enum kind {
    INPUT,    /* the picture as the model wants it: layer 0 */
    MAP,      /* features; where a loss looks at them, later their gradient */
    AGAIN,    /* conv1_1 computed a second time, where a loss looks at it: it is cheap to compute and large to
                 keep */
    GRADIENT, /* of features that no loss looks at */
    MASK,     /* bits of the ReLU */
    CHOICES,  /* of the maximum in the pooling before a layer */
    POOLED,   /* input of a layer behind a pooling */
    DPOOLED,  /* and its gradient */
    DINPUT,
    PARTS, /* workspace of the terms */
    KINDS
};

struct nst__sweep {
    const nst__net *net;
    bool backward;
    char *arena;
    size_t height, width; /* of the tile that the plan is for */
    nst__buffer buffer[KINDS][NST__MAX_CONVS];
};

static bool kept(const nst__sweep *sweep, size_t l)
{
    return nst__net_kept(sweep->net, l);
}

static bool recomputed(const nst__sweep *sweep, size_t l)
{
    return l == 0 && sweep->backward && sweep->net->depth > 1 && kept(sweep, 0);
}

static size_t channels_in(const nst__sweep *sweep, size_t l)
{
    return nst__conv_in(nst__model_conv(sweep->net->model, l));
}

static nst__map map_of(const nst__sweep *sweep, enum kind kind, size_t l)
{
    const size_t step = nst__net_step(sweep->net, l);
    const bool input = kind == INPUT || kind == DINPUT || kind == POOLED || kind == DPOOLED;
    return (nst__map){sweep->height / step, sweep->width / step,
                      input ? channels_in(sweep, l) : nst__net_channels(sweep->net, l),
                      (float *)(void *)(sweep->arena + sweep->buffer[kind][l].offset)};
}

static uint8_t *bits_of(const nst__sweep *sweep, enum kind kind, size_t l)
{
    const nst__buffer *buffer = &sweep->buffer[kind][l];
    return buffer->bytes ? (uint8_t *)sweep->arena + buffer->offset : NULL;
}

/* ---- The plan ---- */

static void need(nst__sweep *sweep, enum kind kind, size_t l, size_t bytes, size_t first, size_t last)
{
    sweep->buffer[kind][l] = (nst__buffer){bytes, (unsigned)first, (unsigned)last, 0};
}

/* Step l is layer l forward, step 2 depth - 1 - l is layer l backward. */
static void plan_layer(nst__sweep *sweep, size_t l)
{
    const size_t depth = sweep->net->depth, step = nst__net_step(sweep->net, l);
    const size_t forward = l, backward = 2 * depth - 1 - l, next = l + 1 < depth ? l + 1 : l;
    const size_t positions = (sweep->height / step) * (sweep->width / step);
    const size_t channels = nst__net_channels(sweep->net, l), below = channels_in(sweep, l);
    const size_t bytes = positions * channels * sizeof(float), bytes_below = positions * below * sizeof(float);
    const bool pooled = nst__model_pool_before(sweep->net->model, l);

    need(sweep, MAP, l, bytes, forward, sweep->backward && kept(sweep, l) && !recomputed(sweep, l) ? backward : next);
    if (kept(sweep, l))
        need(sweep, PARTS, l, nst__term_workspace(channels, positions) * sizeof(float), forward, forward);
    if (pooled) need(sweep, POOLED, l, bytes_below, forward, forward);
    if (!sweep->backward) return;
    if (!kept(sweep, l)) need(sweep, GRADIENT, l, bytes, backward - 1, backward);
    if (l + 1 < depth) need(sweep, MASK, l, positions * nst__mask_stride(channels), forward, backward - 1);
    if (pooled) {
        need(sweep, DPOOLED, l, bytes_below, backward, backward);
        if (sweep->net->pooling == NST_POOLING_MAX)
            need(sweep, CHOICES, l, positions * nst__choice_stride(below), forward, backward);
    }
}

/* The plan for a tile of this size; the arena's bytes. */
static size_t plan(nst__sweep *sweep, size_t height, size_t width)
{
    const size_t depth = sweep->net->depth, input = height * width * 3 * sizeof(float);
    if (sweep->height == height && sweep->width == width) return 0;
    sweep->height = height;
    sweep->width = width;
    for (size_t l = 0; l < depth; l++)
        plan_layer(sweep, l);
    need(sweep, INPUT, 0, input, 0, recomputed(sweep, 0) ? 2 * depth - 2 : 0);
    if (sweep->backward) need(sweep, DINPUT, 0, input, 2 * depth - 1, 2 * depth - 1);
    if (recomputed(sweep, 0)) need(sweep, AGAIN, 0, sweep->buffer[MAP][0].bytes, 2 * depth - 2, 2 * depth - 1);
    return nst__plan(&sweep->buffer[0][0], (size_t)KINDS * NST__MAX_CONVS);
}

/* The next of COUNT rows or columns that are looked at: the first two and the last two. */
static size_t next_sample(size_t i, size_t count)
{
    return i == 1 && count > 4 ? count - 2 : i + 1;
}

/* Tiles come in few sizes, which those in the corners all have. Their numbers in INDEX. */
enum { SAMPLES = 16 };
static size_t sample(const nst__tiling *tiling, size_t index[SAMPLES])
{
    size_t count = 0;
    for (size_t row = 0; row < tiling->rows; row = next_sample(row, tiling->rows))
        for (size_t column = 0; column < tiling->columns; column = next_sample(column, tiling->columns))
            index[count++] = row * tiling->columns + column;
    return count;
}

static size_t largest_plan(nst__sweep *sweep, const nst__tiling *tiling)
{
    size_t index[SAMPLES], bytes = 0;
    const size_t samples = sample(tiling, index);
    for (size_t i = 0; i < samples; i++) {
        const nst__tile tile = nst__tile_at(tiling, index[i]);
        const size_t planned = plan(sweep, tile.height, tile.width);
        bytes = planned > bytes ? planned : bytes;
    }
    return bytes;
}

nst__conv_use nst__sweep_use(const nst__net *net, size_t conv, const nst__tile *tile, bool backward)
{
    const size_t step = nst__net_step(net, conv);
    return (nst__conv_use){tile->height / step, tile->width / step, backward, net->padding};
}

/* Floats of scratch that one worker needs in layer L of a tile. */
static size_t layer_scratch(const nst__net *net, size_t l, const nst__tile *tile, bool backward)
{
    const size_t channels = nst__net_channels(net, l);
    const nst__conv_use use = nst__sweep_use(net, l, tile, backward);
    const size_t needs[] = {nst__conv_scratch(nst__model_conv(net->model, l), net->engine, &use),
                            nst__term_scratch(channels), backward ? nst__loss_gradient_scratch(channels) : 0};
    size_t floats = 0;
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        floats = needs[i] > floats ? needs[i] : floats;
    return floats;
}

static size_t scratch(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    size_t index[SAMPLES], floats = 0;
    const size_t samples = sample(tiling, index);
    for (size_t i = 0; i < samples; i++) {
        const nst__tile tile = nst__tile_at(tiling, index[i]);
        for (size_t l = 0; l < net->depth; l++) {
            const size_t needed = layer_scratch(net, l, &tile, backward);
            floats = needed > floats ? needed : floats;
        }
    }
    return floats;
}

/* The weights in the form that tiles of every size want. */
static nst_status prepare(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    size_t index[SAMPLES];
    const size_t samples = sample(tiling, index);
    nst_status status = NST_OK;
    for (size_t i = 0; i < samples; i++) {
        const nst__tile tile = nst__tile_at(tiling, index[i]);
        for (size_t l = 0; l < net->depth; l++) {
            const nst__conv_use use = nst__sweep_use(net, l, &tile, backward);
            NST_TRY(nst__cancel_check(net->cancel));
            NST_TRY(nst__conv_prepare(nst__model_conv(net->model, l), net->engine, &use));
        }
    }
out:
    return status;
}

size_t nst__sweep_bytes(const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst__sweep sweep = {.net = net, .backward = backward};
    return largest_plan(&sweep, tiling) + scratch(net, tiling, backward) * sizeof(float) *
                                              (size_t)nst__workers_count(nst__engine_workers(net->engine));
}

nst_status nst__sweep_create(nst__sweep **out, const nst__net *net, const nst__tiling *tiling, bool backward)
{
    nst_status status = NST_OK;
    nst__sweep *sweep = nst__zalloc(1, sizeof *sweep);
    *out = NULL;
    if (!sweep) return NST_ERR_OUT_OF_MEMORY;
    sweep->net = net;
    sweep->backward = backward;
    sweep->arena = nst__alloc_aligned(largest_plan(sweep, tiling), 1);
    if (!sweep->arena) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(nst__engine_reserve(net->engine, scratch(net, tiling, backward)));
    NST_TRY(prepare(net, tiling, backward));
    *out = sweep;
    sweep = NULL;
out:
    nst__sweep_destroy(sweep);
    return status;
}

void nst__sweep_destroy(nst__sweep *sweep)
{
    if (!sweep) return;
    nst__free_aligned(sweep->arena);
    nst__free(sweep);
}

/* ---- Between picture and first layer ---- */

struct job {
    const nst__tile *tile;
    nst__input_space space;
    size_t width; /* of the picture */
    const float *picture;
    float *gradient;
    nst__map map;
};

static void load_row(void *user, size_t row, int worker)
{
    const struct job *job = user;
    const float *from = job->picture + ((job->tile->top + row) * job->width + job->tile->left) * 3;
    float *to = job->map.data + row * job->map.width * 3;
    (void)worker;
    for (size_t i = 0; i < job->map.width; i++, from += 3, to += 3)
        for (size_t c = 0; c < 3; c++)
            to[c] = job->space.scale[c] * from[job->space.source[c]] + job->space.shift[c];
}

static void add_row(void *user, size_t row, int worker)
{
    const struct job *job = user;
    float *to = job->gradient + ((job->tile->top + row) * job->width + job->tile->left) * 3;
    const float *from = job->map.data + row * job->map.width * 3;
    (void)worker;
    for (size_t i = 0; i < job->map.width; i++, from += 3, to += 3)
        for (size_t c = 0; c < 3; c++)
            to[job->space.source[c]] += job->space.scale[c] * from[c];
}

/* ---- Forward ---- */

static double conv_operations(nst__map input, nst__map output)
{
    return 2.0 * 9.0 * (double)output.height * (double)output.width * (double)output.channels * (double)input.channels;
}

static void conv_forward(const nst__sweep *sweep, size_t l, nst__map x, bool relu_x, nst__map y, uint8_t *mask)
{
    const nst__net *net = sweep->net;
    const nst__conv_call call = {.padding = net->padding,
                                 .edges = NST__ALL_EDGES,
                                 .relu_x = relu_x,
                                 .relu_y = nst__net_stores_relu(net, l),
                                 .mask_y = mask};
    const double start = nst__seconds();
    nst__conv_forward(nst__model_conv(net->model, l), net->engine, &call, x, y);
    nst__profile_add(net->profile, l, NST__WORK_FORWARD, start, conv_operations(x, y));
}

static nst_status layer_forward(nst__sweep *sweep, size_t l, const nst__observer *observer)
{
    nst_status status = NST_OK;
    const nst__net *net = sweep->net;
    const nst__map y = map_of(sweep, MAP, l);
    nst__map x = l ? map_of(sweep, MAP, l - 1) : map_of(sweep, INPUT, 0);
    bool relu_x = l && !nst__net_stores_relu(net, l - 1);
    if (nst__model_pool_before(net->model, l)) {
        const nst__map pooled = map_of(sweep, POOLED, l);
        const double start = nst__seconds();
        nst__pool_forward(net->engine, net->pooling, relu_x, x, pooled, bits_of(sweep, CHOICES, l));
        nst__profile_add(net->profile, l, NST__WORK_POOL, start, 0);
        x = pooled;
        relu_x = false;
    }
    conv_forward(sweep, l, x, relu_x, y, bits_of(sweep, MASK, l));
    NST_TRY(nst__cancel_check(net->cancel));
    if (kept(sweep, l) && observer->forward)
        observer->forward(observer->user, l, y, (float *)(void *)bits_of(sweep, PARTS, l));
    NST_TRY(nst__cancel_check(net->cancel));
out:
    return status;
}

nst_status nst__sweep_forward(nst__sweep *sweep, const nst__tile *tile, const float *picture,
                              const nst__observer *observer)
{
    const nst__net *net = sweep->net;
    nst__workers *workers = nst__engine_workers(net->engine);
    nst_status status = NST_OK;
    const double start = nst__seconds();
    plan(sweep, tile->height, tile->width);
    struct job job = {.tile = tile,
                      .space = nst__model_input_space(net->model),
                      .width = tile->picture_width,
                      .picture = picture,
                      .map = map_of(sweep, INPUT, 0)};
    nst__workers_watch(workers, net->cancel);
    nst__workers_run(workers, tile->height, load_row, &job);
    nst__profile_add(net->profile, 0, NST__WORK_PIXELS, start, 0);
    for (size_t l = 0; l < net->depth; l++)
        NST_TRY(layer_forward(sweep, l, observer));
out:
    nst__workers_watch(workers, NULL);
    return status;
}

/* ---- Backward ---- */

/* Where the gradient of layer l is gathered. */
static nst__map gradient_of(const nst__sweep *sweep, size_t l)
{
    return map_of(sweep, recomputed(sweep, l) ? AGAIN : kept(sweep, l) ? MAP : GRADIENT, l);
}

static void conv_backward(const nst__sweep *sweep, size_t l, nst__map dy, const uint8_t *mask, bool accumulate,
                          nst__map dx)
{
    const nst__net *net = sweep->net;
    const nst__conv_call call = {
        .padding = net->padding, .edges = NST__ALL_EDGES, .mask_x = mask, .accumulate = accumulate};
    const double start = nst__seconds();
    nst__conv_backward(nst__model_conv(net->model, l), net->engine, &call, dy, dx);
    nst__profile_add(net->profile, l, NST__WORK_BACKWARD, start, conv_operations(dx, dy));
}

/* The gradient of layer l is complete: takes it to layer l - 1. */
static nst_status layer_backward(nst__sweep *sweep, size_t l, const nst__observer *observer)
{
    nst_status status = NST_OK;
    const nst__net *net = sweep->net;
    const nst__map dy = gradient_of(sweep, l), dx = gradient_of(sweep, l - 1);
    uint8_t *mask = bits_of(sweep, MASK, l - 1);
    const bool accumulate = kept(sweep, l - 1);
    if (accumulate) {
        if (recomputed(sweep, l - 1)) conv_forward(sweep, l - 1, map_of(sweep, INPUT, 0), false, dx, NULL);
        observer->backward(observer->user, l - 1, dx);
        NST_TRY(nst__cancel_check(net->cancel));
    }
    if (nst__model_pool_before(net->model, l)) {
        const nst__map dpooled = map_of(sweep, DPOOLED, l);
        conv_backward(sweep, l, dy, NULL, false, dpooled);
        const double start = nst__seconds();
        nst__pool_backward(net->engine, net->pooling, dpooled, bits_of(sweep, CHOICES, l), mask, accumulate, dx);
        nst__profile_add(net->profile, l, NST__WORK_POOL, start, 0);
    } else {
        conv_backward(sweep, l, dy, mask, accumulate, dx);
    }
    NST_TRY(nst__cancel_check(net->cancel));
out:
    return status;
}

nst_status nst__sweep_backward(nst__sweep *sweep, const nst__tile *tile, float *gradient, const nst__observer *observer)
{
    const nst__net *net = sweep->net;
    nst__workers *workers = nst__engine_workers(net->engine);
    const size_t deepest = net->depth - 1;
    nst_status status = NST_OK;
    nst__workers_watch(workers, net->cancel);
    observer->backward(observer->user, deepest, gradient_of(sweep, deepest));
    NST_TRY(nst__cancel_check(net->cancel));
    for (size_t l = deepest; l > 0; l--)
        NST_TRY(layer_backward(sweep, l, observer));
    struct job job = {.tile = tile,
                      .space = nst__model_input_space(net->model),
                      .width = tile->picture_width,
                      .gradient = gradient,
                      .map = map_of(sweep, DINPUT, 0)};
    conv_backward(sweep, 0, gradient_of(sweep, 0), NULL, false, job.map);
    const double start = nst__seconds();
    nst__workers_run(workers, tile->height, add_row, &job);
    nst__profile_add(net->profile, 0, NST__WORK_PIXELS, start, 0);
    NST_TRY(nst__cancel_check(net->cancel));
out:
    nst__workers_watch(workers, NULL);
    return status;
}
