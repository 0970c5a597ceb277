/*
 * Paints a picture of any size. A small one is painted in one pass. A large one is cut into tiles that overlap by what
 * an output sees. Each normalisation needs the statistics of its whole map, so there is a sweep over the tiles for each
 * of them, up to the layer that it reads, before that for the result.
 *
 * Most layers, in the middle of the network, have maps of a 16th of the picture's positions, which are kept whole. Only
 * the few layers before and after them are computed in tiles, more than once. The result is that of one pass, but for
 * rounding.
 */
#include "base/alloc.h"
#include "image/image.h"
#include "nn/conv_pad.h"
#include "nn/engine_handle.h"
#include "nn/norm.h"
#include "painter/painter.h"
#include "painter/painter_noise.h"
#include "painter/painter_run.h"
#include "tensor/gemm.h"

#include <string.h>

enum {
    ONE_PASS = 1 << 21, /* most pixels that are painted in one pass, such as full HD */
    TILE = 512,         /* of a larger picture */
    CHANNELS = 64       /* most of a layer */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t whole_steps(size_t n)
{
    const size_t step = NST__PAINTER_STEP, small = NST__PAINTER_LEAST;
    return n < small ? small : (n + step - 1) / step * step;
}

/* ---- Tiles ---- */

/* One direction of a map, and its tiles. */
typedef struct cut {
    size_t all, tile, core, halo, count;
} cut;

static cut cut_of(size_t all, size_t most, size_t halo)
{
    cut c = {.all = all, .tile = least(all, most), .halo = halo};
    c.core = all > most ? most - 2 * halo : all;
    c.count = (all + c.core - 1) / c.core;
    return c;
}

/* Where the core of tile INDEX begins, and the tile around it. */
static size_t core_at(const cut *c, size_t index)
{
    return index * c->core;
}

static size_t tile_at(const cut *c, size_t index)
{
    const size_t core = core_at(c, index), last = c->all - c->tile;
    return least(core > c->halo ? core - c->halo : 0, last);
}

/* Layers that are computed in tiles: the map of RUN.FROM is given whole, that of RUN.TO is made. */
typedef struct part {
    nst__painter_run run;
    nst__map given; /* reflected beyond its end */
    cut rows, columns;
    float *tile;
} part;

/* A part of a map that was made of a tile, and where it belongs in the whole map. */
typedef struct core {
    size_t top, left, height, width, to_top, to_left;
} core;

static core core_of(const part *p, const nst__map *map, size_t i, size_t j)
{
    const size_t top = core_at(&p->rows, i), left = core_at(&p->columns, j);
    const size_t times = map->height, parts = p->rows.tile; /* the scale of the map, the same in both directions */
    return (core){.top = (top - tile_at(&p->rows, i)) * times / parts,
                  .left = (left - tile_at(&p->columns, j)) * times / parts,
                  .height = least(p->rows.core, p->rows.all - top) * times / parts,
                  .width = least(p->columns.core, p->columns.all - left) * times / parts,
                  .to_top = top * times / parts,
                  .to_left = left * times / parts};
}

/* TO may end before the core. */
static void keep(const nst__map *map, const core *c, const nst__map *to)
{
    const size_t n = map->channels, left = to->width > c->to_left ? to->width - c->to_left : 0;
    for (size_t row = 0; row < c->height && c->to_top + row < to->height; row++)
        memcpy(to->data + ((c->to_top + row) * to->width + c->to_left) * n,
               map->data + ((c->top + row) * map->width + c->left) * n, least(c->width, left) * n * sizeof *to->data);
}

static void take(const part *p, size_t i, size_t j)
{
    const ptrdiff_t top = (ptrdiff_t)tile_at(&p->rows, i), left = (ptrdiff_t)tile_at(&p->columns, j);
    const size_t width = p->columns.tile;
    for (size_t row = 0; row < p->rows.tile; row++) {
        float *to = p->tile + row * width * p->given.channels;
        nst__reflect_row(&p->given, top + (ptrdiff_t)row, left, width, to);
        if (p->run.from == 0) nst__painter_add_noise((size_t)top + row, (size_t)left, width, to);
    }
}

/* Computes all tiles. Their cores are added to SUMS, or, if that is NULL, kept in TO. */
static nst_status sweep(part *p, size_t last, const float *statistics, double *sums, const nst__map *to)
{
    nst_status status = NST_OK;
    p->run.to = last;
    nst__painter_run_plan(&p->run, p->rows.tile, p->columns.tile);
    NST_TRY(nst__painter_run_prepare(&p->run));
    nst__blas_enter();
    for (size_t i = 0; i < p->rows.count; i++)
        for (size_t j = 0; j < p->columns.count; j++) {
            take(p, i, j);
            const nst__map map = nst__painter_run_forward(&p->run, p->tile, statistics);
            const core c = core_of(p, &map, i, j);
            if (sums)
                nst__norm_add_sums(p->run.engine, &map, c.top, c.left, c.height, c.width, sums);
            else
                keep(&map, &c, to);
        }
    nst__blas_leave();
out:
    return status;
}

/* The number of positions of the map of LAYER. */
static double positions_of(const part *p, size_t layer)
{
    const nst__map *map = &p->run.shape[layer];
    const double scale = (double)map->height / (double)p->rows.tile;
    return (double)p->rows.all * (double)p->columns.all * scale * scale;
}

/* The map TO of layer LAST. STATISTICS, SUMS: memory. */
static nst_status make(part *p, size_t last, float *statistics, double *sums, const nst__map *to)
{
    nst_status status = NST_OK;
    const nst__painter_net *net = p->run.net;
    float *next = statistics;
    for (size_t i = p->run.from + 1; i < last; i++) {
        const nst__painter_layer *layer = &net->layer[i];
        if (layer->row->operation != NST__NORM) continue;
        memset(sums, 0, nst__norm_sums_count(layer->channels) * sizeof *sums);
        NST_TRY(sweep(p, layer->x, statistics, sums, NULL));
        nst__norm_conclude(layer->channels, positions_of(p, layer->x), sums, next);
        next += 2 * layer->channels;
    }
    NST_TRY(sweep(p, last, statistics, NULL, to));
out:
    return status;
}

/* ---- A picture ---- */

/* The layers with the smallest maps: from the first of these maps to the last, which replaces it. */
static nst_status paint_inner(const nst__painter_run *like, const nst__map *inner)
{
    nst_status status = NST_OK;
    nst__painter_run run = *like;
    run.from = run.net->inner_first;
    run.to = run.net->inner_last;
    nst__painter_run_plan(&run, inner->height, inner->width);
    NST_TRY(nst__painter_run_prepare(&run));
    nst__blas_enter();
    const nst__map map = nst__painter_run_forward(&run, inner->data, NULL);
    memcpy(inner->data, map.data, map.height * map.width * map.channels * sizeof *map.data);
    nst__blas_leave();
out:
    return status;
}

static nst_status paint_tiles(const nst__painter_run *like, nst__map picture, const nst__map *result, size_t tile)
{
    nst_status status = NST_OK;
    const nst__painter_net *net = like->net;
    const size_t step = NST__PAINTER_STEP, last = net->layers - 1;
    const size_t before = whole_steps(nst__painter_net_reach(net, 0, net->inner_first));
    const size_t after = whole_steps(nst__painter_net_reach(net, net->inner_last, last));
    nst__map inner = {whole_steps(picture.height) / step, whole_steps(picture.width) / step,
                      net->layer[net->inner_first].channels, NULL};
    part p = {.run = *like, .given = picture};
    float *statistics = nst__alloc(NST__LAYERS_MAX, 2 * CHANNELS * sizeof *statistics);
    double *sums = nst__alloc(nst__norm_sums_count(CHANNELS), sizeof *sums);
    inner.data = nst__alloc_aligned(inner.height * inner.width, inner.channels * sizeof *inner.data);
    p.tile = nst__alloc_aligned(tile * tile, CHANNELS / (step * step) * sizeof *p.tile); /* more than 3 */
    if (!statistics || !sums || !inner.data || !p.tile) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    p.rows = cut_of(inner.height * step, tile, before);
    p.columns = cut_of(inner.width * step, tile, before);
    NST_TRY(make(&p, net->inner_first, statistics, sums, &inner));
    NST_TRY(paint_inner(like, &inner));
    p.given = inner;
    p.run.from = net->inner_last;
    p.rows = cut_of(inner.height, tile / step, after / step);
    p.columns = cut_of(inner.width, tile / step, after / step);
    NST_TRY(make(&p, last, statistics, sums, result));
out:
    nst__free(statistics);
    nst__free(sums);
    nst__free_aligned(inner.data);
    nst__free_aligned(p.tile);
    return status;
}

static nst_status paint_at_once(nst__painter_run *run, nst__map picture, const nst__map *result)
{
    nst_status status = NST_OK;
    part p = {.run = *run, .given = picture};
    p.rows = cut_of(whole_steps(picture.height), SIZE_MAX, 0);
    p.columns = cut_of(whole_steps(picture.width), SIZE_MAX, 0);
    p.tile = nst__alloc_aligned(p.rows.tile * p.columns.tile, 3 * sizeof *p.tile);
    if (!p.tile) return NST_ERR_OUT_OF_MEMORY;
    status = sweep(&p, run->net->layers - 1, NULL, NULL, result);
    nst__free_aligned(p.tile);
    return status;
}

/* The plain mix of the encoded values: that in OkLab looks the same. */
static void mix(nst_image *result, const nst_image *image, float strength)
{
    const size_t count = (size_t)image->height * image->width * 3;
    if (strength == 1) return;
    for (size_t i = 0; i < count; i++)
        result->pixels[i] = image->pixels[i] + strength * (result->pixels[i] - image->pixels[i]);
}

nst_status nst__painter_paint(nst_image **out, nst_painter *painter, const nst_image *image, size_t most, size_t tile)
{
    nst_status status = NST_OK;
    nst__painter_run run = {.net = painter->net};
    nst_image *result = NULL;
    const nst__map picture = {image->height, image->width, 3, image->pixels};
    NST_TRY(nst_image_copy(&result, image));
    NST_TRY(nst__painter_enter(&run.engine, painter));
    const nst__map to = {image->height, image->width, 3, result->pixels};
    status = (size_t)image->height * image->width > most ? paint_tiles(&run, picture, &to, tile)
                                                         : paint_at_once(&run, picture, &to);
    nst__engine_leave(painter->engine, run.engine);
    if (status == NST_OK) status = nst__image_check_range(result, "painted picture"); /* the weights may be any */
    if (status != NST_OK) goto out;
    mix(result, image, (float)painter->strength);
    *out = result;
    result = NULL;
out:
    nst_image_destroy(result);
    return status;
}

nst_status nst_painter_paint(nst_image **out, nst_painter *painter, const nst_image *image)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(painter);
    NST_NEED(image);
    const nst_status status = nst__image_check_range(image, "picture");
    return status == NST_OK ? nst__painter_paint(out, painter, image, ONE_PASS, TILE) : status;
}
