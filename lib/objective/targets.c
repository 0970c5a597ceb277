/* The making of an objective: where losses look, the targets they compare with, and the memory all this
 * takes. */
#include "base/alloc.h"
#include "loss/contrast.h"
#include "objective/objective.h"
#include "objective/objective_state.h"
#include "tensor/gemm.h"

#include <stdio.h>
#include <string.h>

/* ---- Where terms look ---- */

/* USE NULL: on the pixels. */
static void add_term(nst__objective *objective, const nst__term_type *type, const char *kind, const nst__use *use,
                     double weight)
{
    nst__placed *placed = &objective->part[objective->parts++];
    const nst__net *net = &objective->walk.net;
    const char *layer = use ? nst__net_layer(net, use->layer)->name : "";
    placed->term = (nst__term){.type = type, .form = objective->recipe.form, .weight = weight};
    if (use) {
        placed->layer = use->layer;
        placed->map = nst__net_map(net, use->layer);
        placed->step = nst__net_step(net, use->layer);
        placed->term.channels = nst__net_channels(net, use->layer);
    }
    snprintf(placed->name, sizeof placed->name, "%s%s%s", kind, use ? "/" : "", layer);
}

static nst__net make_net(const nst__recipe *recipe, bool styles_alone)
{
    nst__net net = {.model = recipe->model,
                    .engine = recipe->engine,
                    .profile = styles_alone ? NULL : recipe->profile,
                    .cancel = recipe->cancel,
                    .padding = recipe->padding,
                    .pooling = recipe->pooling};
    nst__net_watch(&net, recipe->style_use, recipe->style_uses);
    if (!styles_alone) nst__net_watch(&net, recipe->content_use, recipe->content_uses);
    return net;
}

/* All but memory and targets. */
static void set_up(nst__objective *objective, const nst__recipe *recipe, size_t height, size_t width)
{
    const double share = recipe->form == NST_FORM_RELATIVE ? (double)recipe->style_uses : 1;
    objective->recipe = *recipe;
    objective->height = height;
    objective->width = width;
    objective->walk.net = make_net(recipe, false);
    for (size_t i = 0; i < recipe->content_uses; i++)
        add_term(objective, nst__term_find(NST__ROLE_CONTENT, "content"), "content", &recipe->content_use[i],
                 recipe->content_weight * recipe->content_use[i].weight);
    for (size_t i = 0; i < recipe->style_uses; i++)
        add_term(objective, recipe->style_loss, "style", &recipe->style_use[i],
                 recipe->style_weight * recipe->style_use[i].weight / share);
    if (recipe->tv_weight > 0)
        add_term(objective, nst__term_find(NST__ROLE_PIXELS, "tv"), "tv", NULL, recipe->tv_weight);
    if (recipe->range_weight > 0)
        add_term(objective, nst__term_find(NST__ROLE_PIXELS, "range"), "range", NULL, recipe->range_weight);
}

/* ---- Memory ---- */

/* Tiles are not cut smaller than this: what lies in the halos would be most of the work. */
enum { LEAST_CORE = 64 };

/* Floats of the content features of the largest core. */
static size_t content_floats(const nst__placed *placed, const nst__tiling *tiling)
{
    size_t most = 0;
    for (size_t corner = 0; corner < 4; corner++) {
        const size_t row = corner / 2 ? tiling->rows - 1 : 0, column = corner % 2 ? tiling->columns - 1 : 0;
        const nst__tile tile = nst__tile_at(tiling, row * tiling->columns + column);
        const nst__window window = nst__tile_window(&tile, placed->step, placed->term.channels, NULL);
        const size_t floats = nst__window_positions(&window) * placed->term.channels;
        most = floats > most ? floats : most;
    }
    return most;
}

static size_t walk_bytes(const nst__objective *objective, const nst__net *net, const nst__tiling *tiling, bool back)
{
    size_t bytes = nst__sweep_bytes(net, tiling, back);
    for (size_t i = 0; i < objective->parts && back; i++)
        if (nst__placed_is(&objective->part[i], NST__CONTENT_TERMS))
            bytes += content_floats(&objective->part[i], tiling) * sizeof(float);
    return bytes;
}

/* The next smaller cores along one side. As cores have whole steps, one tile more may be none. */
static nst__tiling split(const nst__net *net, const nst__tiling *tiling, bool rows)
{
    nst__tiling finer = *tiling;
    for (size_t more = 1; finer.core_height == tiling->core_height && finer.core_width == tiling->core_width; more++)
        finer = nst__tiling_make(net, tiling->height, tiling->width, tiling->rows + (rows ? more : 0),
                                 tiling->columns + (rows ? 0 : more));
    return finer;
}

