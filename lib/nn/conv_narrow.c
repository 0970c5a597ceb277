/*
 * Backward to few channels, such as those of the picture. A product with so few columns would waste the kernel. So each
 * position is multiplied with all nine taps at once, P [positions, 9 to] = from [positions, from] B [from, 9 to], and
 * each output is the sum of the nine values that reach it:
 *
 *   to[i,j,c] = sum over r,s of P[i + r - top, j + s - left][(3 r + s) to + c]
 */
#include "nn/conv_method.h"

#include <string.h>

#define HEIGHT 16 /* positions of a task */
#define WIDTH  128
#define MOST   ((HEIGHT + 2) * (WIDTH + 2)) /* with those around */
#define LANES  4                            /* at most so many channels */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));

/* Backward only: padding other than zeros is not computed. */
static bool suits(const nst__conv_shape *shape)
{
    return shape->backward && shape->to <= LANES;
}

/* The taps side by side. */
static nst__packing packing(const nst__engine *engine, size_t from, size_t to)
{
    const size_t width = nst__product_layout_of(engine, 9 * to).width;
    return (nst__packing){.count = 9,
                          .across = to,
                          .depth = nst__round_up(from, NST__LANES),
                          .columns = nst__round_up(9 * to, width),
                          .width = width};
}

static size_t scratch(const nst__engine *engine, const nst__conv_shape *shape)
{
    return MOST * nst__round_up(9 * shape->to + LANES, nst__product_layout_of(engine, 9 * shape->to).width);
}

/* P [count] of row I of FROM from column J on; zero outside the map. */
static void multiply(const nst__pass *pass, const nst__product_layout *layout, ptrdiff_t i, ptrdiff_t j, size_t count,
                     float *p, size_t ldp)
{
    const nst__map *from = &pass->from;
    const size_t n = from->channels, depth = nst__round_up(n, NST__LANES);
    const size_t before = j < 0 ? (size_t)-j : 0;
    const ptrdiff_t end = (ptrdiff_t)from->width - j;
    const size_t stop = end < 0 ? 0 : (size_t)end < count ? (size_t)end : count;
    if (i < 0 || i >= (ptrdiff_t)from->height || stop <= before) {
        memset(p, 0, count * ldp * sizeof *p);
        return;
    }
    memset(p, 0, before * ldp * sizeof *p);
    memset(p + stop * ldp, 0, (count - stop) * ldp * sizeof *p);
    nst__product_plain(layout, stop - before, 9 * pass->epilogue.to.channels, n,
                       from->data + ((size_t)i * from->width + (size_t)(j + (ptrdiff_t)before)) * n, n, pass->weights,
                       depth, p + before * ldp, ldp);
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const nst__map *to = &pass->epilogue.to;
    const size_t n = to->channels, across = (to->width + WIDTH - 1) / WIDTH;
    const size_t top = index / across * HEIGHT, left = index % across * WIDTH;
    const size_t height = to->height - top < HEIGHT ? to->height - top : HEIGHT;
    const size_t width = to->width - left < WIDTH ? to->width - left : WIDTH;
    const nst__product_layout layout = nst__product_layout_of(pass->engine, 9 * n);
    const size_t ldp = nst__round_up(9 * n + LANES, layout.width);
    float *p = nst__engine_scratch(pass->engine, worker);
    for (size_t i = 0; i < height + 2; i++)
        multiply(pass, &layout, (ptrdiff_t)(top + i) - (ptrdiff_t)pass->top, (ptrdiff_t)left - (ptrdiff_t)pass->left,
                 width + 2, p + i * (width + 2) * ldp, ldp);
    for (size_t i = 0; i < height; i++) {
        lanes sums[WIDTH];
        for (size_t j = 0; j < width; j++) {
            sums[j] = (lanes){0};
            for (size_t tap = 0; tap < 9; tap++)
                sums[j] += *(const lanes *)(p + ((i + tap / 3) * (width + 2) + j + tap % 3) * ldp + tap * n);
        }
        layout.kernels->epilogue(&pass->epilogue, top + i, left, width, (const float *)sums, LANES);
    }
}

static void run(const nst__pass *pass)
{
    const nst__map *to = &pass->epilogue.to;
    nst__workers_run(nst__engine_workers(pass->engine),
                     ((to->height + HEIGHT - 1) / HEIGHT) * ((to->width + WIDTH - 1) / WIDTH), task, (void *)pass);
}

const nst__conv_method nst__narrow_method = {
    .name = "narrow",
    .choice = NST_CONVOLUTION_DIRECT,
    .suits = suits,
    .packing = packing,
    .scratch = scratch,
    .run = run,
};
