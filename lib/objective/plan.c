#include "objective/plan.h"
#include "base/alloc.h"
#include "objective/guide.h"
#include "objective/objective_state.h"

#include <string.h>

/* What a plan is made for. */
struct planning {
    const nst__config *config;
    nst__net net, style_net;
    nst__placed part[NST__MAX_TERMS];
    size_t parts;
    size_t statistics; /* numbers that are kept of each style */
    const nst__style_source *style;
    size_t lasting; /* bytes that do not depend on the tiles */
    size_t beside;  /* bytes of others during evaluations */
};

/* The bytes of one sweep. */
struct cost {
    size_t sweep;  /* arena and scratch memory of all workers */
    size_t packed; /* weights that no sweep before it has packed; they stay */
    size_t content;
};

/* The most bytes while styles are measured, one after another. */
struct peak {
    size_t beside;  /* bytes besides the sweep: packed weights and the picture */
    size_t at_once; /* the largest sum of these and the sweep */
    size_t arena, scratch;
};

/* Cores are not split below this size: most of the work would be in the halos. */
enum { LEAST_CORE = 64 };

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The floats of the content features in the largest core. */
static size_t content_floats(const nst__placed *placed, const nst__tiling *tiling)
{
    size_t most = 0;
    if (nst__tiling_count(tiling) == 0) return 0;
    for (size_t corner = 0; corner < 4; corner++) {
        const size_t row = corner / 2 ? tiling->rows - 1 : 0, column = corner % 2 ? tiling->columns - 1 : 0;
        const nst__tile tile = nst__tile_at(tiling, row * tiling->columns + column);
        const nst__window window = nst__tile_window(&tile, placed->step, placed->term.channels, NULL);
        most = larger(most, nst__window_positions(&window) * placed->term.channels);
    }
    return most;
}

/* The bytes of the content features that are kept during a sweep backward. */
static size_t content_bytes(const struct planning *planning, const nst__tiling *tiling)
{
    size_t bytes = 0;
    for (size_t i = 0; i < planning->parts; i++)
        if (nst__placed_is(&planning->part[i], NST__CONTENT_TERMS))
            bytes += content_floats(&planning->part[i], tiling) * sizeof(float);
    return bytes;
}

/* Splits one side into the next smaller cores. Cores are multiples of the step, so one more tile may change nothing. */
static nst__tiling split(const nst__net *net, const nst__tiling *tiling, bool rows)
{
    nst__tiling finer = *tiling;
    for (size_t more = 1; finer.core_height == tiling->core_height && finer.core_width == tiling->core_width; more++)
        finer = nst__tiling_make_band(net, tiling->height, tiling->width, tiling->rows_of_cores,
                                      tiling->rows + (rows ? more : 0), tiling->columns + (rows ? 0 : more));
    return finer;
}

/* The bytes of an arena and of the scratch memory of all workers. */
static size_t sweep_bytes(const nst__engine *engine, size_t arena, size_t scratch)
{
    return arena + scratch * sizeof(float) * (size_t)nst__workers_count(nst__engine_workers(engine));
}

/* The rest of LIMIT (0: no limit) after BYTES; never 0, which would mean no limit. */
static size_t limit_after(size_t limit, size_t bytes)
{
    return limit && limit <= bytes ? 1 : limit ? limit - bytes : 0;
}

/* Chooses the fewest tiles with cores in BAND that need at most LIMIT bytes (0: no limit), or else the smallest tiles.
 * CONTENT: the terms whose content features are kept; NULL for a style. PREPARED: see nst__sweep_prepared_bytes(). */
static nst__sweep_plan choose_sweep(struct cost *cost, const nst__net *net, size_t height, size_t width, nst__rows band,
                                    const struct planning *content, unsigned prepared[NST__LAYERS_MAX], size_t limit)
{
    nst__tiling tiling = nst__tiling_make_band(net, height, width, band, 1, 1);
    unsigned before[NST__LAYERS_MAX];
    memcpy(before, prepared, sizeof before);
    for (;;) {
        const nst__sweep_plan plan = nst__sweep_plan_make(net, &tiling, content != NULL);
        const bool split_rows = tiling.core_height >= tiling.core_width;
        const size_t longer = split_rows ? tiling.core_height : tiling.core_width;
        memcpy(prepared, before, sizeof before);
        cost->packed = nst__sweep_prepared_bytes(net, &plan, prepared);
        cost->sweep = sweep_bytes(net->engine, plan.arena, plan.scratch);
        cost->content = content ? content_bytes(content, &tiling) : 0;
        if (!limit || cost->sweep + cost->packed + cost->content <= limit || longer < 2 * LEAST_CORE) return plan;
        tiling = split(net, &tiling, split_rows);
    }
}