/* The fewest tiles that need no more than LIMIT (0: no limit), or else the smallest tiles there are. */
static nst__tiling choose_tiling(const nst__objective *objective, const nst__net *net, size_t height, size_t width,
                                 bool back, size_t limit)
{
    nst__tiling tiling = nst__tiling_make(net, height, width, 1, 1);
    while (limit && walk_bytes(objective, net, &tiling, back) > limit) {
        const bool split_rows = tiling.core_height >= tiling.core_width;
        const size_t longer = split_rows ? tiling.core_height : tiling.core_width;
        if (longer < 2 * LEAST_CORE) break;
        tiling = split(net, &tiling, split_rows);
    }
    return tiling;
}

/* What is there from beginning to end: matrices, and the weights in the form the kernels want. */
static size_t lasting_bytes(const nst__objective *objective, const nst__tiling *tiling)
{
    const nst__net *net = &objective->walk.net;
    const nst__tile tile = nst__tile_at(tiling, 0);
    size_t bytes = sizeof *objective;
    for (size_t i = 0; i < objective->parts; i++)
        if (!nst__placed_is(&objective->part[i], NST__PIXEL_TERMS)) bytes += nst__term_bytes(&objective->part[i].term);
    return bytes + nst__sweep_prepared_bytes(net, &tile);
}

/* What is left of LIMIT (0: no limit) beside BYTES; never 0, which would mean no limit. */
static size_t beside(size_t limit, size_t bytes)
{
    return limit && limit <= bytes ? 1 : limit ? limit - bytes : 0;
}

static size_t guide_bytes(const nst__net *net, size_t height, size_t width, bool alpha)
{
    return alpha ? nst__guide_bytes(net, height, width) : 0;
}

size_t nst__objective_bytes(const nst__recipe *recipe, size_t height, size_t width, bool alpha,
                            const nst__style_source *styles, size_t style_count, size_t limit)
{
    nst__objective objective = {.height = 0};
    const nst__net styles_net = make_net(recipe, true);
    size_t bytes = 0;
    set_up(&objective, recipe, height, width);
    nst__tiling tiling = nst__tiling_make(&objective.walk.net, height, width, 1, 1);
    const size_t lasting = lasting_bytes(&objective, &tiling) + guide_bytes(&objective.walk.net, height, width, alpha);
    limit = beside(limit, lasting);
    if (objective.walk.net.depth) {
        tiling = choose_tiling(&objective, &objective.walk.net, height, width, true, limit);
        bytes = walk_bytes(&objective, &objective.walk.net, &tiling, true);
    }
    for (size_t i = 0; i < style_count && styles_net.depth; i++) {
        const nst__style_source *style = &styles[i];
        const size_t more = style->bytes + guide_bytes(&styles_net, style->height, style->width, style->alpha);
        tiling = choose_tiling(&objective, &styles_net, style->height, style->width, false, beside(limit, more));
        const size_t needed = walk_bytes(&objective, &styles_net, &tiling, false) + more;
        bytes = needed > bytes ? needed : bytes;
    }
    return lasting + bytes;
}

/* ---- Targets ---- */

static nst_status open_terms(nst__objective *objective)
{
    nst_status status = NST_OK;
    for (size_t i = 0; i < objective->parts; i++) {
        nst__placed *placed = &objective->part[i];
        const bool content = nst__placed_is(placed, NST__CONTENT_TERMS);
        if (!nst__placed_is(placed, NST__PIXEL_TERMS))
            NST_TRY(nst__term_open(&placed->term, content ? content_floats(placed, &objective->walk.tiling) : 0));
    }
out:
    return status;
}

static void measure(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace)
{
    nst__term_measure(&placed->term, engine, window, workspace);
}

/* Takes a whole picture through WALK: the terms of ROLES measure it. */
static nst_status measure_all(nst__objective *objective, nst__walk *walk, const float *picture, const nst__guide *guide,
                              unsigned roles)
{
    nst_status status = NST_OK;
    nst__objective_start(objective, roles);
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&walk->tiling); i++)
        NST_TRY(nst__objective_forward(objective, walk, i, picture, guide, roles, measure));
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

/* ---- Statistics that are kept ---- */

/* For each style term its mass and its sums, one after another. */
static size_t statistics_count(const nst__objective *objective)
{
    size_t count = 0;
    for (size_t i = 0; i < objective->parts; i++) {
        const nst__term *term = &objective->part[i].term;
        if (nst__placed_is(&objective->part[i], NST__STYLE_TERMS)) count += 1 + term->type->sizes(term->channels).sums;
    }
    return count;
}

size_t nst__objective_statistics_bytes(const nst__recipe *recipe)
{
    nst__objective objective = {.height = 0};
    set_up(&objective, recipe, 0, 0);
    return statistics_count(&objective) * sizeof(double);
}

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

