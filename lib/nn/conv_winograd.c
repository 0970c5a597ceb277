/*
 * Winograd's convolution, F(4x4,3x3) or F(6x6,3x3), Lavin & Gray, arXiv:1509.09308: each tile of t x t input
 * pixels is transformed. For each of the t x t elements xi, one matrix product over the channels gives
 *
 *   M[xi] [tiles, to] = V[xi] [tiles, from] U[xi] [from, to]
 *
 * and M is transformed to (t-2) x (t-2) pixels of the output.
 *
 * There are two ways to compute it.
 *   fused   If U is small: a task takes a block of tiles whose V stays in the second-level cache. For each chunk of
 *           output channels it computes M and writes the output.
 *   shared  If U is large: reading U for each small block would cost more than the products. All workers transform one
 *           large block of tiles together, divide the products by xi, so that each part of U is read once, and
 *           transform back together.
 */
#include "nn/conv_method.h"
#include "nn/conv_pad.h"

#include <string.h>

#define PAD NST__LANES /* a gap between the matrices, so that their rows do not share cache sets */

typedef struct plan {
    const nst__pass *pass;
    nst__product_layout layout;
    int six;         /* index of the transforms */
    size_t side;     /* of an output tile */
    size_t matrices; /* t x t */
    size_t depth;    /* from channels, whole blocks */
    size_t to;
    size_t across, tiles;
    size_t block; /* tiles at a time */
    bool shared;
    size_t ldm, v_step, m_step; /* floats from row to row of M, and from xi to xi */
    float *v, *m;               /* of a shared block */
    size_t first;               /* tile of a shared block */
} plan;

/* The measured optimum: half a megabyte of V for a fused block, about forty megabytes of V and M for a shared block. A
 * block consists of whole panels, and all blocks have the same size. */
#define FUSED_FLOATS   (1 << 17)
#define SHARED_ROWS    9216
#define SHARED_WEIGHTS ((size_t)9 << 19) /* floats of U from which blocks are shared */

static size_t block_of(const plan *p)
{
    const size_t rows = p->layout.own ? p->layout.rows : 16;
    const size_t most = p->shared ? SHARED_ROWS / p->matrices : FUSED_FLOATS / (p->matrices * p->depth);
    const size_t limit = most < rows ? rows : most / rows * rows;
    const size_t blocks = (p->tiles + limit - 1) / limit;
    return blocks == 0 ? 0 : nst__round_up((p->tiles + blocks - 1) / blocks, rows);
}

/* SIDE: of an output tile, 4 or 6. */
static plan plan_of(const nst__engine *engine, size_t side, size_t from, size_t to, size_t height, size_t width)
{
    plan p = {.six = side == 6, .side = side, .to = to};
    p.matrices = (p.side + 2) * (p.side + 2);
    p.layout = nst__product_layout_of(engine, p.to);
    p.depth = nst__round_up(from, NST__LANES);
    p.across = (width + p.side - 1) / p.side;
    p.tiles = p.across * ((height + p.side - 1) / p.side);
    p.shared = p.matrices * p.depth * p.to > SHARED_WEIGHTS;
    const size_t columns = nst__round_up(p.to, p.layout.width);
    p.block = block_of(&p);
    p.ldm = p.shared ? columns : p.layout.width;
    p.v_step = nst__round_up(p.block, p.layout.rows) * p.depth + PAD;
    p.m_step = nst__round_up(p.block, p.layout.rows) * p.ldm + PAD;
    return p;
}

static size_t scratch_of(const nst__engine *engine, size_t side, const nst__conv_shape *shape)
{
    const plan p = plan_of(engine, side, shape->from, shape->to, shape->height, shape->width);
    const size_t all = p.matrices * (p.v_step + p.m_step);
    const size_t workers = (size_t)nst__workers_count(nst__engine_workers(engine));
    return p.shared ? (all + workers - 1) / workers : all;
}

/* Channels CHANNEL.. of t x t pixels, those of rows I[t] and columns J[t]; -1 is padding with zeros. */
static void copy_patch(const nst__map *from, size_t t, const ptrdiff_t *i, const ptrdiff_t *j, size_t channel,
                       float *patch)
{
    const size_t left = from->channels - channel, count = left < NST__LANES ? left : NST__LANES;
    for (size_t n = 0; n < t * t; n++, patch += NST__LANES) {
        const ptrdiff_t row = i[n / t], column = j[n % t];
        if (row < 0 || column < 0 || count < NST__LANES) memset(patch, 0, NST__LANES * sizeof *patch);
        if (row < 0 || column < 0) continue;
        const float *pixel = from->data + ((size_t)row * from->width + (size_t)column) * from->channels + channel;
        if (count == NST__LANES)
            memcpy(patch, pixel, NST__LANES * sizeof *patch); /* of known size: no call */
        else
            memcpy(patch, pixel, count * sizeof *patch);
    }
}

/* Row TILE of every V[xi] from tile INDEX of the map. Tiles that cross the border are first copied with their padding,
 * and so are channels that do not fill a block. */
