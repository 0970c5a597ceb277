/*
 * Winograd's convolution, F(4x4,3x3) or F(6x6,3x3), Lavin & Gray, arXiv:1509.09308: each tile of t x t pixels
 * of the input is transformed, each of its t x t elements xi is a matrix product over the channels,
 *
 *   M[xi] [tiles, to] = V[xi] [tiles, from] U[xi] [from, to]
 *
 * and M is transformed to (t-2) x (t-2) pixels of the output.
 *
 * Two ways through it. Where U is small, a task takes a block of tiles whose V stays in the second-level
 * cache, and for each chunk of output channels makes M and writes the output. Where U is large, reading it
 * for each small block would cost more than the products: then all workers transform one large block of tiles
 * together, share out the products by xi, so that each part of U is read once, and transform back together.
 */
#include "nn/conv_parts.h"

#include <string.h>

#define PAD NST__LANES /* between the matrices, so that their rows do not fall on the same cache sets */

typedef struct plan {
    const nst__pass *pass;
    nst__layout layout;
    const float *weights;
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

/* The measured optimum: half a megabyte of V for a fused block, some forty of V and M for a shared one.
 * Blocks are whole panels, and of one size. */
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

static plan plan_of(const nst__conv *conv, const nst__engine *engine, nst__form_kind method, bool backward,
                    size_t height, size_t width)
{
    const size_t from = backward ? conv->out : conv->in;
    plan p = {.six = method == NST__FORM_WINOGRAD6};
    p.to = backward ? conv->in : conv->out;
    p.side = p.six ? 6 : 4;
    p.matrices = (p.side + 2) * (p.side + 2);
    p.layout = nst__layout_of(engine, p.to);
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

size_t nst__winograd_scratch(const nst__conv *conv, const nst__engine *engine, nst__form_kind method, bool backward,
                             size_t height, size_t width)
{
    const plan p = plan_of(conv, engine, method, backward, height, width);
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

/* Row TILE of every V[xi] from tile INDEX of the map; what is not wholly inside is first copied out with its padding,
 * and so are channels that do not fill a block. */
static void input(const plan *p, size_t index, float *v, size_t tile)
{
    const nst__pass *pass = p->pass;
    const nst__map *from = &pass->from;
    const nst__kernels *kernels = p->layout.kernels;
    const size_t t = p->side + 2, step = nst__layout_step(&p->layout);
    const ptrdiff_t i = (ptrdiff_t)(index / p->across * p->side) - (ptrdiff_t)pass->top;
    const ptrdiff_t j = (ptrdiff_t)(index % p->across * p->side) - (ptrdiff_t)pass->left;
    const bool inside =
        i >= 0 && j >= 0 && i + (ptrdiff_t)t <= (ptrdiff_t)from->height && j + (ptrdiff_t)t <= (ptrdiff_t)from->width;
    const size_t blocks = inside ? from->channels / NST__LANES : 0;
    v += nst__layout_row(&p->layout, tile, p->depth);
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
    p->layout.kernels->output[p->six](&p->pass->finish, index / p->across * p->side, index % p->across * p->side,
                                      channel, count, m, p->m_step);
}

static void fused_task(void *user, size_t task, int worker)
{
    const plan *p = user;
    const size_t first = task * p->block, left = p->tiles - first, count = left < p->block ? left : p->block;
    const size_t size = p->depth * p->layout.width; /* of one matrix of a chunk */
    float *v = nst__engine_scratch(p->pass->engine, worker), *m = v + p->matrices * p->v_step;
    const float *weights = p->weights;
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
                     p->weights + (channel / p->layout.width * p->matrices + xi) * size, p->depth,
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

void nst__winograd_run(const nst__pass *pass, nst__form_kind method)
{
    const nst__map *to = &pass->finish.to;
    nst__workers *workers = nst__engine_workers(pass->engine);
    plan p = plan_of(pass->conv, pass->engine, method, pass->backward, to->height, to->width);
    if (p.tiles == 0) return;
    p.pass = pass;
    p.weights = nst__form_find(pass->conv, nst__form_of(pass->engine, pass->conv, method, pass->backward));
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
