/*
 * For few input channels, such as those of the picture. The three pixels of a row that an output reads are adjacent in
 * memory. So the rows of A [positions, 3 from] are overlapping parts of one padded row, and no pixel is copied nine
 * times:
 *
 *   to[j,:] = sum over r of A_r[j,:] B[r],   A_r[j, 3 from] = row i + r - top from pixel j - left on
 */
#include "nn/conv_method.h"
#include "nn/conv_pad.h"

#include <string.h>

#define SEGMENT 256 /* positions of a task */
#define BLOCK   32  /* so many that their sums stay in the first-level cache */

static size_t columns_of(const nst__kernels *kernels, size_t to)
{
    return nst__round_up(to, kernels->columns);
}

static bool suits(const nst__conv_shape *shape)
{
    return shape->from < NST__LANES;
}

/* The taps one after another, without padding between them; for our own kernel, even if CBLAS computes other products.
 */
static nst__packing packing(const nst__engine *engine, size_t from, size_t to)
{
    const nst__kernels *kernels = nst__engine_kernels(engine);
    return (nst__packing){
        .count = 9, .down = from, .depth = 9 * from, .columns = columns_of(kernels, to), .width = kernels->columns};
}

static size_t scratch(const nst__engine *engine, const nst__conv_shape *shape)
{
    return 3 * (SEGMENT + 2) * shape->from + BLOCK * columns_of(nst__engine_kernels(engine), shape->to);
}

/* COUNT pixels of row I of FROM from column J on, padded, after ReLU if that is asked for. */
static void load_pixels(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t count, float *out)
{
    const nst__map *from = &pass->from;
    const size_t n = from->channels;
    const ptrdiff_t row = nst__pad_index(pass->padding, i, from->height);
    for (size_t p = 0; p < count;) {
        const ptrdiff_t column = j + (ptrdiff_t)p;
        if (row < 0 || column < 0 || column >= (ptrdiff_t)from->width) {
            nst__pass_pixel(pass, i, column, 0, n, out + p++ * n, n);
            continue;
        }
        const size_t inside = from->width - (size_t)column, run = count - p < inside ? count - p : inside;
        memcpy(out + p * n, from->data + ((size_t)row * from->width + (size_t)column) * n, run * n * sizeof *out);
        p += run;
    }
    if (pass->relu) nst__engine_kernels(pass->engine)->rectify(count * n, out, out);
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const nst__map *to = &pass->epilogue.to;
    const nst__kernels *kernels = nst__engine_kernels(pass->engine);
    const size_t n = pass->from.channels, columns = columns_of(kernels, to->channels), width = kernels->columns;
    const size_t segments = (to->width + SEGMENT - 1) / SEGMENT;
    const size_t i = index / segments, left = index % segments * SEGMENT;
    const size_t count = to->width - left < SEGMENT ? to->width - left : SEGMENT, row = (count + 2) * n;
    const float *weights = pass->weights;
    float *rows = nst__engine_scratch(pass->engine, worker), *sums = rows + 3 * row;
    for (size_t r = 0; r < 3; r++)
        load_pixels(pass, (ptrdiff_t)(i + r) - (ptrdiff_t)pass->top, (ptrdiff_t)left - (ptrdiff_t)pass->left, count + 2,
                    rows + r * row);
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t some = count - first < BLOCK ? count - first : BLOCK;
        for (size_t column = 0; column < columns; column += width)
            for (size_t r = 0; r < 3; r++)
                kernels->strip(some, 3 * n, rows + r * row + first * n, n, weights + column * 9 * n + r * 3 * n * width,
                               width, sums + column, columns, r > 0);
        for (size_t p = 0; p < some; p++)
            kernels->epilogue(&pass->epilogue, i, left + first + p, sums + p * columns);
    }
}

static void run(const nst__pass *pass)
{
    const nst__map *to = &pass->epilogue.to;
    nst__workers_run(nst__engine_workers(pass->engine), to->height * ((to->width + SEGMENT - 1) / SEGMENT), task,
                     (void *)pass);
}

const nst__conv_method nst__few_method = {
    .name = "few",
    .choice = NST_CONVOLUTION_DIRECT,
    .suits = suits,
    .packing = packing,
    .scratch = scratch,
    .run = run,
};
