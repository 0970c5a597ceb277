/*
 * The gradient of padding that is a copy. The backward pass also produces a gradient for the row just outside the map,
 * and adds it to the row that the padding was copied from. It works on one side at a time: the outside row is the sum
 * over the three taps that reach it from the outermost row of dy. Corners belong to two sides and have one tap each.
 * The weights are packed as in conv_direct.c: the taps one after another, each in whole blocks.
 */
#include "nn/conv_border.h"
#include "nn/conv_pad.h"
#include "nn/product.h"

#define POSITIONS 28 /* a task */

typedef struct side {
    const nst__pass *pass;
    bool column;          /* left or right */
    size_t length;        /* positions along it */
    size_t outer, target; /* row (column) of dy that is read, and of dx that is added to */
    size_t tap;           /* row (column) of the flipped weights */
} side;

size_t nst__border_scratch(const nst__engine *engine, size_t from, size_t to)
{
    const nst__product_layout layout = nst__product_layout_of(engine, to);
    return nst__round_up(POSITIONS, layout.rows) * (nst__round_up(from, NST__LANES) + nst__round_up(to, layout.width));
}

/* sums [count, to] (+)= COUNT pixels of dy from (i, j) on, to the right or down, by one tap. */
static void one_tap(const nst__pass *pass, const nst__product_layout *layout, ptrdiff_t i, ptrdiff_t j, bool down,
                    size_t count, size_t tap, float *rows, float *sums, bool add)
{
    const size_t from = pass->from.channels, to = pass->epilogue.to.channels;
    const size_t depth = nst__round_up(from, NST__LANES), ld = nst__round_up(to, layout->width);
    for (size_t p = 0; p < count; p++) {
        float *row = rows + nst__product_layout_row(layout, p, depth);
        for (size_t c = 0; c < depth; c += NST__LANES, row += nst__product_layout_step(layout))
            nst__pass_pixel(pass, i + (ptrdiff_t)(down ? p : 0), j + (ptrdiff_t)(down ? 0 : p), c,
                            from - c < NST__LANES ? from - c : NST__LANES, row, NST__LANES);
    }
    nst__product(layout, count, to, depth / NST__LANES, rows, pass->weights + tap * depth * layout->width, 9 * depth,
                 sums, ld, add);
}

static void task(void *user, size_t index, int worker)
{
    const side *s = user;
    const nst__pass *pass = s->pass;
    const nst__product_layout layout = nst__product_layout_of(pass->engine, pass->epilogue.to.channels);
    const size_t first = index * POSITIONS, left = s->length - first, count = left < POSITIONS ? left : POSITIONS;
    const size_t ld = nst__round_up(pass->epilogue.to.channels, layout.width);
    float *rows = nst__engine_scratch(pass->engine, worker);
    float *sums = rows + nst__round_up(POSITIONS, layout.rows) * nst__round_up(pass->from.channels, NST__LANES);
    nst__epilogue epilogue = pass->epilogue;
    epilogue.accumulate = true;
    for (size_t t = 0; t < 3; t++) {
        const ptrdiff_t along = (ptrdiff_t)(first + t) - (ptrdiff_t)(s->column ? pass->top : pass->left);
        const ptrdiff_t outer = (ptrdiff_t)s->outer;
        one_tap(pass, &layout, s->column ? along : outer, s->column ? outer : along, s->column, count,
                s->column ? t * 3 + s->tap : s->tap * 3 + t, rows, sums, t > 0);
    }
    for (size_t p = 0; p < count; p++)
        layout.kernels->epilogue(&epilogue, s->column ? first + p : s->target, s->column ? s->target : first + p, 1,
                                 sums + p * ld, ld);
}

static void corner(const nst__pass *pass, const side *row, const side *column)
{
    const nst__product_layout layout = nst__product_layout_of(pass->engine, pass->epilogue.to.channels);
    float *rows = nst__engine_scratch(pass->engine, 0);
    float *sums = rows + layout.rows * nst__round_up(pass->from.channels, NST__LANES);
    nst__epilogue epilogue = pass->epilogue;
    epilogue.accumulate = true;
    one_tap(pass, &layout, (ptrdiff_t)row->outer, (ptrdiff_t)column->outer, false, 1, row->tap * 3 + column->tap, rows,
            sums, false);
    layout.kernels->epilogue(&epilogue, row->target, column->target, 1, sums, 0);
}

void nst__border_run(const nst__pass *pass, nst_padding padding, unsigned edges)
{
    static const unsigned edge[4] = {NST__TOP, NST__BOTTOM, NST__LEFT, NST__RIGHT};
    const nst__map *to = &pass->epilogue.to;
    side sides[4];
    if (padding == NST_PADDING_ZERO || pass->from.height == 0 || pass->from.width == 0) return;
    for (size_t i = 0; i < 4; i++) {
        const bool column = i >= 2, far = i % 2;
        const size_t n = column ? to->width : to->height, m = column ? pass->from.width : pass->from.height;
        const ptrdiff_t outside = far ? (ptrdiff_t)n : -1;
        sides[i] = (side){pass,
                          column,
                          column ? to->height : to->width,
                          far ? m - 1 : 0,
                          (size_t)nst__pad_index(padding, outside, n),
                          far ? 0 : 2};
        if (edges & edge[i])
            nst__workers_run(nst__engine_workers(pass->engine), (sides[i].length + POSITIONS - 1) / POSITIONS, task,
                             &sides[i]);
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 2; j < 4; j++)
            if ((edges & edge[i]) && (edges & edge[j])) corner(pass, &sides[i], &sides[j]);
}
