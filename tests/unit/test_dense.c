/* Eigenvalues, eigenvectors and powers of symmetric matrices, against what defines them. */
#include "unit/runner.h"

#include "tensor/dense.h"

#include <math.h>
#include <string.h>

static double noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 23) - 1;
}

/* B B' of a B [n,rank]: positive semidefinite, of that rank. */
static double *matrix(size_t n, size_t rank, unsigned seed)
{
    double *b = malloc(n * rank * sizeof *b), *a = calloc(n * n, sizeof *a);
    for (size_t i = 0; i < n * rank; i++)
        b[i] = noise(&seed);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < rank; k++)
                a[i * n + j] += b[i * rank + k] * b[j * rank + k];
    free(b);
    return a;
}

static double largest(size_t count, const double *a)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(a[i]));
    return most;
}

/* A v = lambda v for each row v, rows orthonormal, values ascending. */
static void check_eigen(size_t n, const double *a)
{
    double *v = malloc(n * n * sizeof *v), *values = malloc(n * sizeof *values);
    const double scale = largest(n * n, a) + 1e-300;
    memcpy(v, a, n * n * sizeof *v);
    ck_assert_msg(nst__dense_eigen(n, v, values) == NST_OK, "%s", nst_last_error());
    for (size_t i = 0; i < n; i++) {
        if (i) ck_assert_double_ge(values[i], values[i - 1]);
        for (size_t j = 0; j < n; j++) {
            double image = 0, product = 0;
            for (size_t k = 0; k < n; k++) {
                image += a[j * n + k] * v[i * n + k];
                product += v[i * n + k] * v[j * n + k];
            }
            ck_assert_double_eq_tol(image / scale, values[i] * v[i * n + j] / scale, 1e-12 * (double)n);
            ck_assert_double_eq_tol(product, i == j, 1e-13 * (double)n);
        }
    }
    free(values);
    free(v);
}

START_TEST(eigenvectors_are_what_they_should_be)
{
    static const size_t sizes[] = {1, 2, 3, 5, 16, 33, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t rank = 1; rank <= sizes[i]; rank += rank < 3 ? 1 : sizes[i] / 2) {
            double *a = matrix(sizes[i], rank, (unsigned)(i + rank));
            check_eigen(sizes[i], a);
            free(a);
        }
}
END_TEST

/* Most of their eigenvalues are nothing but rounding. */
START_TEST(large_matrices_of_low_rank)
{
    static const size_t ranks[] = {3, 31, 128};
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        double *a = matrix(128, ranks[i], 7);
        check_eigen(128, a);
        free(a);
    }
}
END_TEST

START_TEST(special_matrices)
{
    const double zero[9] = {0}, identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, diagonal[9] = {3, 0, 0, 0, -2, 0, 0, 0, 1};
    const double tiny[4] = {1e-200, 1e-200, 1e-200, 1e-200}, huge[4] = {1e200, 2e200, 2e200, -1e200};
    check_eigen(3, zero);
    check_eigen(3, identity);
    check_eigen(3, diagonal);
    check_eigen(2, tiny);
    check_eigen(2, huge);
}
END_TEST

START_TEST(powers_multiply)
{
    const size_t n = 27;
    double *a = matrix(n, n, 3), root[27 * 27], inverse[27 * 27], out[27 * 27];
    ck_assert_int_eq(nst__dense_power(n, a, 0.5, 0, root), NST_OK);
    nst__dense_multiply(n, false, root, false, root, out);
    for (size_t i = 0; i < n * n; i++)
        ck_assert_double_eq_tol(out[i], a[i], 1e-11);
    ck_assert_int_eq(nst__dense_power(n, a, -0.5, 1e-12, inverse), NST_OK);
    nst__dense_multiply(n, false, root, true, inverse, out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            ck_assert_double_eq_tol(out[i * n + j], i == j, 1e-6);
    free(a);
}
END_TEST

/* The root of a matrix without full rank has its rank: nothing of the rounding is blown up. */
START_TEST(a_root_below_full_rank_is_finite)
{
    const size_t n = 16;
    double *a = matrix(n, 5, 4), root[16 * 16], out[16 * 16];
    ck_assert_int_eq(nst__dense_power(n, a, 0.5, 0, root), NST_OK);
    nst__dense_multiply(n, true, root, false, root, out);
    for (size_t i = 0; i < n * n; i++)
        ck_assert_double_eq_tol(out[i], a[i], 1e-12);
    free(a);
}
END_TEST

START_TEST(what_is_not_finite_is_refused)
{
    double a[4] = {1, (double)NAN, (double)NAN, 1}, values[2];
    ck_assert_int_eq(nst__dense_eigen(2, a, values), NST_ERR_NON_FINITE);
    ck_assert_int_eq(nst__dense_eigen(0, a, values), NST_OK);
}
END_TEST

RUNNER("dense", eigenvectors_are_what_they_should_be, large_matrices_of_low_rank, special_matrices, powers_multiply,
       a_root_below_full_rank_is_finite, what_is_not_finite_is_refused)