/* The bytes of matrices, of the guide of the content and of the window with its halo. */
static size_t lasting_bytes(const struct planning *planning, const nst__bands *bands, size_t height, size_t width,
                            bool alpha)
{
    size_t bytes = sizeof(nst__objective) + nst__halo_bytes(bands, width);
    for (size_t i = 0; i < planning->parts; i++)
        if (!nst__placed_is(&planning->part[i], NST__PIXEL_TERMS)) bytes += nst__term_bytes(&planning->part[i].term);
    const nst__config *config = planning->config;
    const size_t masks = (config->masked ? config->regions : 0) + (config->content_map ? 1 : 0);
    const size_t guides = masks + (alpha ? 1 : 0);
    return bytes + masks * height * width * sizeof(float) + guides * nst__guide_bytes(&planning->net, height, width);
}

/* The rows of STYLE that this rank opens, which has its OWN rows to measure. The guide of an alpha is made of the whole
 * picture. */
static nst__rows style_rows(const struct planning *planning, const nst__style_source *style, nst__rows *own)
{
    const nst__bands bands =
        nst__bands_make(nst__engine_ranks(planning->config->engine), &planning->style_net, style->height);
    *own = nst__bands_own(&bands);
    return style->alpha ? (nst__rows){0, style->height} : nst__bands_own_window(&bands);
}

/* The bytes of a style's picture, its guide and its statistics, while it is measured. */
static size_t picture_bytes(const struct planning *planning, const nst__style_source *style)
{
    nst__rows own;
    const size_t rows = nst__rows_count(style_rows(planning, style, &own));
    const size_t guide = style->alpha ? nst__guide_bytes(&planning->style_net, style->height, style->width) : 0;
    return style->row_bytes * rows + guide + planning->statistics * sizeof(float);
}

static void plan_style(nst__style_plan *out, struct cost *cost, const struct planning *planning,
                       const nst__style_source *style, unsigned prepared[NST__LAYERS_MAX], size_t limit)
{
    const nst__config *config = planning->config;
    const nst__net *net = &planning->style_net;
    nst__rows own;
    out->rows = style_rows(planning, style, &own);
    own = (nst__rows){own.first - out->rows.first, own.end - out->rows.first};
    out->sweep = choose_sweep(cost, net, nst__rows_count(out->rows), style->width, own, NULL, prepared, limit);
    nst__statistics_key_of(&out->key, net, &out->sweep.tiling, config->style_loss, config->style_tap,
                           config->style_taps);
    out->key.height = style->height;
    memcpy(out->key.pixel_change, style->pixel_change, sizeof style->pixel_change);
    out->known = !(style->weight > 0) ||
                 (style->statistics && nst__statistics_has(style->statistics, &out->key, planning->statistics));
}

/* A style without a picture: nothing is measured. */
static void plan_recall(nst__style_plan *out, struct cost *cost)
{
    out->known = true;
    *cost = (struct cost){.sweep = 0};
}

static void add_cost(struct peak *peak, const nst__sweep_plan *sweep, const struct cost *cost, size_t beside)
{
    peak->beside = larger(peak->beside, beside);
    peak->at_once = larger(peak->at_once, beside + cost->sweep);
    peak->arena = larger(peak->arena, sweep->arena);
    peak->scratch = larger(peak->scratch, sweep->scratch);
}

/* Plans the passes over all styles: STYLES is the peak if no style is known, UNKNOWN that of the others. Returns the
 * bytes of the weights that they pack. */
static size_t plan_styles(nst__plan *out, struct peak *styles, struct peak *unknown, const struct planning *planning,
                          unsigned prepared[NST__LAYERS_MAX], size_t limit)
{
    size_t packed = 0;
    for (size_t i = 0; i < out->styles; i++) {
        const size_t picture = picture_bytes(planning, &planning->style[i]);
        struct cost cost;
        if (planning->style[i].recall)
            plan_recall(&out->style[i], &cost);
        else
            plan_style(&out->style[i], &cost, planning, &planning->style[i], prepared,
                       limit_after(limit, packed + picture));
        packed += cost.packed;
        add_cost(styles, &out->style[i].sweep, &cost, packed + picture);
        if (!out->style[i].known) add_cost(unknown, &out->style[i].sweep, &cost, packed + picture);
    }
    return packed;
}

/* The bytes of the arena and the scratch memory that the engine keeps from the first sweep to the last. */
static size_t set_kept(nst__plan *out, const nst__engine *engine, const struct peak *styles)
{
    out->arena = larger(larger(out->sweep.arena, styles->arena), nst__engine_arena_bytes(engine));
    out->scratch = larger(larger(out->sweep.scratch, styles->scratch), nst__engine_scratch_floats(engine));
    return sweep_bytes(engine, out->arena, out->scratch);
}

