/*
 * The inner loops of pooling and of losses. Compiled once for each instruction set, as
 * kernels_isa.c, which lists them.
 */
#include "nn/kernels.h"
#include "nn/lanes.h"

nst__pool_fn JOIN(nst__pool_, NST__ISA);
nst__unpool_fn JOIN(nst__unpool_, NST__ISA);
nst__rectify_fn JOIN(nst__rectify_, NST__ISA);
nst__distance_fn JOIN(nst__distance_, NST__ISA);
nst__pull_fn JOIN(nst__pull_, NST__ISA);
nst__channel_sums_fn JOIN(nst__channel_sums_, NST__ISA);
nst__gram_fn JOIN(nst__gram_, NST__ISA);
nst__strip_fn JOIN(nst__strip_, NST__ISA);
nst__cross_fn JOIN(nst__cross_, NST__ISA);

/* ---- Pooling ---- */

/* The two bits of a choice stand in two planes of one bit a channel, the low one first. */
ALWAYS void pool_part(const float *const x[4], size_t channels, size_t c, size_t count, bool average, bool relu,
                      float *y, uint8_t *choices)
{
    vec v[4];
    for (int q = 0; q < 4; q++) {
        v[q] = load_part(x[q] + c, count);
        v[q] = relu ? positive(v[q]) : v[q];
    }
    if (average) {
        store_part(y + c, 0.25f * ((v[0] + v[1]) + (v[2] + v[3])), count);
        return;
    }
    const ints right = v[1] > v[0], below_right = v[3] > v[2];
    const vec above = select_by(right, v[1], v[0]), below = select_by(below_right, v[3], v[2]);
    const ints low = below > above;
    store_part(y + c, select_by(low, below, above), count);
    if (choices) {
        put_bits(choices, c, all_bits((low & below_right) | (~low & right)), count);
        put_bits(choices + nst__mask_stride(channels), c, all_bits(low), count);
    }
}

ALWAYS void pool_all(const float *const x[4], size_t channels, bool average, bool relu, float *y, uint8_t *choices)
{
    size_t c = 0;
    for (; c + WIDTH <= channels; c += WIDTH)
        pool_part(x, channels, c, WIDTH, average, relu, y, choices);
    if (c < channels) pool_part(x, channels, c, channels - c, average, relu, y, choices);
}

void JOIN(nst__pool_, NST__ISA)(const float *const x[4], size_t channels, bool average, bool relu, float *y,
                                uint8_t *choices)
{
    if (average)
        pool_all(x, channels, true, relu, y, NULL);
    else if (relu)
        pool_all(x, channels, false, true, y, choices);
    else
        pool_all(x, channels, false, false, y, choices);
}

ALWAYS void unpool_part(const float *dy, const uint8_t *choices, unsigned q, size_t channels, size_t c, size_t count,
                        const uint8_t *mask, bool accumulate, float *dx)
{
    vec v = load_part(dy + c, count);
    unsigned bits = ~0u;
    if (choices) {
        const unsigned low = get_bits(choices, c, count);
        const unsigned high = get_bits(choices + nst__mask_stride(channels), c, count);
        bits = (q & 1 ? low : ~low) & (q & 2 ? high : ~high);
    } else {
        v *= 0.25f;
    }
    if (mask) bits &= get_bits(mask, c, count);
    v = keep(v, from_bits(bits));
    store_part(dx + c, accumulate ? load_part(dx + c, count) + v : v, count);
}

void JOIN(nst__unpool_, NST__ISA)(const float *dy, const uint8_t *choices, unsigned q, size_t channels,
                                  const uint8_t *mask, bool accumulate, float *dx)
{
    size_t c = 0;
    for (; c + WIDTH <= channels; c += WIDTH)
        unpool_part(dy, choices, q, channels, c, WIDTH, mask, accumulate, dx);
    if (c < channels) unpool_part(dy, choices, q, channels, c, channels - c, mask, accumulate, dx);
}

/* ---- Losses ---- */

void JOIN(nst__rectify_, NST__ISA)(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const size_t count = n - i < WIDTH ? n - i : WIDTH;
        store_part(y + i, positive(load_part(x + i, count)), count);
    }
}

#define HALF (WIDTH / 2)
typedef double wide __attribute__((vector_size(HALF * 8)));
typedef int64_t wide_mask __attribute__((vector_size(HALF * 8)));
typedef float half __attribute__((vector_size(HALF * 4)));

ALWAYS wide widened(const float *half_vector)
{
    half part;
    memcpy(&part, half_vector, sizeof part);
    return __builtin_convertvector(part, wide);
}

/* Square of the lower (0) or upper (1) half of V. */
ALWAYS wide square(vec v, int upper)
{
    const wide d = widened((const float *)&v + upper * HALF);
    return d * d;
}

double JOIN(nst__distance_, NST__ISA)(size_t n, const float *f, const float *p, bool relu)
{
    wide sum[2] = {{0}, {0}};
    double total = 0;
    for (size_t i = 0; i < n; i += WIDTH) {
        const size_t count = n - i < WIDTH ? n - i : WIDTH;
        const vec x = load_part(f + i, count), d = (relu ? positive(x) : x) - load_part(p + i, count);
        sum[0] += square(d, 0);
        sum[1] += square(d, 1);
    }
    for (int i = 0; i < HALF; i++)
        total += sum[0][i] + sum[1][i];
    return total;
}

