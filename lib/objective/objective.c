#include "objective/objective.h"
#include "loss/content.h"
#include "loss/gradient.h"
#include "loss/gram.h"
#include "loss/pixels.h"
#include "loss/style.h"
#include "tensor/gemm.h"
#include "objective/objective_state.h"

#include <string.h>

static nst__window window_of(const nst__objective *objective, const nst__look *look, nst__map map)
{
    return nst__tile_window(&objective->tile, look->step, look->channels, map.data);
}

static bool rectifies(const nst__objective *objective, const nst__look *look)
{
    return nst__net_rectifies(objective->net, look->conv, look->relu);
}

static size_t positions_of(const nst__objective *objective, const nst__look *look)
{
    return (objective->height / look->step) * (objective->width / look->step);
}

/* ---- What happens at each layer ---- */

void nst__objective_add_grams(void *user, size_t conv, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->conv != conv || !look->style) continue;
        const nst__window window = window_of(objective, look, map);
        const double start = nst__seconds(), c = (double)look->channels;
        nst__gram_add(objective->net->engine, &window, rectifies(objective, look), look->gram, workspace);
        nst__profile_add(objective->walk.net.profile, conv, NST__WORK_GRAM, start,
                         c * c * (double)nst__window_positions(&window));
    }
}

static void add_distances(void *user, size_t conv, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    (void)workspace;
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->conv != conv || !look->content) continue;
        const nst__window window = window_of(objective, look, map);
        const double start = nst__seconds();
        look->distance +=
            nst__content_distance(objective->net->engine, &window, rectifies(objective, look), look->features);
        nst__profile_add(objective->walk.net.profile, conv, NST__WORK_LOSS, start, 0);
    }
}

static void add_both(void *user, size_t conv, nst__map map, float *workspace)
{
    nst__objective_add_grams(user, conv, map, workspace);
    add_distances(user, conv, map, workspace);
}

void nst__objective_copy_content(void *user, size_t conv, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    (void)workspace;
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->conv != conv || !look->content) continue;
        const nst__window window = window_of(objective, look, map);
        nst__content_copy(&window, rectifies(objective, look), look->features);
    }
}

void nst__objective_add_sums(void *user, size_t conv, nst__map map, float *workspace)
{
    nst__objective *objective = user;
    (void)workspace;
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->conv != conv || !look->content) continue;
        const nst__window window = window_of(objective, look, map);
        nst__content_sums(&window, rectifies(objective, look), look->sums);
    }
}

static void differentiate(void *user, size_t conv, nst__map map)
{
    nst__objective *objective = user;
    const double start = nst__seconds();
    nst__slopes slopes[2] = {{0}};
    nst__window window = {0};
    double operations = 0;
    for (size_t i = 0; i < objective->looks; i++) {
        const nst__look *look = &objective->look[i];
        if (look->conv != conv) continue;
        nst__slopes *of = &slopes[look->relu];
        window = window_of(objective, look, map);
        if (look->style) {
            of->style = look->slope;
            operations +=
                2.0 * (double)look->channels * (double)look->channels * (double)nst__window_positions(&window);
        }
        if (look->content) {
            of->content = look->features;
            of->content_slope = 2 * look->factor * look->content->weight;
        }
    }
    nst__loss_gradient(objective->walk.net.engine, &window, &slopes[0], &slopes[1]);
    nst__profile_add(objective->walk.net.profile, conv, NST__WORK_LOSS, start, operations);
}

/* ---- Evaluation ---- */

void nst__objective_forward(nst__objective *objective, nst__walk *walk, size_t tile, const float *picture,
                            nst__at_layer_fn at_layer)
{
    const nst__observer observer = {.forward = at_layer, .user = objective};
    objective->net = &walk->net;
    objective->tile = nst__tile_at(&walk->tiling, tile);
    nst__sweep_forward(walk->sweep, &objective->tile, picture, &observer);
}

static void forward(nst__objective *objective, size_t tile, const float *picture, nst__at_layer_fn at_layer)
{
    nst__objective_forward(objective, &objective->walk, tile, picture, at_layer);
}

static void backward(nst__objective *objective, float *gradient)
{
    const nst__observer observer = {.backward = differentiate, .user = objective};
    nst__sweep_backward(objective->walk.sweep, &objective->tile, gradient, &observer);
}

void nst__objective_start_sums(nst__objective *objective)
{
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        look->distance = 0;
        if (look->gram) memset(look->gram, 0, look->channels * look->channels * sizeof *look->gram);
    }
}

static void finish_styles(nst__objective *objective)
{
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->style)
            look->style->value = nst__style_loss(objective->recipe.form, look->channels, positions_of(objective, look),
                                                 look->gram, look->target, look->style->weight, look->slope);
    }
}

static bool has_content(const nst__objective *objective)
{
    return objective->recipe.content_uses > 0;
}

/* The whole picture at once: one walk forward, one back. */
static void evaluate_whole(nst__objective *objective, const float *x, float *gradient)
{
    forward(objective, 0, x, add_both);
    finish_styles(objective);
    if (gradient) backward(objective, gradient);
}

/* Tile by tile: first all Gram matrices, which every gradient depends on; then each tile once more and back.
 * Content features are computed anew for each tile, as they would not fit for all of them. */
static void evaluate_tiles(nst__objective *objective, const float *x, float *gradient)
{
    const size_t tiles = nst__tiling_count(&objective->walk.tiling);
    if (objective->recipe.style_uses)
        for (size_t i = 0; i < tiles; i++)
            forward(objective, i, x, nst__objective_add_grams);
    finish_styles(objective);
    for (size_t i = 0; i < tiles && (gradient || has_content(objective)); i++) {
        if (has_content(objective)) forward(objective, i, objective->content, nst__objective_copy_content);
        forward(objective, i, x, add_distances);
        if (gradient) backward(objective, gradient);
    }
}

double nst__objective_evaluate(nst__objective *objective, const float *x, float *gradient)
{
    const size_t height = objective->height, width = objective->width;
    nst__engine *engine = objective->walk.net.engine;
    double total = 0;
    if (gradient) memset(gradient, 0, height * width * 3 * sizeof *gradient);
    nst__objective_start_sums(objective);
    if (objective->walk.sweep) {
        nst__blas_enter();
        if (nst__tiling_count(&objective->walk.tiling) == 1)
            evaluate_whole(objective, x, gradient);
        else
            evaluate_tiles(objective, x, gradient);
        nst__blas_leave();
    }
    for (size_t i = 0; i < objective->looks; i++) {
        nst__look *look = &objective->look[i];
        if (look->content) look->content->value = look->factor * look->distance;
    }
    const double start = nst__seconds();
    if (objective->tv) objective->tv->value = nst__tv_loss(engine, height, width, x, objective->tv->weight, gradient);
    if (objective->range)
        objective->range->value = nst__range_loss(engine, height, width, x, objective->range->weight, gradient);
    nst__profile_add(objective->walk.net.profile, 0, NST__WORK_PIXELS, start, 0);
    for (size_t i = 0; i < objective->terms; i++)
        total += objective->term[i].value * objective->term[i].weight;
    return total;
}

size_t nst__objective_terms(const nst__objective *objective)
{
    return objective->terms;
}

const nst__term *nst__objective_term(const nst__objective *objective, size_t index)
{
    return index < objective->terms ? &objective->term[index] : NULL;
}

size_t nst__objective_tiles(const nst__objective *objective)
{
    return nst__tiling_count(&objective->walk.tiling);
}
