/*
 * For few input channels, such as those of the picture: a matrix product of patches, P [positions, 9 from], and
 * weights, B [9 from, to], a few positions at a time.
 */
#include "nn/conv_method.h"

#include <string.h>

#define SEGMENT 64 /* positions of a task; their patches and sums stay in the first-level cache */

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
    return nst__pass_patches_scratch(shape->from, SEGMENT) +
           SEGMENT * (9 * shape->from + columns_of(nst__engine_kernels(engine), shape->to)) + NST__LANES;
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const nst__map *to = &pass->epilogue.to;
    const nst__kernels *kernels = nst__engine_kernels(pass->engine);
    const size_t n = pass->from.channels, columns = columns_of(kernels, to->channels), width = kernels->columns;
    const size_t segments = (to->width + SEGMENT - 1) / SEGMENT;
    const size_t i = index / segments, left = index % segments * SEGMENT;
    const size_t count = to->width - left < SEGMENT ? to->width - left : SEGMENT;
    float *sums = nst__engine_scratch(pass->engine, worker), *patches = sums + SEGMENT * columns;
    nst__pass_patches(pass, i, left, count, patches, 9 * n, patches + SEGMENT * 9 * n + NST__LANES);
    for (size_t column = 0; column < columns; column += width)
        kernels->strip(count, 9 * n, patches, 9 * n, pass->weights + column * 9 * n, width, sums + column, columns,
                       false);
    kernels->epilogue(&pass->epilogue, i, left, count, sums, columns);
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