/* Styles have no content loss and no way back, so they are walked through a net of their own. */
static nst_status measure_style(nst__objective *objective, nst__walk *walk, const nst__style_source *style)
{
    nst_status status = NST_OK;
    nst__guide *guide = NULL;
    nst__picture picture;
    void *token = NULL;
    NST_TRY(nst__cancel_check(objective->recipe.cancel));
    NST_TRY(style->open(&picture, &token, style));
    if (picture.alpha) NST_TRY(nst__guide_create(&guide, &walk->net, picture.height, picture.width, picture.alpha));
    NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &walk->tiling, false));
    NST_TRY(measure_all(objective, walk, picture.pixels, guide, NST__STYLE_TERMS));
out:
    nst__sweep_destroy(walk->sweep);
    nst__guide_destroy(guide);
    style->close(token);
    return status;
}

static nst_status add_style(nst__objective *objective, const nst__style_source *style, double share, size_t limit)
{
    const nst__recipe *recipe = &objective->recipe;
    const size_t count = statistics_count(objective);
    nst_status status = NST_OK;
    nst__walk walk = {.net = make_net(recipe, true)};
    nst__statistics_key key;
    double *numbers = nst__alloc(count, sizeof *numbers);
    if (!numbers) return NST_ERR_OUT_OF_MEMORY;
    limit = beside(limit, style->bytes + guide_bytes(&walk.net, style->height, style->width, style->alpha));
    walk.tiling = choose_tiling(objective, &walk.net, style->height, style->width, false, limit);
    nst__statistics_key_of(&key, &walk.net, &walk.tiling, recipe->style_loss, recipe->style_use, recipe->style_uses);
    if (style->statistics && nst__statistics_get(style->statistics, &key, numbers, count)) {
        copy_statistics(objective, numbers, true);
    } else {
        NST_TRY(measure_style(objective, &walk, style));
        copy_statistics(objective, numbers, false);
        if (style->statistics) NST_TRY(nst__statistics_put(style->statistics, &key, numbers, count));
    }
    learn(objective, NST__STYLE_TERMS, share);
out:
    nst__free(numbers);
    return status;
}

static nst_status add_styles(nst__objective *objective, const nst__style_source *styles, size_t count, size_t limit)
{
    nst_status status = NST_OK;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += styles[i].weight;
    for (size_t i = 0; i < count && objective->recipe.style_uses; i++)
        if (styles[i].weight > 0) NST_TRY(add_style(objective, &styles[i], styles[i].weight / sum, limit));
out:
    return status;
}

/* A picture that is one tile keeps the content's features once and for all. */
static nst_status add_content(nst__objective *objective, const nst__picture *content)
{
    nst__walk *walk = &objective->walk;
    nst_status status = NST_OK;
    const double lack = nst__contrast_lack(content->height, content->width, content->pixels, content->alpha);
    for (size_t i = 0; i < objective->parts; i++)
        objective->part[i].term.lack = lack;
    NST_TRY(measure_all(objective, walk, objective->content, objective->guide, NST__CONTENT_TERMS));
    learn(objective, NST__CONTENT_TERMS, 1);
    if (nst__tiling_count(&walk->tiling) > 1) return NST_OK;
    nst__blas_enter();
    status = nst__objective_forward(objective, walk, 0, objective->content, objective->guide, NST__CONTENT_TERMS,
                                    nst__objective_keep);
    nst__blas_leave();
out:
    return status;
}

nst_status nst__objective_create(nst__objective **out, const nst__recipe *recipe, size_t height, size_t width,
                                 const nst__picture *content, const nst__style_source *styles, size_t style_count,
                                 size_t limit)
{
    nst_status status = NST_OK;
    nst__objective *objective = nst__zalloc(1, sizeof *objective);
    *out = NULL;
    if (!objective) return NST_ERR_OUT_OF_MEMORY;
    set_up(objective, recipe, height, width);
    objective->content = content ? content->pixels : NULL;
    if (objective->walk.net.depth) {
        nst__walk *walk = &objective->walk;
        walk->tiling = nst__tiling_make(&walk->net, height, width, 1, 1);
        limit = beside(limit, lasting_bytes(objective, &walk->tiling) +
                                  guide_bytes(&walk->net, height, width, content && content->alpha));
        walk->tiling = choose_tiling(objective, &walk->net, height, width, true, limit);
        NST_TRY(open_terms(objective));
        if (content && content->alpha)
            NST_TRY(nst__guide_create(&objective->guide, &walk->net, height, width, content->alpha));
        NST_TRY(add_styles(objective, styles, style_count, limit));
        NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &walk->tiling, true));
        if (recipe->content_uses) NST_TRY(add_content(objective, content));
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
