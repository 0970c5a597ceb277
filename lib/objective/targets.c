/* The making of an objective: where losses look, the targets they compare with, and the memory all this
 * takes. */
#include "base/alloc.h"
#include "loss/content.h"
#include "loss/style.h"
#include "tensor/gemm.h"
#include "objective/objective_state.h"

#include <stdio.h>

/* ---- Where losses look ---- */

static nst__look *look_at(nst__objective *objective, const nst__use *use)
{
    for (size_t i = 0; i < objective->looks; i++)
        if (objective->look[i].conv == use->conv && objective->look[i].relu == use->relu) return &objective->look[i];
    nst__look *look = &objective->look[objective->looks++];
    look->conv = use->conv;
    look->relu = use->relu;
    look->channels = nst__net_channels(&objective->walk.net, use->conv);
    look->step = nst__net_step(&objective->walk.net, use->conv);
    return look;
}

static nst__term *add_term(nst__objective *objective, const char *kind, const nst__use *use, double weight)
{
    nst__term *term = &objective->term[objective->terms++];
    char layer[16];
    if (use) nst__net_layer_name(&objective->walk.net, use->conv, use->relu, layer);
    snprintf(term->name, sizeof term->name, "%s%s%s", kind, use ? "/" : "", use ? layer : "");
    term->weight = weight;
    return term;
}

static nst__net make_net(const nst__recipe *recipe, bool styles_alone)
{
    nst__net net = {.model = recipe->model,
                    .engine = recipe->engine,
                    .profile = styles_alone ? NULL : recipe->profile,
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
    for (size_t i = 0; i < recipe->content_uses; i++) {
        const nst__use *use = &recipe->content_use[i];
        look_at(objective, use)->content = add_term(objective, "content", use, recipe->content_weight * use->weight);
    }
    for (size_t i = 0; i < recipe->style_uses; i++) {
        const nst__use *use = &recipe->style_use[i];
        look_at(objective, use)->style = add_term(objective, "style", use, recipe->style_weight * use->weight / share);
    }
    if (recipe->tv_weight > 0) objective->tv = add_term(objective, "tv", NULL, recipe->tv_weight);
    if (recipe->range_weight > 0) objective->range = add_term(objective, "range", NULL, recipe->range_weight);
}

/* ---- Memory ---- */

/* Tiles are not cut smaller than this: what lies in the halos would be most of the work. */
enum { LEAST_CORE = 64 };

/* Floats of the content features of the largest core. */
static size_t content_floats(const nst__objective *objective, const nst__look *look, const nst__tiling *tiling)
{
    size_t most = 0;
    (void)objective;
    for (size_t corner = 0; corner < 4; corner++) {
        const size_t row = corner / 2 ? tiling->rows - 1 : 0, column = corner % 2 ? tiling->columns - 1 : 0;
        const nst__tile tile = nst__tile_at(tiling, row * tiling->columns + column);
        const nst__window window = nst__tile_window(&tile, look->step, look->channels, NULL);
        const size_t floats = nst__window_positions(&window) * look->channels;
        most = floats > most ? floats : most;
    }
    return most;
}

static size_t walk_bytes(const nst__objective *objective, const nst__net *net, const nst__tiling *tiling, bool back)
{
    size_t bytes = nst__sweep_bytes(net, tiling, back);
    for (size_t i = 0; i < objective->looks && back; i++)
        if (objective->look[i].content) bytes += content_floats(objective, &objective->look[i], tiling) * sizeof(float);
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
    for (size_t i = 0; i < objective->looks; i++) {
        const nst__look *look = &objective->look[i];
        if (look->style)
            bytes +=
                look->channels * look->channels * (sizeof *look->gram + sizeof *look->target + sizeof *look->slope);
    }
    for (size_t l = 0; l < net->depth; l++) {
        const nst__conv_use use = nst__sweep_use(net, l, &tile, true);
        bytes += nst__conv_prepared_bytes(nst__model_conv(net->model, l), net->engine, &use);
    }
    return bytes;
}

size_t nst__objective_bytes(const nst__recipe *recipe, size_t height, size_t width, const nst__picture *styles,
                            size_t style_count, size_t limit)
{
    nst__objective objective = {.height = 0};
    const nst__net styles_net = make_net(recipe, true);
    size_t bytes = 0;
    set_up(&objective, recipe, height, width);
    nst__tiling tiling = nst__tiling_make(&objective.walk.net, height, width, 1, 1);
    const size_t lasting = lasting_bytes(&objective, &tiling);
    limit = limit && limit <= lasting ? 1 : limit ? limit - lasting : 0;
    if (objective.walk.net.depth) {
        tiling = choose_tiling(&objective, &objective.walk.net, height, width, true, limit);
        bytes = walk_bytes(&objective, &objective.walk.net, &tiling, true);
    }
    for (size_t i = 0; i < style_count && styles_net.depth; i++) {
        tiling = choose_tiling(&objective, &styles_net, styles[i].height, styles[i].width, false, limit);
        const size_t needed = walk_bytes(&objective, &styles_net, &tiling, false);
        bytes = needed > bytes ? needed : bytes;
    }
    return lasting + bytes;
}

/* ---- Targets ---- */

static nst_status allocate_matrices(nst__objective *objective)
{
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->style) {
            look->gram = nst__alloc(look->channels * look->channels, sizeof *look->gram);
            look->target = nst__zalloc(look->channels * look->channels, sizeof *look->target);
            look->slope = nst__alloc_aligned(look->channels * look->channels, sizeof *look->slope);
            if (!look->gram || !look->target || !look->slope) return NST_ERR_OUT_OF_MEMORY;
        }
        if (look->content) {
            look->sums = nst__zalloc(2 * look->channels, sizeof *look->sums);
            if (!look->sums) return NST_ERR_OUT_OF_MEMORY;
        }
    }
    return NST_OK;
}

