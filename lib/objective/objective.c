#include "objective/objective.h"
#include "nn/backend.h"
#include "objective/objective_state.h"
#include "tensor/gemm.h"

#include <string.h>

static nst__window window_of(const nst__objective *objective, const nst__placed *placed, nst__map map)
{
    const nst__guide *guide = objective->now_guide;
    if (!objective->measuring && nst__placed_is(placed, NST__STYLE_TERMS) && objective->config.masked)
        guide = objective->region_guide[placed->region];
    if (!objective->measuring && nst__placed_is(placed, NST__CONTENT_TERMS) && objective->config.content_map)
        guide = objective->content_guide;
    return nst__guide_window(guide, &objective->now->net, &objective->tile, placed->layer, map);
}

/* ---- The work at each layer ---- */

/* Is PLACED at work forward, at a layer with this map? */
static bool is_at(const nst__objective *objective, const nst__placed *placed, size_t layer)
{
    if (!nst__placed_is(placed, objective->roles) || placed->map != layer) return false;
    return objective->style_of ? placed->region == *objective->style_of : !placed->off;
}

/* The first term whose sums are a Gram matrix: the layer takes it as it computes. */
static const nst__gram_call *gram_at(void *user, size_t layer, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    objective->joined = NULL;
    for (size_t i = 0; i < objective->parts && !objective->joined; i++)
        if (is_at(objective, &objective->part[i], layer) && objective->part[i].term.type->sums_are_gram)
            objective->joined = &objective->part[i];
    if (!objective->joined) return NULL;
    const nst__window window = window_of(objective, objective->joined, map);
    objective->gram = nst__term_gram(&objective->joined->term, objective->config.engine, &window, workspace);
    return &objective->gram;
}

static void forward_at(void *user, size_t layer, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    const nst__net *net = &objective->now->net;
    for (size_t i = 0; i < objective->parts; i++) {
        nst__placed *placed = &objective->part[i];
        const nst__term_type *type = placed->term.type;
        if (!is_at(objective, placed, layer) || placed == objective->joined) continue;
        const nst__window window = window_of(objective, placed, map);
        const double start = nst__seconds();
        objective->at_layer(placed, net->engine, &window, workspace);
        nst__profile_add(
            objective->config.profile, layer, type->role == NST__ROLE_STYLE ? NST__WORK_GRAM : NST__WORK_LOSS, start,
            type->operations ? type->operations(placed->term.channels) * (double)nst__window_positions(&window) : 0);
    }
}

static void observe(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace)
{
    nst__term_observe(&placed->term, engine, window, workspace);
}

void nst__objective_keep(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace)
{
    (void)workspace;
    placed->term.type->keep(&placed->term, engine, window);
}

static const nst__slopes_call *slopes_at(void *user, size_t layer, nst__map map)
{
    nst__objective *objective = user;
    nst__slopes_call *call = &objective->slopes;
    *call = (nst__slopes_call){.engine = objective->config.engine, .window = {.map = map}};
    for (size_t i = 0; i < objective->parts; i++) {
        const nst__placed *placed = &objective->part[i];
        if (nst__placed_is(placed, NST__PIXEL_TERMS) || placed->map != layer || placed->off) continue;
        nst__slopes *of = placed->layer == placed->map ? &call->before : &call->after;
        call->window = window_of(objective, placed, map);
        of->of[of->count].slope = placed->term.slope;
        of->of[of->count].weights = call->window.weights;
        of->of[of->count].stride = call->window.stride;
        of->count++;
    }
    return call;
}

/* ---- Evaluation ---- */

/* A backward pass, which may follow an observation, needs every layer; else those for the terms of ROLES are enough. */
static size_t depth_for(const nst__objective *objective, const nst__net *net, unsigned roles, nst__at_layer_fn at_layer)
{
    size_t depth = 0;
    if (at_layer == observe) return net->depth;
    for (size_t i = 0; i < objective->parts; i++) {
        const nst__placed *placed = &objective->part[i];
        if (nst__placed_is(placed, roles) && placed->map >= depth) depth = placed->map + 1;
    }
    return depth;
}

nst_status nst__objective_forward(nst__objective *objective, nst__walk *walk, size_t tile, const float *picture,
                                  const nst__guide *guide, unsigned roles, nst__at_layer_fn at_layer)
{
    const nst__observer observer = {.gram = gram_at, .forward = forward_at, .user = objective};
    objective->now = walk;
    objective->now_guide = guide;
    objective->tile = nst__tile_at(&walk->tiling, tile);
    objective->roles = roles;
    objective->at_layer = at_layer;
    return nst__sweep_forward(walk->sweep, &objective->tile, picture, depth_for(objective, &walk->net, roles, at_layer),
                              &observer);
}

static nst_status forward(nst__objective *objective, size_t tile, const float *x, unsigned roles)
{
    return nst__objective_forward(objective, &objective->walk, tile, x, objective->guide, roles, observe);
}

static nst_status backward(nst__objective *objective, float *gradient)
{
    const nst__observer observer = {.slopes = slopes_at, .user = objective};
    return nst__sweep_backward(objective->walk.sweep, &objective->tile, gradient, &observer);
}

void nst__objective_start(nst__objective *objective, unsigned roles)
{
    for (size_t i = 0; i < objective->parts; i++)
        if (nst__placed_is(&objective->part[i], roles)) nst__term_start(&objective->part[i].term);
}

