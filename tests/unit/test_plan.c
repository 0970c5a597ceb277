/* The plan of a size: its bytes are what the allocator counts, its tiles cover the picture. */
#include "unit/runner.h"

#include "base/alloc.h"
#include "image/image.h"
#include "objective/layout.h"
#include "objective/plan.h"
#include "transfer/style_sources.h"
#include "transfer/transfer.h"
#include "unit/counting_heap.h"
#include "unit/tiny_model.h"

#include <math.h>

/* ---- What is planned ---- */

typedef struct world {
    nst_transfer *transfer;
    nst__config config;
} world;

static world world_make(const nst_model *model, const char *style_loss, uint32_t width, uint32_t height)
{
    world w;
    nst_image *content = tiny_image(width, height, 1), *style = tiny_image(210, 180, 2);
    ck_assert_int_eq(nst_transfer_create(&w.transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(w.transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(w.transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(w.transfer, NST_PARAM_STYLE_LOSS, style_loss), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(w.transfer, NST_PARAM_THREADS, 2), NST_OK);
    ck_assert_int_eq(nst__transfer_enter(w.transfer), NST_OK);
    ck_assert_int_eq(nst__transfer_config(w.transfer, &w.config), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return w;
}

/* A plan for the content's own size that leaves LIMIT bytes to the objective; 0: no limit. */
static nst__plan plan_of(const world *w, nst__style_source **styles, size_t limit)
{
    const size_t height = w->transfer->content->height, width = w->transfer->content->width;
    nst__plan plan = {.height = 0};
    size_t count;
    ck_assert_int_eq(nst__style_sources(styles, &count, w->transfer, &w->config, height, width), NST_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(nst__plan_make(&plan, &w->config, height, width, false, *styles, count, limit, 0), NST_OK);
    return plan;
}

/* The most that the allocator counted while an objective was made by PLAN and evaluated. */
static size_t counted(const world *w, const nst__plan *plan, const nst__style_source *styles)
{
    const nst_image *content = w->transfer->content;
    const nst__picture picture = {content->height, content->width, content->pixels, NULL};
    float *gradient = malloc(plan->height * plan->width * 3 * sizeof *gradient);
    nst__objective *objective;
    double total;
    const size_t before = heap.live;
    heap.peak = before;
    ck_assert_msg(nst__objective_create(&objective, &w->config, plan, &picture, NULL, styles) == NST_OK, "%s",
                  nst_last_error());
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(nst__objective_evaluate(objective, content->pixels, &total, gradient), NST_OK);
        ck_assert(isfinite(total));
    }
    ck_assert_uint_eq(nst__objective_tiles(objective), nst__tiling_count(&plan->sweep.tiling));
    nst__objective_destroy(objective);
    free(gradient);
    return heap.peak - before;
}

/* ---- Tests ---- */

/* Compares the bytes of a plan with those of a real run, and returns the former. The run also keeps the statistics of
 * the style, which are not part of the plan. */
static size_t compare(const nst_model *model, const char *style_loss, size_t limit, size_t *tiles, size_t *sweeps)
{
    world w = world_make(model, style_loss, 300, 260);
    nst__style_source *styles;
    nst__plan plan = plan_of(&w, &styles, limit);
    const size_t bytes = plan.bytes, found = counted(&w, &plan, styles);
    ck_assert_msg((double)found <= 1.02 * (double)bytes && (double)found >= 0.95 * (double)bytes,
                  "%s, limit %zu: planned %zu, counted %zu", style_loss, limit, bytes, found);
    if (limit) ck_assert_uint_le(found, limit);
    if (tiles) *tiles = nst__tiling_count(&plan.sweep.tiling);
    if (sweeps) *sweeps = plan.arena;
    nst__plan_release(&plan);
    nst__free(styles);
    nst_transfer_destroy(w.transfer);
    return bytes;
}

START_TEST(bytes_are_those_of_a_run)
{
    static const char *const sources[] = {"random:0", "random:5"};
    static const char *const losses[] = {"gram", "gram", "meanstd", "centred", "w2"};
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    for (size_t i = 0; i < 5; i++) {
        nst_model *model;
        size_t tiles, arena;
        ck_assert_int_eq(nst_model_load(&model, sources[i % 2]), NST_OK);
        const size_t whole = compare(model, losses[i], 0, &tiles, &arena);
        ck_assert_uint_eq(tiles, 1);
        nst_model_destroy(model);
        /* A model of its own, which has no packed weights yet. */
        ck_assert_int_eq(nst_model_load(&model, sources[i % 2]), NST_OK);
        const size_t limit = whole - arena / 2, less = compare(model, losses[i], limit, &tiles, NULL);
        ck_assert_uint_gt(tiles, 1);
        ck_assert_uint_le(less, limit);
        nst_model_destroy(model);
    }
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

static void covers_once(const nst__tiling *tiling)
{
    const size_t positions = tiling->height * tiling->width;
    unsigned char *seen = calloc(positions, 1);
    for (size_t i = 0; i < nst__tiling_count(tiling); i++) {
        const nst__tile tile = nst__tile_at(tiling, i);
        ck_assert_uint_le(tile.top + tile.height, tiling->height);
        ck_assert_uint_le(tile.left + tile.width, tiling->width);
        ck_assert(tile.core_top >= tile.top && tile.core_top + tile.core_height <= tile.top + tile.height);
        ck_assert(tile.core_left >= tile.left && tile.core_left + tile.core_width <= tile.left + tile.width);
        for (size_t y = tile.core_top; y < tile.core_top + tile.core_height; y++)
            for (size_t x = tile.core_left; x < tile.core_left + tile.core_width; x++)
                seen[y * tiling->width + x]++;
    }
    for (size_t i = 0; i < positions; i++)
        ck_assert_uint_eq(seen[i], 1);
    free(seen);
}

/* From no limit down to one that nothing fits, where tiles are as small as they get. */
START_TEST(tiles_cover_the_picture_once)
{
    static const uint32_t sizes[][2] = {{4, 4}, {41, 30}, {333, 251}, {257, 64}, {1000, 9}, {9, 1000}};
    tiny_model tiny = tiny_model_make(3);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        world w = world_make(tiny.model, "gram", sizes[s][0], sizes[s][1]);
        nst__style_source *styles;
        nst__plan whole = plan_of(&w, &styles, 0);
        size_t most = 0;
        ck_assert_uint_eq(nst__tiling_count(&whole.sweep.tiling), 1);
        for (size_t parts = 1; parts <= 32; parts++) {
            nst__style_source *again;
            const size_t limit = whole.bytes / parts;
            nst__plan plan = plan_of(&w, &again, limit);
            const size_t tiles = nst__tiling_count(&plan.sweep.tiling);
            covers_once(&plan.sweep.tiling);
            covers_once(&plan.style[0].sweep.tiling);
            ck_assert_uint_eq(plan.sweep.tiling.height, sizes[s][1]);
            ck_assert_uint_eq(plan.sweep.tiling.width, sizes[s][0]);
            ck_assert_uint_ge(tiles, most);
            most = tiles;
            nst__plan_release(&plan);
            nst__free(again);
        }
        if (sizes[s][0] * sizes[s][1] > 50000) ck_assert_uint_gt(most, 4);
        nst__plan_release(&whole);
        nst__free(styles);
        nst_transfer_destroy(w.transfer);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* Also where a halo is wider than a core, so that the largest tiles are far from every border. */
START_TEST(the_arena_holds_every_tile)
{
    static const char *const deepest[] = {"conv3_1", "conv5_1", "conv5_3", "conv5_4"};
    nst_model *model;
    nst__engine *engine;
    ck_assert_int_eq(nst_model_load(&model, "random:0"), NST_OK);
    ck_assert_int_eq(nst__engine_create(&engine, 1, 0, 0, 0, NULL), NST_OK);
    for (size_t d = 0; d < sizeof deepest / sizeof deepest[0]; d++) {
        nst__net net = {.model = model, .engine = engine};
        nst__tap tap = {.weight = 1};
        ck_assert_int_eq(nst__model_find(model, deepest[d], &tap.layer), NST_OK);
        nst__net_tap(&net, &tap, 1);
        for (size_t side = 464; side <= 800; side += 112)
            for (size_t rows = 1; side / rows >= 64; rows++) {
                const nst__tiling tiling = nst__tiling_make(&net, side, side + 40, rows, rows / 2 + 1);
                const nst__sweep_plan plan = nst__sweep_plan_make(&net, &tiling, true);
                nst__layout layout = {.net = &net, .backward = true};
                for (size_t i = 0; i < nst__tiling_count(&tiling); i++) {
                    const nst__tile tile = nst__tile_at(&tiling, i);
                    ck_assert_msg(nst__layout_make(&layout, tile.height, tile.width) <= plan.arena,
                                  "%s at %zu in %zu rows: tile %zu", deepest[d], side, rows, i);
                }
            }
    }
    nst__engine_destroy(engine);
    nst_model_destroy(model);
}
END_TEST

/* A style that was measured before, or that counts for nothing, needs no pass; the tiles of its pass stay. */
START_TEST(a_known_style_needs_no_pass)
{
    tiny_model tiny = tiny_model_make(3);
    world w = world_make(tiny.model, "gram", 20, 16);
    nst__style_source *styles, *again;
    nst__plan first = plan_of(&w, &styles, 0);
    ck_assert(!first.style[0].known);
    ck_assert_uint_ge(first.arena, first.style[0].sweep.arena);
    ck_assert_uint_ge(first.arena, first.sweep.arena);
    counted(&w, &first, styles);
    nst__plan second = plan_of(&w, &again, 0);
    ck_assert(second.style[0].known);
    ck_assert_uint_eq(second.style[0].sweep.arena, first.style[0].sweep.arena);
    ck_assert_uint_eq(second.arena, nst__engine_arena_bytes(w.config.engine)); /* kept */
    ck_assert_uint_le(second.bytes, first.bytes);
    nst__engine_trim(w.config.engine, 0, 0);
    nst__plan_release(&second);
    nst__free(again);
    second = plan_of(&w, &again, 0);
    ck_assert_uint_eq(second.arena, second.sweep.arena);
    nst__plan_release(&second);
    again[0].statistics = NULL;
    again[0].weight = 0;
    ck_assert_int_eq(nst__plan_make(&second, &w.config, 16, 20, false, again, 1, 0, 0), NST_OK);
    ck_assert(second.style[0].known);
    nst__plan_release(&first);
    nst__plan_release(&second);
    nst__free(styles);
    nst__free(again);
    nst_transfer_destroy(w.transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("plan", bytes_are_those_of_a_run, tiles_cover_the_picture_once, the_arena_holds_every_tile,
       a_known_style_needs_no_pass)