static void add_to_targets(nst__objective *objective, const nst__picture *style, double share)
{
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (!look->style) continue;
        const size_t positions = (style->height / look->step) * (style->width / look->step);
        const double norm = nst__style_norm(objective->recipe.form, look->channels, positions);
        for (size_t j = 0; j < look->channels * look->channels; j++)
            look->target[j] += share * norm * look->gram[j];
    }
}

/* Styles have no content loss and no way back, so they are walked through a net of their own. */
static nst_status add_style(nst__objective *objective, const nst__picture *style, double share, size_t limit)
{
    nst__walk walk = {.net = make_net(&objective->recipe, true)};
    nst_status status = NST_OK;
    walk.tiling = choose_tiling(objective, &walk.net, style->height, style->width, false, limit);
    NST_TRY(nst__sweep_create(&walk.sweep, &walk.net, &walk.tiling, false));
    nst__objective_start_sums(objective);
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&walk.tiling); i++)
        nst__objective_forward(objective, &walk, i, style->pixels, nst__objective_add_grams);
    nst__blas_leave();
    add_to_targets(objective, style, share);
out:
    nst__sweep_destroy(walk.sweep);
    return status;
}

static nst_status add_styles(nst__objective *objective, const nst__picture *styles, size_t count, size_t limit)
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

/* The factors of the content losses, and for a picture that is one tile its features once and for all. */
static nst_status add_content(nst__objective *objective)
{
    nst__walk *walk = &objective->walk;
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (!look->content) continue;
        look->features = nst__alloc_aligned(content_floats(objective, look, &walk->tiling), sizeof(float));
        if (!look->features) return NST_ERR_OUT_OF_MEMORY;
    }
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&walk->tiling); i++)
        nst__objective_forward(objective, walk, i, objective->content, nst__objective_add_sums);
    if (nst__tiling_count(&walk->tiling) == 1)
        nst__objective_forward(objective, walk, 0, objective->content, nst__objective_copy_content);
    nst__blas_leave();
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->content)
            look->factor =
                nst__content_factor(objective->recipe.form, look->channels,
                                    (objective->height / look->step) * (objective->width / look->step), look->sums);
    }
    return NST_OK;
}

nst_status nst__objective_create(nst__objective **out, const nst__recipe *recipe, size_t height, size_t width,
                                 const nst__picture *content, const nst__picture *styles, size_t style_count,
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
        const size_t lasting = lasting_bytes(objective, &walk->tiling);
        limit = limit && limit <= lasting ? 1 : limit ? limit - lasting : 0;
        walk->tiling = choose_tiling(objective, &walk->net, height, width, true, limit);
        NST_TRY(allocate_matrices(objective));
        NST_TRY(add_styles(objective, styles, style_count, limit));
        NST_TRY(nst__sweep_create(&walk->sweep, &walk->net, &walk->tiling, true));
        if (recipe->content_uses) NST_TRY(add_content(objective));
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
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        nst__free(look->gram);
        nst__free(look->target);
        nst__free_aligned(look->slope);
        nst__free_aligned(look->features);
        nst__free(look->sums);
    }
    nst__sweep_destroy(objective->walk.sweep);
    nst__free(objective);
}
