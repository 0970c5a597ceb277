#include "objective/plan.h"
#include "base/alloc.h"
#include "objective/guide.h"
#include "objective/objective_state.h"

/* The terms and the net that a plan is made for. */
struct planning {
    nst__net net;
    nst__placed part[NST__MAX_TERMS];
    size_t parts;
};

/* Cores are not split below this size: most of the work would be in the halos. */
enum { LEAST_CORE = 64 };

/* The floats of the content features in the largest core. */
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
        finer = nst__tiling_make(net, tiling->height, tiling->width, tiling->rows + (rows ? more : 0),
                                 tiling->columns + (rows ? 0 : more));
    return finer;
}

/* Chooses the fewest tiles that need at most LIMIT bytes (0: no limit), or else the smallest tiles. CONTENT: the terms
 * whose content features are kept; NULL for a style. *BYTES: the memory of the result. */
static nst__sweep_plan choose_sweep(const nst__net *net, size_t height, size_t width, const struct planning *content,
                                    size_t limit, size_t *bytes)
{
    nst__tiling tiling = nst__tiling_make(net, height, width, 1, 1);
    for (;;) {
        const nst__sweep_plan plan = nst__sweep_plan_make(net, &tiling, content != NULL);
        const bool split_rows = tiling.core_height >= tiling.core_width;
        const size_t longer = split_rows ? tiling.core_height : tiling.core_width;
        *bytes = plan.bytes + (content ? content_bytes(content, &tiling) : 0);
        if (!limit || *bytes <= limit || longer < 2 * LEAST_CORE) return plan;
        tiling = split(net, &tiling, split_rows);
    }
}

static size_t lasting_bytes(const struct planning *planning, size_t height, size_t width, bool alpha)
{
    const nst__tiling whole = nst__tiling_make(&planning->net, height, width, 1, 1);
    const nst__tile tile = nst__tile_at(&whole, 0);
    size_t bytes = sizeof(nst__objective) + nst__sweep_prepared_bytes(&planning->net, &tile);
    for (size_t i = 0; i < planning->parts; i++)
        if (!nst__placed_is(&planning->part[i], NST__PIXEL_TERMS)) bytes += nst__term_bytes(&planning->part[i].term);
    return bytes + (alpha ? nst__guide_bytes(&planning->net, height, width) : 0);
}

/* The rest of LIMIT (0: no limit) after BYTES; never 0, which would mean no limit. */
static size_t beside(size_t limit, size_t bytes)
{
    return limit && limit <= bytes ? 1 : limit ? limit - bytes : 0;
}

static void plan_style(nst__style_plan *out, const nst__net *net, const nst__config *config,
                       const nst__style_source *style, size_t statistics, size_t limit)
{
    const size_t more = style->bytes + (style->alpha ? nst__guide_bytes(net, style->height, style->width) : 0);
    size_t bytes;
    out->sweep = choose_sweep(net, style->height, style->width, NULL, beside(limit, more), &bytes);
    nst__statistics_key_of(&out->key, net, &out->sweep.tiling, config->style_loss, config->style_tap,
                           config->style_taps);
    out->known =
        !(style->weight > 0) || (style->statistics && nst__statistics_has(style->statistics, &out->key, statistics));
    out->bytes = out->known ? 0 : bytes + more;
}

nst_status nst__plan_make(nst__plan *out, const nst__config *config, size_t height, size_t width, bool alpha,
                          const nst__style_source *styles, size_t style_count, size_t limit)
{
    const nst__net style_net = nst__config_net(config, true);
    struct planning planning = {.net = nst__config_net(config, false)};
    planning.parts = nst__place_terms(planning.part, config);
    const size_t statistics = nst__placed_statistics(planning.part, planning.parts);
    size_t bytes = 0;
    *out = (nst__plan){.height = height, .width = width};
    out->lasting = lasting_bytes(&planning, height, width, alpha);
    limit = beside(limit, out->lasting);
    if (planning.net.depth) out->sweep = choose_sweep(&planning.net, height, width, &planning, limit, &bytes);
    for (size_t i = 0; i < planning.parts && planning.net.depth; i++)
        if (nst__placed_is(&planning.part[i], NST__CONTENT_TERMS))
            out->content[i] = content_floats(&planning.part[i], &out->sweep.tiling);
    if (style_net.depth && style_count) {
        out->style = nst__zalloc(style_count, sizeof *out->style);
        if (!out->style) return NST_ERR_OUT_OF_MEMORY;
        out->styles = style_count;
    }
    for (size_t i = 0; i < out->styles; i++) {
        plan_style(&out->style[i], &style_net, config, &styles[i], statistics, limit);
        bytes = out->style[i].bytes > bytes ? out->style[i].bytes : bytes;
    }
    out->bytes = out->lasting + bytes;
    return NST_OK;
}

void nst__plan_release(nst__plan *plan)
{
    nst__free(plan->style);
    *plan = (nst__plan){.height = 0};
}

size_t nst__plan_statistics_bytes(const nst__config *config)
{
    nst__placed part[NST__MAX_TERMS];
    const size_t parts = nst__place_terms(part, config);
    return nst__placed_statistics(part, parts) * sizeof(double);
}
