/*
 * The inner loops of the matting Laplacian: loss/matting.c has the formulas. Compiled once for each instruction set, as
 * kernels_isa.c, which lists them.
 */
#include "nn/kernels.h"
#include "nn/lanes.h"

nst__matting_fit_fn JOIN(nst__matting_fit_, NST__ISA);
nst__matting_product_fn JOIN(nst__matting_product_, NST__ISA);

/* Sums over the pixels of a window: of colours I of the content and x of the picture, each less that of its middle. */
typedef struct sums {
    vec i[3], x[3], ii[6], ix[3][3], xx[3]; /* ii: 00 01 02 11 12 22; ix[q]: with channel q of the picture */
} sums;

ALWAYS void add_pixel(sums *s, const float *at, const vec *middle, size_t plane)
{
    vec d[6];
#pragma GCC unroll 6
    for (size_t c = 0; c < 6; c++)
        d[c] = load(at + c * plane) - middle[c];
#pragma GCC unroll 3
    for (size_t c = 0, k = 0; c < 3; c++) {
        s->i[c] += d[c];
        s->x[c] += d[3 + c];
        s->xx[c] += d[3 + c] * d[3 + c];
#pragma GCC unroll 3
        for (size_t e = c; e < 3; e++, k++)
            s->ii[k] += d[c] * d[e];
#pragma GCC unroll 3
        for (size_t q = 0; q < 3; q++)
            s->ix[q][c] += d[c] * d[3 + q];
    }
}

/* From sums over nine pixels to means, and to covariances. */
ALWAYS void take_moments(sums *s)
{
    const float ninth = 1.0f / 9;
#pragma GCC unroll 3
    for (size_t c = 0; c < 3; c++) {
        s->i[c] *= ninth;
        s->x[c] *= ninth;
    }
#pragma GCC unroll 3
    for (size_t c = 0, k = 0; c < 3; c++) {
        s->xx[c] = s->xx[c] * ninth - s->x[c] * s->x[c];
#pragma GCC unroll 3
        for (size_t e = c; e < 3; e++, k++)
            s->ii[k] = s->ii[k] * ninth - s->i[c] * s->i[e];
#pragma GCC unroll 3
        for (size_t q = 0; q < 3; q++)
            s->ix[q][c] = s->ix[q][c] * ninth - s->i[c] * s->x[q];
    }
}

/* The square root free Cholesky factors of a symmetric matrix [3,3]. */
typedef struct factors {
    vec l10, l20, l21, inverse[3]; /* of the diagonal */
} factors;

ALWAYS factors factorise(const vec a[6], vec ridge)
{
    factors f;
    const vec d0 = a[0] + ridge;
    f.inverse[0] = 1 / d0;
    f.l10 = a[1] * f.inverse[0];
    f.l20 = a[2] * f.inverse[0];
    const vec d1 = a[3] + ridge - f.l10 * a[1], t = a[4] - f.l10 * a[2];
    f.inverse[1] = 1 / d1;
    f.l21 = t * f.inverse[1];
    f.inverse[2] = 1 / (a[5] + ridge - f.l20 * a[2] - f.l21 * t);
    return f;
}

ALWAYS void solve(const factors *f, const vec b[3], vec x[3])
{
    const vec y1 = b[1] - f->l10 * b[0], y2 = b[2] - f->l20 * b[0] - f->l21 * y1;
    x[2] = y2 * f->inverse[2];
    x[1] = y1 * f->inverse[1] - f->l21 * x[2];
    x[0] = b[0] * f->inverse[0] - f->l10 * x[1] - f->l20 * x[2];
}

void JOIN(nst__matting_fit_, NST__ISA)(size_t n, float epsilon, const float *const rows[3], size_t plane, float *out)
{
    const vec ridge = splat(epsilon / 9);
    for (size_t j = 0; j < n; j += WIDTH) {
        sums s;
        vec middle[6], energy = splat(0);
        memset(&s, 0, sizeof s);
#pragma GCC unroll 6
        for (size_t c = 0; c < 6; c++)
            middle[c] = load(rows[1] + c * plane + j + 1);
#pragma GCC unroll 9
        for (size_t k = 0; k < 9; k++)
            if (k != 4) add_pixel(&s, rows[k / 3] + j + k % 3, middle, plane);
        take_moments(&s);
        const factors f = factorise(s.ii, ridge);
#pragma GCC unroll 3
        for (size_t q = 0; q < 3; q++) {
            vec a[3], offset = middle[3 + q] + s.x[q];
            solve(&f, s.ix[q], a);
            energy += s.xx[q];
#pragma GCC unroll 3
            for (size_t c = 0; c < 3; c++) {
                store(out + (3 * q + c) * plane + j, a[c]);
                offset -= a[c] * (middle[c] + s.i[c]);
                energy -= a[c] * s.ix[q][c];
            }
            store(out + (9 + q) * plane + j, offset);
        }
        store(out + 12 * plane + j, 9 * energy);
    }
}

void JOIN(nst__matting_product_, NST__ISA)(size_t n, const float *const fits[3], const float *row, const float *counts,
                                           size_t plane, float *out)
{
    for (size_t j = 0; j < n; j += WIDTH)
        for (size_t q = 0; q < 3; q++) {
            vec sum = load(counts + j) * load(row + (3 + q) * plane + j);
#pragma GCC unroll 4
            for (size_t c = 0; c < 4; c++) {
                const size_t from = (c < 3 ? 3 * q + c : 9 + q) * plane + j;
                vec of = splat(0);
#pragma GCC unroll 9
                for (size_t k = 0; k < 9; k++)
                    of += load(fits[k / 3] + from + k % 3);
                sum -= c < 3 ? of * load(row + c * plane + j) : of;
            }
            store(out + q * plane + j, sum);
        }
}