struct finishing {
    nst__objective *objective;
    unsigned roles;
};

static void finish_task(void *user, size_t index, int worker)
{
    const struct finishing *job = user;
    nst__placed *placed = &job->objective->part[job->objective->parts - 1 - index];
    (void)worker;
    if (nst__placed_is(placed, job->roles) && !placed->off) placed->term.type->finish(&placed->term);
}

void nst__objective_add_ranks(nst__objective *objective, unsigned roles)
{
    for (size_t i = 0; objective->bands.ranks && i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (!nst__placed_is(&objective->part[i], roles)) continue;
        nst__ranks_sum(objective->bands.ranks, &term->mass, 1);
        nst__ranks_sum(objective->bands.ranks, term->sums, term->type->sizes(term->channels).sums);
    }
}

/* The last term first: deep layers have the most channels, so they take longest. */
static void finish(nst__objective *objective, unsigned roles)
{
    struct finishing job = {objective, roles};
    nst__objective_add_ranks(objective, roles);
    nst__workers_run(nst__engine_workers(objective->config.engine), objective->parts, finish_task, &job);
}

/* Evaluates the whole picture at once: one sweep forward, one backward. */
static nst_status evaluate_whole(nst__objective *objective, const float *x, float *gradient)
{
    nst_status status = NST_OK;
    NST_TRY(forward(objective, 0, x, NST__STYLE_TERMS | NST__CONTENT_TERMS));
    finish(objective, NST__STYLE_TERMS);
    if (gradient) NST_TRY(backward(objective, gradient));
out:
    return status;
}

/* Evaluates tile by tile. The first pass is for all style terms, since every gradient depends on their sums. The second
 * pass takes each tile forward and backward. It computes content features anew for each tile: those of all tiles would
 * not fit in memory. */
static nst_status evaluate_tiles(nst__objective *objective, const float *x, float *gradient)
{
    const size_t tiles = nst__tiling_count(&objective->walk.tiling);
    const bool content = objective->config.content_taps > 0;
    nst_status status = NST_OK;
    if (objective->config.style_taps)
        for (size_t i = 0; i < tiles; i++)
            NST_TRY(forward(objective, i, x, NST__STYLE_TERMS));
    finish(objective, NST__STYLE_TERMS);
    for (size_t i = 0; i < tiles && (gradient || content); i++) {
        if (content)
            NST_TRY(nst__objective_forward(objective, &objective->walk, i, objective->content, objective->guide,
                                           NST__CONTENT_TERMS, nst__objective_keep));
        NST_TRY(forward(objective, i, x, NST__CONTENT_TERMS));
        if (gradient) NST_TRY(backward(objective, gradient));
    }
out:
    return status;
}

static nst_status evaluate_features(nst__objective *objective, const float *x, float *gradient)
{
    nst_status status;
    nst__objective_start(objective, NST__STYLE_TERMS | NST__CONTENT_TERMS);
    nst__blas_enter();
    if (nst__tiling_count(&objective->walk.tiling) == 1)
        status = evaluate_whole(objective, x, gradient);
    else
        status = evaluate_tiles(objective, x, gradient);
    nst__blas_leave();
    if (status == NST_OK) finish(objective, NST__CONTENT_TERMS);
    return status;
}

static void evaluate_pixels(nst__objective *objective, const float *x, float *gradient)
{
    const nst__map map = {objective->height, objective->width, 3, (float *)(uintptr_t)x};
    const double start = nst__seconds();
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (term->type->role != NST__ROLE_PIXELS) continue;
        term->value = term->type->evaluate(term, objective->config.engine, &map, gradient);
        nst__ranks_sum(objective->bands.ranks, &term->value, 1);
    }
    nst__profile_add(objective->config.profile, 0, NST__WORK_PIXELS, start, 0);
}

nst_status nst__objective_evaluate(nst__objective *objective, const float *x, double *total, float *gradient)
{
    nst_status status = NST_OK;
    *total = 0;
    NST_TRY(nst__cancel_check(objective->config.cancel));
    const float *seen = nst__halo_fill(objective->halo, x);
    float *sum = nst__halo_gradient(objective->halo, gradient);
    if (sum) memset(sum, 0, objective->height * objective->width * 3 * sizeof *sum);
    if (objective->walk.net.depth) NST_TRY(evaluate_features(objective, seen, sum));
    evaluate_pixels(objective, seen, sum);
    nst__halo_collect(objective->halo, gradient);
    for (size_t i = 0; i < objective->parts; i++)
        *total += objective->part[i].term.value * objective->part[i].term.weight;
    nst__ranks_agree(objective->bands.ranks, total);
    NST_TRY(nst__ranks_check(objective->bands.ranks));
out:
    return status;
}

size_t nst__objective_terms(const nst__objective *objective)
{
    return objective->parts;
}

nst__term_value nst__objective_term(const nst__objective *objective, size_t index)
{
    const nst__placed *placed = &objective->part[index];
    nst__term_value value = {.value = placed->term.value, .weight = placed->term.weight};
    memcpy(value.name, placed->name, sizeof value.name);
    return value;
}

size_t nst__objective_tiles(const nst__objective *objective)
{
    return nst__tiling_count(&objective->walk.tiling);
}
