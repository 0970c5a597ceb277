/*
 * Matrix products by CBLAS in single precision, row-major, each on the calling thread alone; and the calls that keep a
 * BLAS from using threads of its own.
 */
#ifndef NST_TENSOR_GEMM_H
#define NST_TENSOR_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* C [m,n] = alpha op(A) op(B) + beta C, op(A) [m,k], op(B) [k,n]. */
void nst__gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
               size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The upper triangle, diagonal included, of C [n,n] = alpha A' A + beta C, with A [k,n]. */
void nst__syrk(size_t n, size_t k, float alpha, const float *a, size_t lda, float beta, float *c, size_t ldc);

/* Between these two the BLAS uses one thread, in the whole process. Calls are counted; the last leave restores the
 * setting. */
void nst__blas_enter(void);
void nst__blas_leave(void);

/* Around each call of CBLAS, on one thread. A fork() by another thread waits for the end. */
void nst__blas_begin(void);
void nst__blas_end(void);

const char *nst__blas_name(void);

#endif
