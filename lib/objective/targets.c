/* Creates an objective: its terms and their targets. */
#include "base/alloc.h"
#include "loss/contrast.h"
#include "objective/objective.h"
#include "objective/objective_state.h"
#include "tensor/gemm.h"

#include <string.h>

/* ---- Targets ---- */

/* KEPT: without room for the content's features, which exist. */
static nst_status open_terms(nst__objective *objective, const nst__plan *plan, bool kept)
{
    nst_status status = NST_OK;
    for (size_t i = 0; i < objective->parts; i++) {
        nst__placed *placed = &objective->part[i];
        const size_t floats = kept ? 0 : plan->content[i];
        if (!nst__placed_is(placed, NST__PIXEL_TERMS)) NST_TRY(nst__term_open(&placed->term, floats));
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
    objective->measuring = true;
    for (size_t i = 0; i < nst__tiling_count(&walk->tiling); i++)
        NST_TRY(nst__objective_forward(objective, walk, i, picture, guide, roles, at_layer));
    nst__objective_add_ranks(objective, roles);
out:
    objective->measuring = false;
    nst__blas_leave();
    return status;
}

static void learn(nst__objective *objective, unsigned roles, size_t region, double share)
{
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (nst__placed_is(&objective->part[i], roles) && objective->part[i].region == region)
            term->type->learn(term, share);
    }
}

/* ---- Kept numbers ---- */

static bool is_style_of(const nst__placed *placed, size_t region)
{
    return nst__placed_is(placed, NST__STYLE_TERMS) && placed->region == region;
}

/* MOMENTS has the mass of each style term of REGION, and its sums divided by that, one term after another. Floats are
 * as precise as the sums, which are those of float products. */
static void take_moments(const nst__objective *objective, size_t region, float *moments)
{
    for (size_t i = 0; i < objective->parts; i++) {
        const nst__term *term = &objective->part[i].term;
        if (!is_style_of(&objective->part[i], region)) continue;
        const size_t sums = term->type->sizes(term->channels).sums;
        *moments++ = (float)term->mass;
        for (size_t k = 0; k < sums; k++)
            *moments++ = (float)(term->mass > 0 ? term->sums[k] / term->mass : 0);
    }
}

static void use_moments(nst__objective *objective, size_t region, const float *moments)
{
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (!is_style_of(&objective->part[i], region)) continue;
        const size_t sums = term->type->sizes(term->channels).sums;
        term->mass = (double)*moments++;
        for (size_t k = 0; k < sums; k++)
            term->sums[k] = term->mass * (double)*moments++;
    }
}

/* NUMBERS has the mass and the sums of each content term, one after another. */
static void copy_content(nst__objective *objective, double *numbers, bool to_terms)
{
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        if (!nst__placed_is(&objective->part[i], NST__CONTENT_TERMS)) continue;
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

/* ---- Styles ---- */

/* Styles have no content loss and no backward pass, so they go through a net of their own. */
static nst_status measure_style(nst__objective *objective, nst__walk *walk, const nst__style_plan *plan,
                                const nst__style_source *style)
{
    nst_status status = NST_OK;
    nst__guide *guide = NULL;
    nst__picture picture = {0};
    void *token = NULL;
    NST_TRY(nst__cancel_check(objective->config.cancel));
    if (nst__rows_count(plan->rows) > 0) NST_TRY(style->open(&picture, &token, style, plan->rows));
    if (picture.alpha) NST_TRY(nst__guide_create(&guide, &walk->net, picture.height, picture.width, picture.alpha));
    NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &plan->sweep));
    objective->style_of = &style->region;
    NST_TRY(measure_all(objective, walk, picture.pixels, guide, NST__STYLE_TERMS, measure));
out:
    objective->style_of = NULL;
    nst__sweep_destroy(walk->sweep);
    nst__guide_destroy(guide);
    style->close(token);
    return status;
}