static void input(const plan *p, size_t index, float *v, size_t tile)
{
    const nst__pass *pass = p->pass;
    const nst__map *from = &pass->from;
    const nst__kernels *kernels = p->layout.kernels;
    const size_t t = p->side + 2, step = nst__product_layout_step(&p->layout);
    const ptrdiff_t i = (ptrdiff_t)(index / p->across * p->side) - (ptrdiff_t)pass->top;
    const ptrdiff_t j = (ptrdiff_t)(index % p->across * p->side) - (ptrdiff_t)pass->left;
    const bool inside =
        i >= 0 && j >= 0 && i + (ptrdiff_t)t <= (ptrdiff_t)from->height && j + (ptrdiff_t)t <= (ptrdiff_t)from->width;
    const size_t blocks = inside ? from->channels / NST__LANES : 0;
    v += nst__product_layout_row(&p->layout, tile, p->depth);
    if (blocks > 0)
        kernels->input[p->six](from->data + ((size_t)i * from->width + (size_t)j) * from->channels,
                               from->width * from->channels, from->channels, blocks, pass->relu, v, p->v_step, step);
    if (blocks == p->depth / NST__LANES) return;
    float patch[64 * NST__LANES];
    ptrdiff_t rows[8], columns[8];
    for (size_t n = 0; n < t; n++) {
        rows[n] = nst__pad_index(pass->padding, i + (ptrdiff_t)n, from->height);
        columns[n] = nst__pad_index(pass->padding, j + (ptrdiff_t)n, from->width);
    }
    for (size_t b = blocks; b < p->depth / NST__LANES; b++) {
        copy_patch(from, t, rows, columns, b * NST__LANES, patch);
        kernels->input[p->six](patch, t * NST__LANES, NST__LANES, 1, pass->relu, v + b * step, p->v_step, step);
    }
}

static void output(const plan *p, size_t index, size_t channel, size_t count, const float *m)
{
    p->layout.kernels->output[p->six](&p->pass->epilogue, index / p->across * p->side, index % p->across * p->side,
                                      channel, count, m, p->m_step);
}

static void fused_task(void *user, size_t task, int worker)
{
    const plan *p = user;
    const size_t first = task * p->block, left = p->tiles - first, count = left < p->block ? left : p->block;
    const size_t size = p->depth * p->layout.width; /* of one matrix of a chunk */
    float *v = nst__engine_scratch(p->pass->engine, worker), *m = v + p->matrices * p->v_step;
    const float *weights = p->pass->weights;
    for (size_t n = 0; n < count; n++)
        input(p, first + n, v, n);
    for (size_t channel = 0; channel < p->to; channel += p->layout.width) {
        const size_t rest = p->to - channel, columns = rest < p->layout.width ? rest : p->layout.width;
        for (size_t xi = 0; xi < p->matrices; xi++, weights += size)
            nst__product(&p->layout, count, columns, p->depth / NST__LANES, v + xi * p->v_step, weights, p->depth,
                         m + xi * p->m_step, p->ldm, false);
        for (size_t n = 0; n < count; n++)
            output(p, first + n, channel, columns, m + n * p->ldm);
    }
}

#define TILES 4 /* of a shared block, to transform in one task */

static size_t shared_count(const plan *p)
{
    return p->tiles - p->first < p->block ? p->tiles - p->first : p->block;
}

static void shared_input(void *user, size_t task, int worker)
{
    const plan *p = user;
    (void)worker;
    for (size_t n = task * TILES; n < (task + 1) * TILES && n < shared_count(p); n++)
        input(p, p->first + n, p->v, n);
}

static void shared_product(void *user, size_t xi, int worker)
{
    const plan *p = user;
    const size_t size = p->depth * p->layout.width;
    (void)worker;
    for (size_t channel = 0; channel < p->to; channel += p->layout.width) {
        const size_t rest = p->to - channel;
        nst__product(&p->layout, shared_count(p), rest < p->layout.width ? rest : p->layout.width,
                     p->depth / NST__LANES, p->v + xi * p->v_step,
                     p->pass->weights + (channel / p->layout.width * p->matrices + xi) * size, p->depth,
                     p->m + xi * p->m_step + channel, p->ldm, false);
    }
}

static void shared_output(void *user, size_t task, int worker)
{
    const plan *p = user;
    (void)worker;
    for (size_t n = task * TILES; n < (task + 1) * TILES && n < shared_count(p); n++)
        output(p, p->first + n, 0, p->to, p->m + n * p->ldm);
}

static void run(const nst__pass *pass, size_t side)
{
    const nst__map *to = &pass->epilogue.to;
    nst__workers *workers = nst__engine_workers(pass->engine);
    plan p = plan_of(pass->engine, side, pass->from.channels, to->channels, to->height, to->width);
    if (p.tiles == 0) return;
    p.pass = pass;
    if (!p.shared) {
        nst__workers_run(workers, (p.tiles + p.block - 1) / p.block, fused_task, &p);
        return;
    }
    p.v = nst__engine_scratch(pass->engine, 0);
    p.m = p.v + p.matrices * p.v_step;
    for (p.first = 0; p.first < p.tiles; p.first += p.block) {
        const size_t groups = (shared_count(&p) + TILES - 1) / TILES;
        nst__workers_run(workers, groups, shared_input, &p);
        nst__workers_run(workers, p.matrices, shared_product, &p);
        nst__workers_run(workers, groups, shared_output, &p);
    }
}

