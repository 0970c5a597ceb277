/*
 * The inner loops, in GCC's vector extensions. Compiled once for each instruction set, NST__ISA being its
 * name (see CMakeLists.txt): the flags decide how wide a vector is and how many registers there are.
 *
 * Winograd's minimal filtering, Lavin & Gray, arXiv:1509.09308: with d a tile of the input, w a filter,
 *
 *   y = A' [ (G w G') . (B' d B) ] A
 *
 * The points of F(4x4,3x3) are 0, +-sqrt(1/2), +-sqrt(2) and infinity, which halves the rounding error of
 * the usual 0, +-1, +-2; those of F(6x6,3x3) are 0, +-1, +-2, +-1/2 and infinity. B' d B is
 * input(), A' [] A is output(); G w G', which is needed once, is in conv_winograd.c. Each transform is done in two
 * passes of one-dimensional ones, first down the columns, then along the rows, on whole vectors of channels.
 *
 * Left out on purpose: assembly and intrinsics (except for the sign bits, which vector extensions cannot collect), and
 * non-temporal stores: the next layer reads the map from the cache.
 */
#include "nn/kernels.h"
#include "nn/lanes.h"

/* Of the register block: as many sums as there are registers for, less those of the factors. */
#if defined(__AVX512F__)
#define ROWS 14
#elif defined(__aarch64__)
#define ROWS 12
#else
#define ROWS 6
#endif
#define COLUMNS (2 * WIDTH)

/* ---- The product ---- */

/* Between two uses of A and B other matrices pass through the first-level cache. So each step also fetches its share of
 * the next panel and the next piece of B. */