static nst_status add_style(nst__objective *objective, const nst__style_plan *plan, const nst__style_source *style,
                            double share)
{
    const size_t count = nst__placed_statistics(objective->part, objective->parts, NST__STYLE_TERMS);
    nst_status status = NST_OK;
    nst__walk walk = {.net = nst__config_net(&objective->config, true), .tiling = plan->sweep.tiling};
    float *moments = nst__alloc(count, sizeof *moments);
    if (!moments) return NST_ERR_OUT_OF_MEMORY;
    const bool known =
        !style->recall && style->statistics && nst__statistics_get(style->statistics, &plan->key, moments, count);
    if (style->recall) {
        style->recall(moments, style, &objective->config);
    } else if (nst__ranks_any(objective->bands.ranks, !known)) {
        NST_TRY(measure_style(objective, &walk, plan, style));
        take_moments(objective, style->region, moments);
        if (style->statistics) NST_TRY(nst__statistics_put(style->statistics, &plan->key, moments, count));
    }
    use_moments(objective, style->region, moments);
    learn(objective, NST__STYLE_TERMS, style->region, share);
out:
    nst__free(moments);
    return status;
}

static nst_status add_styles(nst__objective *objective, const nst__plan *plan, const nst__style_source *styles)
{
    const double *weights = objective->config.region_weight;
    nst_status status = NST_OK;
    for (size_t i = 0; i < plan->styles; i++) {
        const double weight = styles[i].weight;
        if (weight > 0) NST_TRY(add_style(objective, &plan->style[i], &styles[i], weight / weights[styles[i].region]));
        if (plan->limited) nst__engine_trim(objective->config.engine, 0, 0);
    }
out:
    return status;
}

/* ---- Regions ---- */

/* The share of a region in the losses of a layer is its area times its weight: so each pixel is pulled as much as if
 * there were no masks. A region without a whole position at a layer is left out there. */
static void share_layer(nst__objective *objective, size_t layer)
{
    const nst__config *config = &objective->config;
    double share[NST__MAX_REGIONS] = {0}, sum = 0;
    for (size_t r = 0; r < config->regions; r++) {
        const double mass = nst__guide_mass(objective->region_guide[r], &objective->walk.net, layer, objective->height,
                                            objective->width);
        share[r] = mass < 1 ? 0 : mass * config->region_weight[r];
        sum += share[r];
    }
    for (size_t i = 0; i < objective->parts; i++) {
        nst__placed *placed = &objective->part[i];
        if (!nst__placed_is(placed, NST__STYLE_TERMS) || placed->layer != layer) continue;
        placed->off = !(share[placed->region] > 0);
        placed->term.weight *= placed->off ? 0 : share[placed->region] / sum;
    }
}

static nst_status open_masks(nst__objective *objective, const nst__masks *masks)
{
    const nst__config *config = &objective->config;
    nst_status status = NST_OK;
    for (size_t r = 0; config->masked && r < config->regions; r++)
        NST_TRY(nst__guide_create(&objective->region_guide[r], &objective->walk.net, objective->height,
                                  objective->width, masks->region[r]));
    for (size_t i = 0; (config->masked || config->regions > 1) && i < config->style_taps; i++)
        share_layer(objective, config->style_tap[i].layer);
    if (config->content_map)
        NST_TRY(nst__guide_create_map(&objective->content_guide, &objective->walk.net, objective->height,
                                      objective->width, masks->content, objective->guide));
out:
    return status;
}

/* ---- Kept content ---- */

static nst__statistics_key content_key(const nst__config *config, const nst__tiling *tiling)
{
    const nst__net net = nst__config_net(config, false);
    nst__statistics_key key;
    nst__statistics_key_of(&key, &net, tiling, nst__term_find(NST__ROLE_CONTENT, "content"), config->content_tap,
                           config->content_taps);
    return key;
}

bool nst__objective_keeps_content(const nst__config *config, const nst__plan *plan)
{
    if (!config->kept || !config->kept->ready || config->content_taps == 0 || plan->limited) return false;
    const nst__statistics_key key = content_key(config, &plan->sweep.tiling);
    return memcmp(&key, &config->kept->key, sizeof key) == 0;
}

/* Moves the features between OBJECTIVE and what it keeps. */
static void swap_kept(nst__objective *objective)
{
    nst__kept_content *kept = objective->config.kept;
    for (size_t i = 0, n = 0; i < objective->parts; i++) {
        if (!nst__placed_is(&objective->part[i], NST__CONTENT_TERMS)) continue;
        float *features = kept->features[n];
        kept->features[n++] = objective->part[i].term.features;
        objective->part[i].term.features = features;
    }
    kept->ready = !kept->ready;
}

static void set_lack(nst__objective *objective, double lack)
{
    for (size_t i = 0; i < objective->parts; i++)
        objective->part[i].term.lack = lack;
}

