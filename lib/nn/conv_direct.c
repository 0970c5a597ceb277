/*
 * The convolution as one matrix product (im2col). The nine positions that an output reads make one row of
 * A [positions, 9 from]; B [9 from, to] are the weights. Used for small maps, for which Winograd is slower.
 */
#include "nn/conv_method.h"

#include <string.h>

#define POSITIONS 56 /* a task: whole panels of 14, and nearly of 6 and 12 */

typedef struct sizes {
    size_t tap, depth, rows, columns; /* all with padding */
} sizes;

static sizes sizes_of(const nst__product_layout *layout, size_t from, size_t to)
{
    const size_t tap = nst__round_up(from, NST__LANES);
    return (sizes){tap, 9 * tap, nst__round_up(POSITIONS, layout->rows), nst__round_up(to, layout->width)};
}

/* Last in the table: whatever is left. */
static bool suits(const nst__conv_shape *shape)
{
    (void)shape;
    return true;
}

/* The taps one after another, each in whole blocks. */
static nst__packing packing(const nst__engine *engine, size_t from, size_t to)
{
    const nst__product_layout layout = nst__product_layout_of(engine, to);
    const sizes s = sizes_of(&layout, from, to);
    return (nst__packing){.count = 9, .down = s.tap, .depth = s.depth, .columns = s.columns, .width = layout.width};
}

static size_t scratch(const nst__engine *engine, const nst__conv_shape *shape)
{
    const nst__product_layout layout = nst__product_layout_of(engine, shape->to);
    const sizes s = sizes_of(&layout, shape->from, shape->to);
    return s.rows * (s.depth + s.columns);
}

static void gather(const nst__pass *pass, const sizes *s, size_t i, size_t j, float *out, size_t step)
{
    for (size_t tap = 0; tap < 9; tap++)
        for (size_t c = 0; c < s->tap; c += NST__LANES, out += step) {
            const size_t left = pass->from.channels - c;
            nst__pass_pixel(pass, (ptrdiff_t)(i + tap / 3) - (ptrdiff_t)pass->top,
                            (ptrdiff_t)(j + tap % 3) - (ptrdiff_t)pass->left, c, left < NST__LANES ? left : NST__LANES,
                            out, NST__LANES);
        }
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const nst__map *to = &pass->epilogue.to;
    const nst__product_layout layout = nst__product_layout_of(pass->engine, to->channels);
    const sizes s = sizes_of(&layout, pass->from.channels, to->channels);
    const size_t all = to->height * to->width, first = index * POSITIONS;
    const size_t count = all - first < POSITIONS ? all - first : POSITIONS;
    float *rows = nst__engine_scratch(pass->engine, worker), *sums = rows + s.rows * s.depth;
    for (size_t p = 0; p < count; p++) {
        float *row = rows + nst__product_layout_row(&layout, p, s.depth);
        const size_t i = (first + p) / to->width, j = (first + p) % to->width;
        gather(pass, &s, i, j, row, nst__product_layout_step(&layout));
    }
    nst__product(&layout, count, to->channels, s.depth / NST__LANES, rows, pass->weights, s.depth, sums, s.columns,
                 false);
    for (size_t p = 0; p < count; p++)
        layout.kernels->epilogue(&pass->epilogue, (first + p) / to->width, (first + p) % to->width, 1,
                                 sums + p * s.columns, s.columns);
}

static void run(const nst__pass *pass)
{
    const size_t all = pass->epilogue.to.height * pass->epilogue.to.width;
    nst__workers_run(nst__engine_workers(pass->engine), (all + POSITIONS - 1) / POSITIONS, task, (void *)pass);
}

const nst__conv_method nst__direct_method = {
    .name = "direct",
    .choice = NST_CONVOLUTION_DIRECT,
    .suits = suits,
    .packing = packing,
    .scratch = scratch,
    .run = run,
};
