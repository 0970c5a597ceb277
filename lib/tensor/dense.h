/*
 * Symmetric matrices in double, such as the statistics of a layer: eigenvalues, and powers by them. Row-major, packed,
 * on the calling thread. The products are CBLAS's, so the last bits depend on which one is linked.
 */
#ifndef NST_TENSOR_DENSE_H
#define NST_TENSOR_DENSE_H

#include "base/status.h"

#include <stdbool.h>

/* C [n,n] = op(A) op(B), all [n,n]; C is none of them. */
void nst__dense_multiply(size_t n, bool transpose_a, const double *a, bool transpose_b, const double *b, double *c);

/* A [n,n] symmetric, of finite values, becomes its eigenvectors V, one a row: A = V' diag(VALUES) V. VALUES [n] ascend.
 * Householder's reduction to a tridiagonal matrix, then the implicit QL method (Golub & Van Loan, Matrix Computations,
 * sections 8.3.1 and 8.3.3). NST_ERR_NON_FINITE where A is not finite. */
nst_status nst__dense_eigen(size_t n, double *a, double *values);
/* The same in memory of the caller: WORK [n n + 3 n]. */
nst_status nst__dense_eigen_in(size_t n, double *a, double *values, double *work);

/* OUT [n,n] = A^POWER for a positive semidefinite A. Eigenvalues below FLOOR count as FLOOR: with a negative POWER it
 * must be above 0. OUT is not A. */
nst_status nst__dense_power(size_t n, const double *a, double power, double floor, double *out);

#endif