static void multiply(size_t blocks, const float *a, const float *b, float *c, size_t ldc, bool add,
                     const nst__ahead *ahead)
{
    const float *next_a = ahead->a, *next_b = ahead->b;
    vec sum[ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
        sum[i][0] = splat(0);
        sum[i][1] = splat(0);
    }
    for (size_t block = 0; block < blocks; block++, a += (ROWS - 1) * NST__LANES) {
#pragma GCC unroll 4
        for (int k = 0; k < NST__LANES; k++, a++, b += COLUMNS, next_a += ROWS, next_b += COLUMNS) {
            const vec b0 = load(b), b1 = load(b + WIDTH);
            __builtin_prefetch(next_a);
            __builtin_prefetch(next_b);
            __builtin_prefetch(next_b + WIDTH);
#pragma GCC unroll 16
            for (int i = 0; i < ROWS; i++) {
                const vec x = splat(a[i * NST__LANES]);
                sum[i][0] += x * b0;
                sum[i][1] += x * b1;
            }
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
        float *to = c + (size_t)i * ldc;
        store(to, add ? load(to) + sum[i][0] : sum[i][0]);
        store(to + WIDTH, add ? load(to + WIDTH) + sum[i][1] : sum[i][1]);
    }
}

/* ---- From sums to a map ---- */

/* The options of writing a map: constants where speed matters, so that no branch remains. */
typedef struct mode {
    bool bias, relu, mask_out, mask_in, accumulate;
} mode;

ALWAYS mode mode_of(const nst__epilogue *f)
{
    return (mode){f->bias != NULL, f->relu, f->mask_out != NULL, f->mask_in != NULL, f->accumulate};
}

/* COUNT of the lanes, WIDTH when all, are channels CHANNEL.. of a position. */
ALWAYS void put(mode w, const nst__epilogue *f, size_t position, size_t channel, size_t count, vec v)
{
    const size_t stride = nst__mask_stride(f->to.channels);
    float *to = f->to.data + position * f->to.channels + channel;
    if (w.bias) v += load_part(f->bias + channel, count);
    if (w.relu) v = positive(v);
    if (w.mask_out) put_bits(f->mask_out + position * stride, channel, sign_bits(v), count);
    if (w.mask_in) v = keep(v, from_bits(get_bits(f->mask_in + position * stride, channel, count)));
    store_part(to, w.accumulate ? load_part(to, count) + v : v, count);
}

ALWAYS void put_all(mode w, const nst__epilogue *f, size_t position, size_t count, const float *sums, size_t ld)
{
    const size_t channels = f->to.channels;
    for (; count > 0; count--, position++, sums += ld) {
        const float *ahead = f->to.data + (position + 8) * channels;
        size_t c = 0;
        for (; c + WIDTH <= channels; c += WIDTH) {
            __builtin_prefetch(ahead + c, 1);
            put(w, f, position, c, WIDTH, load(sums + c));
        }
        if (c < channels) put(w, f, position, c, channels - c, load_part(sums + c, channels - c));
    }
}

static void epilogue(const nst__epilogue *f, size_t i, size_t j, size_t count, const float *sums, size_t ld)
{
    const mode w = mode_of(f);
    const size_t position = i * f->to.width + j;
    if (w.bias && w.relu && w.mask_out)
        put_all((mode){true, true, true, false, false}, f, position, count, sums, ld);
    else if (w.bias && !w.relu && w.mask_out)
        put_all((mode){true, false, true, false, false}, f, position, count, sums, ld);
    else if (w.bias && !w.relu)
        put_all((mode){true, false, false, false, false}, f, position, count, sums, ld);
    else
        put_all(w, f, position, count, sums, ld);
}

/* ---- Winograd's transforms ---- */

/* v = B' d. */
ALWAYS void input_line(int t, const vec *d, vec *v)
{
    if (t == 6) {
        const float r = (float)1.41421356237309504880;
        const vec a = d[4] - 2 * d[2], b = 0.5f * r * (d[3] - 2 * d[1]);
        const vec c = d[4] - 0.5f * d[2], e = r * (d[3] - 0.5f * d[1]);
        v[0] = d[0] - 2.5f * d[2] + d[4];
        v[1] = a + b;
        v[2] = a - b;
        v[3] = c + e;
        v[4] = c - e;
        v[5] = d[1] - 2.5f * d[3] + d[5];
        return;
    }
    /* Neighbours have similar values: sums of their differences have smaller rounding errors. */
    const vec p = d[2] - d[4], q = d[6] - d[4], r = d[1] - d[3], s = d[5] - d[3];
    const vec a = p + q - 2.25f * d[4], b = r + s - 2.25f * d[3];
    const vec c = q + 0.25f * p, e = 2 * s + 0.5f * r;
    const vec f = q + 4 * p, g = 2 * r + 0.5f * s;
    v[0] = d[0] - d[6] - 5.25f * p;
    v[1] = a + b;
    v[2] = a - b;
    v[3] = c + e;
    v[4] = c - e;
    v[5] = f + g;
    v[6] = f - g;
    v[7] = d[7] - d[1] - 5.25f * s;
}

/* y = A' m. */
ALWAYS void output_line(int t, const vec *m, vec *y)
{
    const vec s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    if (t == 6) {
        const float r = (float)1.41421356237309504880;
        y[0] = m[0] + s1 + s2;
        y[1] = r * (0.5f * d1 + d2);
        y[2] = 0.5f * s1 + 2 * s2;
        y[3] = r * (0.25f * d1 + 2 * d2) + m[5];
        y[4] = y[5] = splat(0); /* not used */
        return;
    }
    const vec s3 = m[5] + m[6], d3 = m[5] - m[6];
    y[0] = m[0] + s1 + s2 + s3;
    y[1] = d1 + 2 * d2 + 0.5f * d3;
    y[2] = s1 + 4 * s2 + 0.25f * s3;
    y[3] = d1 + 8 * d2 + 0.125f * d3;
    y[4] = s1 + 16 * s2 + 0.0625f * s3;
    y[5] = d1 + 32 * d2 + 0.03125f * d3 + m[7];
}

ALWAYS void input_tile(int t, const float *x, size_t row, size_t pixel, bool relu, float *v, size_t step)
{
    vec columns[8][8]; /* [row][column] */
#pragma GCC unroll 1
    for (int j = 0; j < t; j++) {
        vec d[8], b[8];
#pragma GCC unroll 8
        for (int i = 0; i < t; i++) {
            const float *from = x + (size_t)i * row + (size_t)j * pixel;
            if (j >= 2) __builtin_prefetch(from + (size_t)(t - 2) * pixel); /* the next tile's */
            d[i] = load(from);
            d[i] = relu ? positive(d[i]) : d[i];
        }
        input_line(t, d, b);
#pragma GCC unroll 8
        for (int i = 0; i < t; i++)
            columns[i][j] = b[i];
    }
#pragma GCC unroll 1
    for (int i = 0; i < t; i++, v += (size_t)t * step) {
        vec b[8];
        input_line(t, columns[i], b);
#pragma GCC unroll 8
        for (int j = 0; j < t; j++)
            store(v + (size_t)j * step, b[j]);
    }
}

ALWAYS void input_tiles(int t, const float *x, size_t row, size_t pixel, size_t blocks, bool relu, float *v,
                        size_t step, size_t block_step)
{
    for (size_t b = 0; b < blocks; b++, x += NST__LANES, v += block_step)
        for (int lane = 0; lane < NST__LANES; lane += WIDTH) {
            if (relu)
                input_tile(t, x + lane, row, pixel, true, v + lane, step);
            else
                input_tile(t, x + lane, row, pixel, false, v + lane, step);
        }
}

static void input4(const float *x, size_t row, size_t pixel, size_t blocks, bool relu, float *v, size_t step,
                   size_t block_step)
{
    input_tiles(6, x, row, pixel, blocks, relu, v, step, block_step);
}

static void input6(const float *x, size_t row, size_t pixel, size_t blocks, bool relu, float *v, size_t step,
                   size_t block_step)
{
    input_tiles(8, x, row, pixel, blocks, relu, v, step, block_step);
}

/* For rare cases: the edge of the map, channels that do not fill a vector. One copy of this code is enough. */
static __attribute__((noinline)) void put_any(const nst__epilogue *f, size_t position, size_t channel, size_t count,
                                              vec v)
{
    put(mode_of(f), f, position, channel, count, v);
}

/* COUNT is WIDTH (WHOLE), or what is left of the channels. */
ALWAYS void output_tile(int t, mode w, bool whole, const nst__epilogue *f, size_t i, size_t j, size_t channel,
                        size_t count, const float *m, size_t step)
{
    vec columns[6][8]; /* [row][column] */
    const int rows = f->to.height - i < (size_t)t - 2 ? (int)(f->to.height - i) : t - 2;
    const int width = f->to.width - j < (size_t)t - 2 ? (int)(f->to.width - j) : t - 2;
    const float *to = f->to.data + (i * f->to.width + j) * f->to.channels + channel;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < width; column++)
            __builtin_prefetch(to + ((size_t)row * f->to.width + (size_t)column) * f->to.channels, 1);
#pragma GCC unroll 1
    for (int column = 0; column < t; column++) {
        vec d[8], y[6];
#pragma GCC unroll 8
        for (int row = 0; row < t; row++)
            d[row] = load(m + (size_t)(row * t + column) * step);
        output_line(t, d, y);
#pragma GCC unroll 6
        for (int row = 0; row < t - 2; row++)
            columns[row][column] = y[row];
    }
#pragma GCC unroll 1
    for (int row = 0; row < rows; row++) {
        vec y[6];
        const size_t position = (i + (size_t)row) * f->to.width + j;
        output_line(t, columns[row], y);
        if (whole && width == t - 2) {
#pragma GCC unroll 6
            for (int column = 0; column < t - 2; column++)
                put(w, f, position + (size_t)column, channel, WIDTH, y[column]);
        } else {
            for (int column = 0; column < width; column++)
                put_any(f, position + (size_t)column, channel, count, y[column]);
        }
    }
}

