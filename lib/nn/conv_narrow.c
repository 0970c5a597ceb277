/*
 * Backward to few channels, as to the picture itself: a product with so few columns would waste the kernel.
 * So each position is multiplied with all nine taps at once, P [positions, 9 to] = from [positions, from] B
 * [from, 9 to], and each output adds up the nine places that reach it:
 *
 *   to[i,j,c] = sum over r,s of P[i + r - top, j + s - left][(3 r + s) to + c]
 */
#include "nn/conv_parts.h"

#include <string.h>

#define HEIGHT 16 /* positions of a task */
#define WIDTH  128
#define MOST   ((HEIGHT + 2) * (WIDTH + 2)) /* with those around */
#define PIECE  56                           /* rows of A at a time */

size_t nst__narrow_scratch(const nst__conv *conv, const nst__engine *engine)
{
    const nst__layout layout = nst__layout_of(engine, 9 * conv->in);
    const size_t rows = nst__round_up(PIECE, layout.rows);
    return rows * nst__round_up(conv->out, NST__LANES) + (MOST + rows) * nst__round_up(9 * conv->in, layout.width);
}

typedef struct window {
    ptrdiff_t i, j; /* of FROM, where P begins */
    size_t height, width;
} window;

static void multiply(const nst__pass *pass, const nst__layout *layout, const window *w, float *rows, float *p,
                     size_t ldp)
{
    const size_t depth = nst__round_up(pass->from.channels, NST__LANES), columns = 9 * pass->finish.to.channels;
    const float *weights = nst__form_find(pass->conv, nst__form_of(pass->engine, pass->conv, NST__FORM_NARROW, true));
    for (size_t first = 0; first < w->height * w->width; first += PIECE) {
        const size_t left = w->height * w->width - first, count = left < PIECE ? left : PIECE;
        for (size_t n = 0; n < count; n++) {
            float *row = rows + nst__layout_row(layout, n, depth);
            const ptrdiff_t i = w->i + (ptrdiff_t)((first + n) / w->width);
            const ptrdiff_t j = w->j + (ptrdiff_t)((first + n) % w->width);
            for (size_t c = 0; c < depth; c += NST__LANES, row += nst__layout_step(layout)) {
                const size_t rest = pass->from.channels - c;
                nst__pass_pixel(pass, i, j, c, rest < NST__LANES ? rest : NST__LANES, row, NST__LANES);
            }
        }
        nst__product(layout, count, columns, depth / NST__LANES, rows, weights, depth, p + first * ldp, ldp, false);
    }
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const nst__map *to = &pass->finish.to;
    const size_t n = to->channels, across = (to->width + WIDTH - 1) / WIDTH;
    const size_t top = index / across * HEIGHT, left = index % across * WIDTH;
    const size_t height = to->height - top < HEIGHT ? to->height - top : HEIGHT;
    const size_t width = to->width - left < WIDTH ? to->width - left : WIDTH;
    const nst__layout layout = nst__layout_of(pass->engine, 9 * n);
    const size_t ldp = nst__round_up(9 * n, layout.width);
    float *rows = nst__engine_scratch(pass->engine, worker);
    float *p = rows + nst__round_up(PIECE, layout.rows) * nst__round_up(pass->from.channels, NST__LANES);
    const window w = {(ptrdiff_t)top - (ptrdiff_t)pass->top, (ptrdiff_t)left - (ptrdiff_t)pass->left, height + 2,
                      width + 2};
    multiply(pass, &layout, &w, rows, p, ldp);
    for (size_t i = 0; i < height; i++)
        for (size_t j = 0; j < width; j++) {
            float sums[NST__LANES] = {0};
            for (size_t tap = 0; tap < 9; tap++) {
                const float *terms = p + ((i + tap / 3) * w.width + j + tap % 3) * ldp + tap * n;
                for (size_t c = 0; c < n; c++)
                    sums[c] += terms[c];
            }
            layout.kernels->finish(&pass->finish, top + i, left + j, sums);
        }
}

void nst__narrow_run(const nst__pass *pass)
{
    const nst__map *to = &pass->finish.to;
    nst__workers_run(nst__engine_workers(pass->engine),
                     ((to->height + HEIGHT - 1) / HEIGHT) * ((to->width + WIDTH - 1) / WIDTH), task, (void *)pass);
}
