/* Creates an objective: its terms and their targets. */
#include "base/alloc.h"
#include "loss/contrast.h"
#include "objective/objective.h"
#include "objective/objective_state.h"
#include "tensor/gemm.h"

#include <string.h>

/* ---- Targets ---- */

static nst_status open_terms(nst__objective *objective, const nst__plan *plan)
{
    nst_status status = NST_OK;
    for (size_t i = 0; i < objective->parts; i++) {
        nst__placed *placed = &objective->part[i];
        if (!nst__placed_is(placed, NST__PIXEL_TERMS)) NST_TRY(nst__term_open(&placed->term, plan->content[i]));
    }
out:
    return status;
}

static void measure(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace)
{
    nst__term_measure(&placed->term, engine, window, workspace);
}

static void measure_and_keep(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace)
{
    measure(placed, engine, window, workspace);
    nst__objective_keep(placed, engine, window, workspace);
}

/* Takes a whole picture through WALK. AT_LAYER lets the terms of ROLES measure it. */
static nst_status measure_all(nst__objective *objective, nst__walk *walk, const float *picture, const nst__guide *guide,
                              unsigned roles, nst__at_layer_fn at_layer)
{
    nst_status status = NST_OK;
    nst__objective_start(objective, roles);
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&walk->tiling); i++)
        NST_TRY(nst__objective_forward(objective, walk, i, picture, guide, roles, at_layer));
out:
    nst__blas_leave();
    return status;
}

static void learn(nst__objective *objective, unsigned roles, double share)
{
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (nst__placed_is(&objective->part[i], roles)) term->type->learn(term, share);
    }
}

/* ---- Kept statistics ---- */

/* NUMBERS has the mass and the sums of each style term, one after another. */
static void copy_statistics(nst__objective *objective, double *numbers, bool to_terms)
{
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (!nst__placed_is(&objective->part[i], NST__STYLE_TERMS)) continue;
        const size_t sums = term->type->sizes(term->channels).sums;
        if (to_terms) {
            term->mass = numbers[0];
            memcpy(term->sums, numbers + 1, sums * sizeof *numbers);
        } else {
            numbers[0] = term->mass;
            memcpy(numbers + 1, term->sums, sums * sizeof *numbers);
        }
        numbers += 1 + sums;
    }
}

/* ---- Styles and content ---- */

/* Styles have no content loss and no backward pass, so they go through a net of their own. */
static nst_status measure_style(nst__objective *objective, nst__walk *walk, const nst__style_plan *plan,
                                const nst__style_source *style)
{
    nst_status status = NST_OK;
    nst__guide *guide = NULL;
    nst__picture picture;
    void *token = NULL;
    NST_TRY(nst__cancel_check(objective->config.cancel));
    NST_TRY(style->open(&picture, &token, style));
    if (picture.alpha) NST_TRY(nst__guide_create(&guide, &walk->net, picture.height, picture.width, picture.alpha));
    NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &plan->sweep));
    NST_TRY(measure_all(objective, walk, picture.pixels, guide, NST__STYLE_TERMS, measure));
out:
    nst__sweep_destroy(walk->sweep);
    nst__guide_destroy(guide);
    style->close(token);
    return status;
}

static nst_status add_style(nst__objective *objective, const nst__style_plan *plan, const nst__style_source *style,
                            double share)
{
    const size_t count = nst__placed_statistics(objective->part, objective->parts);
    nst_status status = NST_OK;
    nst__walk walk = {.net = nst__config_net(&objective->config, true), .tiling = plan->sweep.tiling};
    double *numbers = nst__alloc(count, sizeof *numbers);
    if (!numbers) return NST_ERR_OUT_OF_MEMORY;
    if (style->statistics && nst__statistics_get(style->statistics, &plan->key, numbers, count)) {
        copy_statistics(objective, numbers, true);
    } else {
        NST_TRY(measure_style(objective, &walk, plan, style));
        copy_statistics(objective, numbers, false);
        if (style->statistics) NST_TRY(nst__statistics_put(style->statistics, &plan->key, numbers, count));
    }
    learn(objective, NST__STYLE_TERMS, share);
out:
    nst__free(numbers);
    return status;
}

static nst_status add_styles(nst__objective *objective, const nst__plan *plan, const nst__style_source *styles)
{
    nst_status status = NST_OK;
    double sum = 0;
    for (size_t i = 0; i < plan->styles; i++)
        sum += styles[i].weight;
    for (size_t i = 0; i < plan->styles; i++) {
        if (styles[i].weight > 0) NST_TRY(add_style(objective, &plan->style[i], &styles[i], styles[i].weight / sum));
        if (plan->limited) nst__engine_trim(objective->config.engine, 0, 0);
    }
out:
    return status;
}

/* If the picture is a single tile, the content's features are kept for all evaluations. */
static nst_status add_content(nst__objective *objective, const nst__picture *content)
{
    nst__walk *walk = &objective->walk;
    nst_status status = NST_OK;
    const bool whole = nst__tiling_count(&walk->tiling) == 1;
    const double lack = nst__contrast_lack(content->height, content->width, content->pixels, content->alpha);
    for (size_t i = 0; i < objective->parts; i++)
        objective->part[i].term.lack = lack;
    NST_TRY(measure_all(objective, walk, content->pixels, objective->guide, NST__CONTENT_TERMS,
                        whole ? measure_and_keep : measure));
    learn(objective, NST__CONTENT_TERMS, 1);
out:
    return status;
}

/* Reserves the memory of all sweeps at once, unless a limit wants it to be as small as it can. */
static nst_status prepare_engine(nst__engine *engine, const nst__plan *plan)
{
    nst_status status = NST_OK;
    if (plan->limited) {
        nst__engine_trim(engine, 0, 0);
    } else {
        NST_TRY(nst__engine_reserve_arena(engine, plan->arena));
        NST_TRY(nst__engine_reserve(engine, plan->scratch));
    }
out:
    return status;
}

nst_status nst__objective_create(nst__objective **out, const nst__config *config, const nst__plan *plan,
                                 const nst__picture *content, const nst__style_source *styles)
{
    nst_status status = NST_OK;
    nst__objective *objective = nst__zalloc(1, sizeof *objective);
    *out = NULL;
    if (!objective) return NST_ERR_OUT_OF_MEMORY;
    objective->config = *config;
    objective->height = plan->height;
    objective->width = plan->width;
    objective->walk.net = nst__config_net(config, false);
    objective->parts = nst__place_terms(objective->part, config);
    objective->content = content ? content->pixels : NULL;
    if (objective->walk.net.depth) {
        nst__walk *walk = &objective->walk;
        walk->tiling = plan->sweep.tiling;
        NST_TRY(prepare_engine(config->engine, plan));
        NST_TRY(open_terms(objective, plan));
        if (content && content->alpha)
            NST_TRY(nst__guide_create(&objective->guide, &walk->net, plan->height, plan->width, content->alpha));
        NST_TRY(add_styles(objective, plan, styles));
        NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &plan->sweep));
        if (config->content_taps) NST_TRY(add_content(objective, content));
    }
    *out = objective;
    objective = NULL;
out:
    nst__objective_destroy(objective);
    return status;
}

void nst__objective_destroy(nst__objective *objective)
{
    if (!objective) return;
    for (size_t i = 0; i < objective->parts; i++)
        nst__term_close(&objective->part[i].term);
    nst__guide_destroy(objective->guide);
    nst__sweep_destroy(objective->walk.sweep);
    nst__free(objective);
}