ALWAYS void output_vectors(int t, mode w, const nst__epilogue *f, size_t i, size_t j, size_t channel, size_t count,
                           const float *m, size_t step)
{
    for (size_t c = 0; c + WIDTH <= count; c += WIDTH)
        output_tile(t, w, true, f, i, j, channel + c, WIDTH, m + c, step);
}

/* One function for each use in the network, so that each has only the code that it needs. */
ALWAYS void output_tiles(int t, const nst__epilogue *f, size_t i, size_t j, size_t channel, size_t count,
                         const float *m, size_t step)
{
    const mode w = mode_of(f);
    const size_t whole = count / WIDTH * WIDTH;
    if (w.bias && w.relu && w.mask_out)
        output_vectors(t, (mode){true, true, true, false, false}, f, i, j, channel, count, m, step);
    else if (w.bias && w.mask_out)
        output_vectors(t, (mode){true, false, true, false, false}, f, i, j, channel, count, m, step);
    else if (w.bias)
        output_vectors(t, (mode){true, w.relu, false, false, false}, f, i, j, channel, count, m, step);
    else if (w.mask_in && w.accumulate)
        output_vectors(t, (mode){false, false, false, true, true}, f, i, j, channel, count, m, step);
    else if (w.mask_in)
        output_vectors(t, (mode){false, false, false, true, false}, f, i, j, channel, count, m, step);
    else
        output_vectors(t, (mode){false, false, false, false, w.accumulate}, f, i, j, channel, count, m, step);
    if (whole < count) output_tile(t, w, false, f, i, j, channel + whole, count - whole, m + whole, step);
}