/* ---- The rows of the table ---- */

static double tiles_of(const nst__conv_shape *shape, size_t side)
{
    return (double)((shape->height + side - 1) / side) * (double)((shape->width + side - 1) / side);
}

/* 4 or 6, whichever costs less, or 0 if one plain product costs less than both. Costs are multiplications per pair of
 * channels. Each weight is read once for all rows of the product, which costs about as much as READ rows. The factors
 * are the measured cost of the transforms. */
static size_t best_side(const nst__conv_shape *shape)
{
    const double read = 26;
    const double direct = 9 * (tiles_of(shape, 1) + read);
    const double four = 1.1 * 36 * (tiles_of(shape, 4) + read);
    const double six = 1.15 * 64 * (tiles_of(shape, 6) + read);
    if (shape->from < NST__LANES || shape->to < NST__LANES) return 0;
    if (direct < four && direct < six) return 0;
    return four < six ? 4 : 6;
}

/* The matrices U one after another within each chunk: a chunk has its columns of every U[xi]. */
static nst__packing packing_of(const nst__engine *engine, size_t count, size_t from, size_t to)
{
    const nst__product_layout layout = nst__product_layout_of(engine, to);
    const size_t deep = nst__round_up(from, NST__LANES);
    return (nst__packing){.count = count,
                          .down = deep,
                          .depth = count * deep,
                          .columns = nst__round_up(to, layout.width),
                          .width = layout.width};
}

/* U = G w G', [t, t]. */
static void transform_by(size_t t, const double g[][3], const float w[9], double *u)
{
    for (size_t i = 0; i < t; i++) {
        double row[3];
        for (size_t s = 0; s < 3; s++)
            row[s] = g[i][0] * (double)w[s] + g[i][1] * (double)w[3 + s] + g[i][2] * (double)w[6 + s];
        for (size_t j = 0; j < t; j++)
            u[i * t + j] = row[0] * g[j][0] + row[1] * g[j][1] + row[2] * g[j][2];
    }
}

/* ---- F(4x4,3x3) ---- */

static bool suits4(const nst__conv_shape *shape)
{
    return best_side(shape) == 4;
}

static nst__packing packing4(const nst__engine *engine, size_t from, size_t to)
{
    return packing_of(engine, 36, from, to);
}

static void transform4(const float w[9], double u[NST__PACKED_MOST])
{
    const double r = 1.41421356237309504880;
    const double g[6][3] = {{1, 0, 0},
                            {-2.0 / 3, -r / 3, -1.0 / 3},
                            {-2.0 / 3, r / 3, -1.0 / 3},
                            {1.0 / 6, r / 6, 1.0 / 3},
                            {1.0 / 6, -r / 6, 1.0 / 3},
                            {0, 0, 1}};
    transform_by(6, g, w, u);
}

static size_t scratch4(const nst__engine *engine, const nst__conv_shape *shape)
{
    return scratch_of(engine, 4, shape);
}

static void run4(const nst__pass *pass)
{
    run(pass, 4);
}

const nst__conv_method nst__winograd4_method = {
    .name = "winograd4",
    .choice = NST_CONVOLUTION_WINOGRAD4,
    .suits = suits4,
    .packing = packing4,
    .transform = transform4,
    .scratch = scratch4,
    .run = run4,
};

/* ---- F(6x6,3x3) ---- */

static bool suits6(const nst__conv_shape *shape)
{
    return best_side(shape) == 6;
}

static nst__packing packing6(const nst__engine *engine, size_t from, size_t to)
{
    return packing_of(engine, 64, from, to);
}

static void transform6(const float w[9], double u[NST__PACKED_MOST])
{
    static const double g[8][3] = {{1, 0, 0},
                                   {-2.0 / 9, -2.0 / 9, -2.0 / 9},
                                   {-2.0 / 9, 2.0 / 9, -2.0 / 9},
                                   {1.0 / 90, 1.0 / 45, 2.0 / 45},
                                   {1.0 / 90, -1.0 / 45, 2.0 / 45},
                                   {32.0 / 45, 16.0 / 45, 8.0 / 45},
                                   {32.0 / 45, -16.0 / 45, 8.0 / 45},
                                   {0, 0, 1}};
    transform_by(8, g, w, u);
}

static size_t scratch6(const nst__engine *engine, const nst__conv_shape *shape)
{
    return scratch_of(engine, 6, shape);
}

static void run6(const nst__pass *pass)
{
    run(pass, 6);
}

const nst__conv_method nst__winograd6_method = {
    .name = "winograd6",
    .choice = NST_CONVOLUTION_WINOGRAD6,
    .suits = suits6,
    .packing = packing6,
    .transform = transform6,
    .scratch = scratch6,
    .run = run6,
};