/* The channels that do not exist are 0. */
void JOIN(nst__channel_sums_, NST__ISA)(size_t n, size_t channels, size_t count, const float *f, const float *weights,
                                        bool relu, double *sums, double *squares)
{
    enum { HALVES = NST__LANES / HALF };
    double all[2][NST__LANES] = {{0}};
    wide sum[HALVES], square[HALVES];
    memcpy(all[0], sums, count * sizeof *sums);
    memcpy(all[1], squares, count * sizeof *squares);
    memcpy(sum, all[0], sizeof sum);
    memcpy(square, all[1], sizeof square);
    for (size_t p = 0; p < n; p++, f += channels) {
        const double g = weights ? (double)weights[p] : 1;
        float part[NST__LANES] = {0};
        const float *x = f;
        if (count < NST__LANES) x = memcpy(part, f, count * sizeof *part);
        for (int h = 0; h < HALVES; h++) {
            const wide d = widened(x + h * HALF), v = relu ? (wide)((wide_mask)d & (d > 0)) : d;
            sum[h] += g * v;
            square[h] += g * (v * v);
        }
    }
    memcpy(all[0], sum, sizeof sum);
    memcpy(all[1], square, sizeof square);
    memcpy(sums, all[0], count * sizeof *sums);
    memcpy(squares, all[1], count * sizeof *squares);
}

ALWAYS vec pull_at(const nst__pull *pull, size_t i, size_t count, vec f)
{
    vec v = splat(0);
    if (pull->style) v = load_part(pull->style + i, count);
    if (pull->content) v += pull->k * (f - load_part(pull->content + i, count));
    return v;
}

void JOIN(nst__pull_, NST__ISA)(size_t n, const nst__pull *before, const nst__pull *after, float *f)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const size_t count = n - i < WIDTH ? n - i : WIDTH;
        const vec x = load_part(f + i, count), above = pull_at(after, i, count, positive(x));
        store_part(f + i, pull_at(before, i, count, x) + keep(above, x > 0), count);
    }
}

/* Maps are not packed: of each position a register block needs only a few single channels and two vectors. */
#define COLUMNS (2 * WIDTH)
#if defined(__AVX512F__) || defined(__aarch64__)
#define ROWS 8
#else
#define ROWS 4
#endif

/* c [rows, COLUMNS] = (or +=) the sum over k of a[i x row + k x step] b[k x ldb ..]. The sum is added to c only at its
 * end: long sums of short sums have smaller rounding errors than sums of single products. Each k also fetches a cache
 * line for later, at AHEAD + k x AHEAD_STEP. */
ALWAYS void block(int rows, size_t depth, const float *a, size_t row, size_t step, const float *b, size_t ldb, float *c,
                  size_t ldc, bool add, const float *ahead, size_t ahead_step)
{
    vec sum[ROWS][2];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        sum[i][0] = splat(0);
        sum[i][1] = splat(0);
    }
    for (size_t k = 0; k < depth; k++, a += step, b += ldb, ahead += ahead_step) {
        const vec b0 = load(b), b1 = load(b + WIDTH);
        __builtin_prefetch(ahead);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            const vec x = splat(a[(size_t)i * row]);
            sum[i][0] += x * b0;
            sum[i][1] += x * b1;
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
        float *to = c + (size_t)i * ldc;
        store(to, add ? load(to) + sum[i][0] : sum[i][0]);
        store(to + WIDTH, add ? load(to + WIDTH) + sum[i][1] : sum[i][1]);
    }
}

/* Positions are processed in groups that stay in the first-level cache. The last blocks of a group, enough for each of
 * its lines, fetch the next group. */
void JOIN(nst__gram_, NST__ISA)(size_t n, size_t k, const float *a, bool add, float *c)
{
    const size_t few = n < 64 ? 4096 / n : 64;
    for (size_t first = 0; first < k; first += few, a += few * n, add = true) {
        const size_t depth = k - first < few ? k - first : few;
        for (size_t column = 0; column < n; column += COLUMNS)
            for (size_t i = 0; i < column + COLUMNS; i += ROWS) {
                const size_t line = i / ROWS * NST__LANES;
                const float *ahead = column + COLUMNS == n && line < n ? a + few * n + line : a;
                block(ROWS, depth, a + i, 1, n, a + column, n, c + i * n + column, n, add, ahead, n);
            }
    }
}

/* Each block fetches the rows of the block after the next. */
void JOIN(nst__strip_, NST__ISA)(size_t m, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float *c,
                                 size_t ldc, bool add)
{
    size_t i = 0;
    for (; i + ROWS <= m; i += ROWS)
        block(ROWS, k, a + i * lda, lda, 1, b, ldb, c + i * ldc, ldc, add, a + (i + 2 * ROWS) * lda, ROWS);
    for (; i < m; i++)
        block(1, k, a + i * lda, lda, 1, b, ldb, c + i * ldc, ldc, add, a, 0);
}

void JOIN(nst__cross_, NST__ISA)(size_t m, size_t k, const float *a, size_t step, const float *b, size_t ldb, float *c,
                                 size_t ldc, bool add)
{
    size_t i = 0;
    for (; i + ROWS <= m; i += ROWS)
        block(ROWS, k, a + i, 1, step, b, ldb, c + i * ldc, ldc, add, a, 0);
    for (; i < m; i++)
        block(1, k, a + i, 1, step, b, ldb, c + i * ldc, ldc, add, a, 0);
}
