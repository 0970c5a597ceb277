/*
 * The gradient of a convolution by its weights, of any kernel and stride:
 *
 *   dw[k,c,r,s] = sum over i,j of dy[i,j,k] x[i stride + r - K/2, j stride + s - K/2, c]
 *
 * For a kernel row r and some output channels k it is a sum, over the rows of dy, of products of two maps as they lie:
 * the padded row of x, whose pieces of K x in floats are STRIDE x in floats apart, and the row of dy. If dy has fewer
 * channels than x, the two change places, so that no columns are empty.
 *
 * A task is a kernel row and one register block of columns. It goes over the whole map, so there is nothing to add up
 * between tasks.
 */
#include "nn/conv_any.h"
#include "nn/conv_pad.h"

#include <string.h>

typedef struct plan {
    const nst__any_conv *conv;
    const nst__kernels *kernels;
    nst__engine *engine;
    nst__map x, dy;
    float *dweights;
    bool swapped;      /* a piece is of dy, a column of x */
    size_t rows;       /* of the product, whole register blocks */
    size_t across;     /* channels of the columns */
    size_t wide, deep; /* pixels of the padded row, positions that a product sums over */
} plan;

enum { ROWS = 8 };

static plan plan_of(const nst__engine *engine, const nst__any_conv *conv, size_t width)
{
    plan p = {.conv = conv, .kernels = nst__engine_kernels(engine)};
    const size_t pad = conv->kernel / 2 * 2;
    p.swapped = conv->out < conv->in && conv->out < p.kernels->columns && conv->stride == 1;
    p.across = p.swapped ? conv->in : conv->out;
    p.rows = nst__round_up(conv->kernel * (p.swapped ? conv->out : conv->in), ROWS);
    p.deep = p.swapped ? width + pad : (width - 1) / conv->stride + 1;
    p.wide = p.swapped ? width + 2 * pad : width + pad;
    return p;
}

/* A row of pieces and what is read beyond it, a row of columns, the sums. */
static size_t pieces_of(const plan *p)
{
    return nst__round_up(p->wide * (p->swapped ? p->conv->out : p->conv->in) + ROWS, NST__LANES);
}

size_t nst__any_weights_scratch(const nst__engine *engine, const nst__any_conv *conv, size_t width)
{
    const plan p = plan_of(engine, conv, width);
    return pieces_of(&p) + (p.deep + p.rows) * p.kernels->columns;
}

/* Pixels J.. of row I of MAP, WIDTH of them, reflected or with zeros beyond the map: whole pixels one after another. */
static void load_pieces(const nst__map *map, ptrdiff_t i, ptrdiff_t j, size_t width, bool reflect, float *out)
{
    const size_t n = map->channels, before = (size_t)-j;
    if (reflect) {
        nst__reflect_row(map, i, j, width, out);
        return;
    }
    memset(out, 0, width * n * sizeof *out);
    memcpy(out + before * n, map->data + (size_t)i * map->width * n, map->width * n * sizeof *out);
}

/* The same of channels FIRST.. alone, COUNT of them, then zeros up to ROOM. */
static void load_columns(const nst__map *map, ptrdiff_t i, ptrdiff_t j, size_t width, size_t first, size_t count,
                         size_t room, float *out)
{
    const float *row = map->data + nst__reflect_index(i, map->height) * map->width * map->channels + first;
    for (size_t p = 0; p < width; p++, out += room) {
        const float *pixel = row + nst__reflect_index(j + (ptrdiff_t)p, map->width) * map->channels;
        for (size_t c = 0; c < count; c++)
            out[c] = pixel[c];
        for (size_t c = count; c < room; c++)
            out[c] = 0;
    }
}

/* Adds the sums of kernel row R, for columns FIRST.., to their places. */
static void put(const plan *p, size_t r, size_t first, size_t count, const float *sums)
{
    const nst__any_conv *conv = p->conv;
    const size_t k = conv->kernel, n = p->swapped ? conv->out : conv->in;
    for (size_t s = 0; s < k; s++)
        for (size_t piece = 0; piece < n; piece++)
            for (size_t column = 0; column < count; column++) {
                const size_t o = p->swapped ? piece : first + column, c = p->swapped ? first + column : piece;
                const size_t at = p->swapped ? k - 1 - s : s;
                p->dweights[((o * conv->in + c) * k + r) * k + at] +=
                    sums[(s * n + piece) * p->kernels->columns + column];
            }
}

static void task(void *user, size_t index, int worker)
{
    const plan *p = user;
    const nst__any_conv *conv = p->conv;
    const size_t block = p->kernels->columns, chunks = (p->across + block - 1) / block, pad = conv->kernel / 2;
    const size_t r = index / chunks, first = index % chunks * block;
    const size_t count = p->across - first < block ? p->across - first : block;
    const size_t n = p->swapped ? conv->out : conv->in;
    float *pieces = nst__engine_scratch(p->engine, worker), *columns = pieces + pieces_of(p);
    float *sums = columns + p->deep * block;
    memset(pieces, 0, pieces_of(p) * sizeof *pieces);
    for (size_t i = 0; i < p->dy.height; i++) {
        const ptrdiff_t row = (ptrdiff_t)(i * conv->stride + r) - (ptrdiff_t)pad;
        const float *by = columns;
        size_t ld = block;
        if (p->swapped) {
            load_pieces(&p->dy, (ptrdiff_t)i, -(ptrdiff_t)(2 * pad), p->wide, false, pieces);
            load_columns(&p->x, row, -(ptrdiff_t)pad, p->deep, first, count, block, columns);
        } else {
            load_pieces(&p->x, row, -(ptrdiff_t)pad, p->wide, true, pieces);
            by = p->dy.data + i * p->dy.width * conv->out + first;
            ld = conv->out;
        }
        if (!p->swapped && count < block) {
            load_columns(&p->dy, (ptrdiff_t)i, 0, p->deep, first, count, block, columns);
            by = columns;
            ld = block;
        }
        p->kernels->cross(p->rows, p->deep, pieces, (p->swapped ? 1 : conv->stride) * n, by, ld, sums, block, i > 0);
    }
    put(p, r, first, count, sums);
}

void nst__any_backward_weights(nst__engine *engine, const nst__any_conv *conv, nst__map x, nst__map dy, float *dweights)
{
    plan p = plan_of(engine, conv, x.width);
    p.engine = engine;
    p.x = x;
    p.dy = dy;
    p.dweights = dweights;
    const size_t chunks = (p.across + p.kernels->columns - 1) / p.kernels->columns;
    nst__workers_run(nst__engine_workers(engine), conv->kernel * chunks, task, &p);
}
