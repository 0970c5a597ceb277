/*
 * The BLAS of this folder: CBLAS or, with NST_BLAS=own, the functions below, for machines without one.
 */
#ifndef NST_TENSOR_BLAS_H
#define NST_TENSOR_BLAS_H

#include <stdbool.h>

/* Row-major matrices, packed vectors, and of symmetric matrices the upper triangle. C and y are not read if BETA is 0.
 * The names and the order of the arguments are those of CBLAS. */
void nst__sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                const float *b, int ldb, float beta, float *c, int ldc);
void nst__dgemm(bool transpose_a, bool transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                const double *b, int ldb, double beta, double *c, int ldc);
void nst__ssyrk(int n, int k, float alpha, const float *a, int lda, float beta, float *c, int ldc); /* A'A, A [k,n] */
void nst__dgemv(int m, int n, double alpha, const double *a, int lda, const double *x, double beta, double *y);
void nst__dsymv(int n, double alpha, const double *a, int lda, const double *x, double beta, double *y);
void nst__dsyr2(int n, double alpha, const double *x, const double *y, double *a, int lda);
void nst__dger(int m, int n, double alpha, const double *x, const double *y, double *a, int lda);
double nst__ddot(int n, const double *x, const double *y);
double nst__dnrm2(int n, const double *x);
void nst__daxpy(int n, double alpha, const double *x, double *y);
void nst__dscal(int n, double alpha, double *x);
void nst__dswap(int n, double *x, double *y);
void nst__drot(int n, double *x, double *y, double c, double s); /* (x, y) becomes (c x + s y, c y - s x) */

#ifndef NST__OWN_BLAS
#include <cblas.h>
#else
enum { CblasNoTrans, CblasTrans };
#define cblas_sgemm(order, ...)                  nst__sgemm(__VA_ARGS__)
#define cblas_dgemm(order, ...)                  nst__dgemm(__VA_ARGS__)
#define cblas_ssyrk(order, uplo, transpose, ...) nst__ssyrk(__VA_ARGS__)
#define cblas_dgemv(order, transpose, m, n, alpha, a, lda, x, incx, beta, y, incy) \
    nst__dgemv(m, n, alpha, a, lda, x, beta, y)
#define cblas_dsymv(order, uplo, n, alpha, a, lda, x, incx, beta, y, incy) nst__dsymv(n, alpha, a, lda, x, beta, y)
#define cblas_dsyr2(order, uplo, n, alpha, x, incx, y, incy, a, lda)       nst__dsyr2(n, alpha, x, y, a, lda)
#define cblas_dger(order, m, n, alpha, x, incx, y, incy, a, lda)           nst__dger(m, n, alpha, x, y, a, lda)
#define cblas_ddot(n, x, incx, y, incy)                                    nst__ddot(n, x, y)
#define cblas_dnrm2(n, x, incx)                                            nst__dnrm2(n, x)
#define cblas_daxpy(n, alpha, x, incx, y, incy)                            nst__daxpy(n, alpha, x, y)
#define cblas_dscal(n, alpha, x, incx)                                     nst__dscal(n, alpha, x)
#define cblas_dswap(n, x, incx, y, incy)                                   nst__dswap(n, x, y)
#define cblas_drot(n, x, incx, y, incy, c, s)                              nst__drot(n, x, y, c, s)
#endif

#endif
