/*
 * Paints a picture of any size. A small one is painted in one pass. A large one is cut into tiles that overlap by what
 * an output sees, so that there are no seams; but a tile alone would be normalised by its own statistics. So these are
 * measured first, all layers at once, on a mosaic of pieces from all over the picture at full size.
 */
#include "base/alloc.h"
#include "image/image.h"
#include "nn/conv_pad.h"
#include "nn/engine_handle.h"
#include "painter/painter.h"
#include "painter/painter_run.h"
#include "tensor/gemm.h"

#include <string.h>

enum {
    TILE = 1024, /* most pixels of a side in one pass */
    PIECES = 4   /* of the mosaic, in a row and in a column */
};

static size_t whole_steps(size_t n)
{
    const size_t step = NST__PAINTER_STEP, least = NST__PAINTER_LEAST;
    return n < least ? least : (n + step - 1) / step * step;
}

/* One direction of the picture: its size in whole steps, and the tiles. */
typedef struct cut {
    size_t all, tile, core, halo, count;
} cut;

static cut cut_of(size_t size, size_t most, size_t halo)
{
    cut c = {.all = whole_steps(size), .halo = halo};
    c.tile = c.all < most ? c.all : most;
    c.core = c.all > most ? most - 2 * halo : c.all;
    c.count = (c.all + c.core - 1) / c.core;
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
    const size_t top = core > c->halo ? core - c->halo : 0;
    return top < last ? top : last;
}

typedef struct work {
    const nst_image *image;
    nst_image *result;
    nst__painter_run run;
    cut rows, columns;
    float *pixels; /* of a tile */
} work;

/* Copies a part of the picture, reflected beyond its end, to rows that are LD floats apart. */
static void take(const nst_image *image, size_t top, size_t left, size_t height, size_t width, float *out, size_t ld)
{
    const nst__map map = {image->height, image->width, 3, image->pixels};
    for (size_t i = 0; i < height; i++)
        nst__reflect_row(&map, (ptrdiff_t)(top + i), (ptrdiff_t)left, width, out + i * ld);
}

static void give(const work *job, size_t i, size_t j, const float *painted)
{
    const cut *rows = &job->rows, *columns = &job->columns;
    const size_t top = core_at(rows, i), left = core_at(columns, j);
    const size_t height = job->result->height, width = job->result->width;
    const size_t end = left + columns->core < width ? left + columns->core : width;
    for (size_t row = top; row < top + rows->core && row < height && left < end; row++)
        memcpy(job->result->pixels + (row * width + left) * 3,
               painted + ((row - tile_at(rows, i)) * columns->tile + left - tile_at(columns, j)) * 3,
               (end - left) * 3 * sizeof *painted);
}

/* The statistics of a mosaic, which has the size of a tile. */
static void measure(work *job, float *statistics)
{
    const size_t height = job->rows.tile, width = job->columns.tile;
    for (size_t n = 0; n < PIECES * PIECES; n++) {
        const size_t i = n / PIECES, j = n % PIECES, top = i * height / PIECES, left = j * width / PIECES;
        take(job->image, i * (job->rows.all - height / PIECES) / (PIECES - 1),
             j * (job->columns.all - width / PIECES) / (PIECES - 1), (i + 1) * height / PIECES - top,
             (j + 1) * width / PIECES - left, job->pixels + (top * width + left) * 3, width * 3);
    }
    nst__painter_run_forward(&job->run, job->pixels, NULL);
    nst__painter_run_statistics(&job->run, statistics);
}

static void paint(work *job, const float *statistics)
{
    for (size_t i = 0; i < job->rows.count; i++)
        for (size_t j = 0; j < job->columns.count; j++) {
            take(job->image, tile_at(&job->rows, i), tile_at(&job->columns, j), job->rows.tile, job->columns.tile,
                 job->pixels, job->columns.tile * 3);
            give(job, i, j, nst__painter_run_forward(&job->run, job->pixels, statistics));
        }
}

nst_status nst__painter_paint(nst_image **out, nst_painter *painter, const nst_image *image, size_t tile,
                              const float *statistics)
{
    nst_status status = NST_OK;
    work job = {.image = image};
    float *measured = NULL;
    const size_t halo = whole_steps(nst__painter_net_reach(painter->net));
    NST_TRY(nst__painter_enter(&job.run.engine, painter));
    job.run.net = painter->net;
    job.rows = cut_of(image->height, tile, halo);
    job.columns = cut_of(image->width, tile, halo);
    nst__painter_run_plan(&job.run, job.rows.tile, job.columns.tile);
    NST_TRY(nst__painter_run_prepare(&job.run));
    NST_TRY(nst_image_copy(&job.result, image));
    job.pixels = nst__alloc_aligned(job.rows.tile * job.columns.tile, 3 * sizeof *job.pixels);
    measured = nst__alloc(nst__painter_run_statistics_count(painter->net), sizeof *measured);
    if (!job.pixels || !measured) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    nst__blas_enter();
    if (!statistics && job.rows.count * job.columns.count > 1) {
        measure(&job, measured);
        statistics = measured;
    }
    paint(&job, statistics);
    nst__blas_leave();
    *out = job.result;
    job.result = NULL;
out:
    if (job.run.engine) nst__engine_leave(painter->engine, job.run.engine);
    nst_image_destroy(job.result);
    nst__free_aligned(job.pixels);
    nst__free(measured);
    return status;
}

nst_status nst_painter_paint(nst_image **out, nst_painter *painter, const nst_image *image)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(painter);
    NST_NEED(image);
    const nst_status status = nst__image_check_range(image, "picture");
    return status == NST_OK ? nst__painter_paint(out, painter, image, TILE, NULL) : status;
}