static void output4(const nst__epilogue *f, size_t i, size_t j, size_t channel, size_t count, const float *m,
                    size_t step)
{
    output_tiles(6, f, i, j, channel, count, m, step);
}

static void output6(const nst__epilogue *f, size_t i, size_t j, size_t channel, size_t count, const float *m,
                    size_t step)
{
    output_tiles(8, f, i, j, channel, count, m, step);
}

/* In layers_isa.c. */
nst__pool_fn JOIN(nst__pool_, NST__ISA);
nst__unpool_fn JOIN(nst__unpool_, NST__ISA);
nst__rectify_fn JOIN(nst__rectify_, NST__ISA);
nst__distance_fn JOIN(nst__distance_, NST__ISA);
nst__channel_sums_fn JOIN(nst__channel_sums_, NST__ISA);
nst__pull_fn JOIN(nst__pull_, NST__ISA);
nst__gram_fn JOIN(nst__gram_, NST__ISA);
nst__strip_fn JOIN(nst__strip_, NST__ISA);
nst__cross_fn JOIN(nst__cross_, NST__ISA);
/* In norm_isa.c. */
nst__norm_fn JOIN(nst__norm_, NST__ISA);
nst__norm_sums_fn JOIN(nst__norm_sums_, NST__ISA);
nst__norm_slopes_fn JOIN(nst__norm_slopes_, NST__ISA);
nst__norm_back_fn JOIN(nst__norm_back_, NST__ISA);
/* In matting_isa.c. */
nst__matting_fit_fn JOIN(nst__matting_fit_, NST__ISA);
nst__matting_product_fn JOIN(nst__matting_product_, NST__ISA);

const nst__kernels JOIN(nst__kernels_, NST__ISA) = {
    .name = TEXT(NST__ISA),
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .input = {input4, input6},
    .output = {output4, output6},
    .epilogue = epilogue,
    .pool = JOIN(nst__pool_, NST__ISA),
    .unpool = JOIN(nst__unpool_, NST__ISA),
    .rectify = JOIN(nst__rectify_, NST__ISA),
    .distance = JOIN(nst__distance_, NST__ISA),
    .channel_sums = JOIN(nst__channel_sums_, NST__ISA),
    .pull = JOIN(nst__pull_, NST__ISA),
    .gram = JOIN(nst__gram_, NST__ISA),
    .strip = JOIN(nst__strip_, NST__ISA),
    .cross = JOIN(nst__cross_, NST__ISA),
    .norm = JOIN(nst__norm_, NST__ISA),
    .norm_sums = JOIN(nst__norm_sums_, NST__ISA),
    .norm_slopes = NST__TRAINING ? JOIN(nst__norm_slopes_, NST__ISA) : NULL,
    .norm_back = NST__TRAINING ? JOIN(nst__norm_back_, NST__ISA) : NULL,
    .matting_fit = JOIN(nst__matting_fit_, NST__ISA),
    .matting_product = JOIN(nst__matting_product_, NST__ISA),
};
