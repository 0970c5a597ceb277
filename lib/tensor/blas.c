/*
 * The few functions of CBLAS that this folder uses, for machines without one. Nearly all products of a run are those of
 * nn/kernels_isa.c; these are for shapes that do not fit them, and for eigenvalues. So they are plain loops along rows.
 *
 * Left out on purpose: blocks for the cache, lower triangles, vectors that are not packed.
 */
#include "tensor/blas.h"

#include <math.h>
#include <stddef.h>

/* Rows of C = ALPHA op(A) op(B) + BETA C, each from column FIRST on. */
#define PRODUCT(type, rows, first, at_a, at_b) \
    for (ptrdiff_t i = 0; i < (rows); i++) { \
        type *row = c + i * ldc; \
        for (ptrdiff_t j = (first); j < n; j++) \
            row[j] = beta == 0 ? 0 : beta * row[j]; \
        for (ptrdiff_t p = 0; p < k; p++) { \
            const type factor = alpha * (at_a); \
            for (ptrdiff_t j = (first); j < n; j++) \
                row[j] += factor * (at_b); \
        } \
    }

void nst__sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                const float *b, int ldb, float beta, float *c, int ldc)
{
    PRODUCT(float, m, 0, transpose_a ? a[p * lda + i] : a[i * lda + p], transpose_b ? b[j * ldb + p] : b[p * ldb + j])
}

void nst__dgemm(bool transpose_a, bool transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                const double *b, int ldb, double beta, double *c, int ldc)
{
    PRODUCT(double, m, 0, transpose_a ? a[p * lda + i] : a[i * lda + p], transpose_b ? b[j * ldb + p] : b[p * ldb + j])
}

void nst__ssyrk(int n, int k, float alpha, const float *a, int lda, float beta, float *c, int ldc)
{
    PRODUCT(float, n, i, a[p * lda + i], a[p * lda + j])
}

void nst__dgemv(int m, int n, double alpha, const double *a, int lda, const double *x, double beta, double *y)
{
    for (ptrdiff_t i = 0; i < m; i++)
        y[i] = alpha * nst__ddot(n, a + i * lda, x) + (beta == 0 ? 0 : beta * y[i]);
}

void nst__dsymv(int n, double alpha, const double *a, int lda, const double *x, double beta, double *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = beta == 0 ? 0 : beta * y[i];
    for (ptrdiff_t i = 0; i < n; i++) {
        const double *row = a + i * lda;
        double sum = row[i] * x[i];
        for (ptrdiff_t j = i + 1; j < n; j++) {
            sum += row[j] * x[j];
            y[j] += alpha * x[i] * row[j];
        }
        y[i] += alpha * sum;
    }
}

void nst__dsyr2(int n, double alpha, const double *x, const double *y, double *a, int lda)
{
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = i; j < n; j++)
            a[i * lda + j] += alpha * (x[i] * y[j] + y[i] * x[j]);
}

void nst__dger(int m, int n, double alpha, const double *x, const double *y, double *a, int lda)
{
    for (ptrdiff_t i = 0; i < m; i++)
        nst__daxpy(n, alpha * x[i], y, a + i * lda);
}

double nst__ddot(int n, const double *x, const double *y)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Divided by the largest value, so that no square overflows or vanishes. */
double nst__dnrm2(int n, const double *x)
{
    double most = 0, sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    for (ptrdiff_t i = 0; i < n && most > 0; i++)
        sum += x[i] / most * (x[i] / most);
    return most * sqrt(sum);
}

void nst__daxpy(int n, double alpha, const double *x, double *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += alpha * x[i];
}

void nst__dscal(int n, double alpha, double *x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        x[i] *= alpha;
}

void nst__dswap(int n, double *x, double *y)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

void nst__drot(int n, double *x, double *y, double c, double s)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double was = x[i];
        x[i] = c * was + s * y[i];
        y[i] = c * y[i] - s * was;
    }
}