static void use_kept_content(nst__objective *objective)
{
    const nst__kept_content *kept = objective->config.kept;
    set_lack(objective, kept->lack);
    copy_content(objective, kept->numbers, true);
    learn(objective, NST__CONTENT_TERMS, 0, 1);
}

/* Fills it but for what the objective needs itself until it is destroyed. */
static nst_status keep_content(nst__objective *objective, double lack)
{
    nst__kept_content *kept = objective->config.kept;
    const size_t count = nst__placed_statistics(objective->part, objective->parts, NST__CONTENT_TERMS);
    kept->numbers = nst__alloc(count, sizeof *kept->numbers);
    if (!kept->numbers) return NST_ERR_OUT_OF_MEMORY;
    copy_content(objective, kept->numbers, false);
    kept->lack = lack;
    kept->key = content_key(&objective->config, &objective->walk.tiling);
    objective->keeps = true;
    return NST_OK;
}

/* ---- Content ---- */

/* If the picture is a single tile, the content's features are kept for all evaluations. */
static nst_status add_content(nst__objective *objective, const nst__picture *content)
{
    nst__walk *walk = &objective->walk;
    nst_status status = NST_OK;
    const bool whole = nst__tiling_count(&walk->tiling) == 1;
    const nst__rows own = nst__bands_own(&objective->bands), window = nst__bands_own_window(&objective->bands);
    const float *pixels = objective->content, *alpha = content ? content->alpha : NULL; /* none without rows */
    const size_t above = (own.first - window.first) * objective->width * 3;
    const double lack = nst__contrast_lack(nst__rows_count(own), objective->width, pixels ? pixels + above : NULL,
                                           alpha, objective->bands.ranks);
    set_lack(objective, lack);
    NST_TRY(
        measure_all(objective, walk, pixels, objective->guide, NST__CONTENT_TERMS, whole ? measure_and_keep : measure));
    learn(objective, NST__CONTENT_TERMS, 0, 1);
    if (whole && objective->config.kept) NST_TRY(keep_content(objective, lack));
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
                                 const nst__picture *content, const nst__masks *masks, const nst__style_source *styles)
{
    nst_status status = NST_OK;
    const bool kept = nst__objective_keeps_content(config, plan);
    nst__objective *objective = nst__zalloc(1, sizeof *objective);
    *out = NULL;
    if (config->kept && !kept) nst__kept_content_clear(config->kept);
    if (!objective) return NST_ERR_OUT_OF_MEMORY;
    objective->config = *config;
    objective->bands = plan->bands;
    objective->height = nst__rows_count(nst__bands_own_window(&plan->bands));
    objective->width = plan->width;
    objective->walk.net = nst__config_net(config, false);
    objective->parts = nst__place_terms(objective->part, config);
    objective->content = content ? content->pixels : NULL;
    const nst__rows own = nst__bands_own(&plan->bands), window = nst__bands_own_window(&plan->bands);
    for (size_t i = 0; i < objective->parts; i++) {
        nst__term *term = &objective->part[i].term;
        term->content = objective->content;
        term->rows = (nst__rows){own.first - window.first, own.end - window.first};
        term->height = plan->height;
    }
    NST_TRY(nst__halo_create(&objective->halo, &plan->bands, plan->width));
    if (objective->walk.net.depth) {
        nst__walk *walk = &objective->walk;
        walk->tiling = plan->sweep.tiling;
        NST_TRY(prepare_engine(config->engine, plan));
        NST_TRY(open_terms(objective, plan, kept));
        objective->keeps = kept;
        if (kept) swap_kept(objective);
        if (content && content->alpha)
            NST_TRY(nst__guide_create(&objective->guide, &walk->net, plan->height, plan->width, content->alpha));
        NST_TRY(open_masks(objective, masks));
        NST_TRY(add_styles(objective, plan, styles));
        if (nst__tiling_count(&walk->tiling) > 0) NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &plan->sweep));
        if (kept)
            use_kept_content(objective);
        else if (config->content_taps)
            NST_TRY(add_content(objective, content));
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
    if (objective->keeps) swap_kept(objective);
    for (size_t i = 0; i < objective->parts; i++)
        nst__term_close(&objective->part[i].term);
    nst__guide_destroy(objective->guide);
    nst__guide_destroy(objective->content_guide);
    for (size_t r = 0; r < NST__MAX_REGIONS; r++)
        nst__guide_destroy(objective->region_guide[r]);
    nst__halo_destroy(objective->halo);
    nst__sweep_destroy(objective->walk.sweep);
    nst__free(objective);
}