/* Plans all sweeps, each within LIMIT (0: no limit) if it can be. The tiles, and so the result of a run, do not depend
 * on which styles are known. Returns the bytes as if none were known. */
static size_t plan_sweeps(nst__plan *out, const struct planning *planning, size_t limit)
{
    unsigned prepared[NST__LAYERS_MAX] = {0}, alone[NST__LAYERS_MAX] = {0};
    struct peak styles = {0}, unknown = {0};
    struct cost cost = {0};
    const nst__rows window = nst__bands_own_window(&out->bands), own = nst__bands_own(&out->bands);
    const nst__rows band = {own.first - window.first, own.end - window.first};
    limit = limit_after(limit, planning->lasting);
    if (planning->net.depth)
        out->sweep = choose_sweep(&cost, &planning->net, nst__rows_count(window), out->width, band, planning, alone,
                                  limit_after(limit, planning->beside));
    size_t packed = plan_styles(out, &styles, &unknown, planning, prepared, limit_after(limit, cost.content));
    packed += nst__sweep_prepared_bytes(&planning->net, &out->sweep, prepared);
    const size_t lasting = planning->lasting + cost.content;
    if (out->limited) {
        const size_t evaluation = packed + cost.sweep + planning->beside;
        out->bytes = lasting + larger(evaluation, unknown.at_once);
        return lasting + larger(evaluation, styles.at_once);
    }
    const size_t kept = set_kept(out, planning->config->engine, &unknown);
    out->bytes = lasting + larger(packed + planning->beside, unknown.beside) + kept;
    return out->bytes;
}

/* Each sweep leaves packed weights, which take room from the others. If all together exceed LIMIT, all are planned
 * again with less room, and finally with the smallest tiles. */
static void plan_within(nst__plan *out, const struct planning *planning, size_t limit)
{
    size_t room = limit, bytes = plan_sweeps(out, planning, room);
    for (int attempt = 0; limit && bytes > limit && attempt < 5; attempt++) {
        room = attempt < 4 ? limit_after(room, bytes - limit) : 1;
        bytes = plan_sweeps(out, planning, room);
    }
}

nst_status nst__plan_make(nst__plan *out, const nst__config *config, size_t height, size_t width, bool alpha,
                          const nst__style_source *styles, size_t style_count, size_t limit, size_t beside)
{
    struct planning planning = {.config = config,
                                .beside = beside,
                                .net = nst__config_net(config, false),
                                .style_net = nst__config_net(config, true),
                                .style = styles};
    planning.parts = nst__place_terms(planning.part, config);
    planning.statistics = nst__placed_statistics(planning.part, planning.parts, NST__STYLE_TERMS);
    *out = (nst__plan){.height = height, .width = width, .limited = limit > 0};
    out->bands = nst__bands_make(nst__engine_ranks(config->engine), &planning.net, height);
    planning.lasting = lasting_bytes(&planning, &out->bands, height, width, alpha);
    if (planning.style_net.depth && style_count) {
        out->style = nst__zalloc(style_count, sizeof *out->style);
        if (!out->style) return NST_ERR_OUT_OF_MEMORY;
        out->styles = style_count;
    }
    plan_within(out, &planning, limit);
    for (size_t i = 0; i < planning.parts && planning.net.depth; i++)
        if (nst__placed_is(&planning.part[i], NST__CONTENT_TERMS))
            out->content[i] = content_floats(&planning.part[i], &out->sweep.tiling);
    return NST_OK;
}

void nst__plan_release(nst__plan *plan)
{
    nst__free(plan->style);
    *plan = (nst__plan){.height = 0};
}

nst__bands nst__plan_bands(const nst__config *config, size_t height)
{
    const nst__net net = nst__config_net(config, false);
    return nst__bands_make(nst__engine_ranks(config->engine), &net, height);
}

nst__sweep_plan nst__plan_measure(const nst__net *net, size_t height, size_t width, size_t limit, size_t *bytes)
{
    unsigned prepared[NST__LAYERS_MAX] = {0};
    struct cost cost;
    const nst__sweep_plan plan = choose_sweep(&cost, net, height, width, (nst__rows){0, height}, NULL, prepared, limit);
    *bytes = cost.sweep + cost.packed;
    return plan;
}

size_t nst__plan_statistics_bytes(const nst__config *config)
{
    nst__placed part[NST__MAX_TERMS];
    const size_t parts = nst__place_terms(part, config);
    return nst__placed_statistics(part, parts, NST__STYLE_TERMS) * sizeof(float);
}
