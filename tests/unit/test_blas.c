/* The functions of NST_BLAS=own against those of CBLAS, which this build has. */
#include "unit/runner.h"

#include "tensor/blas.h"

#include <math.h>
#include <string.h>

enum { MOST = 4096 };

static double da[MOST], db[MOST], dx[MOST], dy[MOST], got[MOST], want[MOST];
static float fa[MOST], fb[MOST], fgot[MOST], fwant[MOST];

static void noise(double *out, float *as_float, unsigned seed)
{
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (double)(seed >> 8) / (1 << 23) - 1;
        if (as_float) as_float[i] = (float)out[i];
    }
}

static void before(void)
{
    noise(da, fa, 1);
    noise(db, fb, 2);
    noise(dx, NULL, 3);
    noise(dy, NULL, 4);
    noise(got, fgot, 5);
    memcpy(want, got, sizeof want);
    memcpy(fwant, fgot, sizeof fwant);
}

/* All of both, so that nothing is written beside the result either. */
static void same(void)
{
    for (size_t i = 0; i < MOST; i++) {
        ck_assert_double_eq_tol(got[i], want[i], 1e-13 * (8 + fabs(want[i])));
        ck_assert_double_eq_tol((double)fgot[i], (double)fwant[i], 1e-6 * (8 + fabs((double)fwant[i])));
    }
}

static const int shapes[][3] = {{1, 1, 1}, {3, 5, 7}, {17, 9, 33}, {32, 32, 32}, {5, 40, 1}, {4, 3, 0}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

START_TEST(products)
{
    for (int s = 0; s < SHAPES; s++)
        for (int t = 0; t < 8; t++) {
            const int m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
            const bool ta = t & 1, tb = t & 2;
            const double beta = t & 4 ? 2 : 0;
            const int lda = (ta ? m : k) + 1, ldb = (tb ? k : n) + 2, ldc = n + 3;
            const CBLAS_TRANSPOSE ca = ta ? CblasTrans : CblasNoTrans, cb = tb ? CblasTrans : CblasNoTrans;
            nst__dgemm(ta, tb, m, n, k, 0.5, da, lda, db, ldb, beta, got, ldc);
            cblas_dgemm(CblasRowMajor, ca, cb, m, n, k, 0.5, da, lda, db, ldb, beta, want, ldc);
            nst__sgemm(ta, tb, m, n, k, 0.5f, fa, lda, fb, ldb, (float)beta, fgot, ldc);
            cblas_sgemm(CblasRowMajor, ca, cb, m, n, k, 0.5f, fa, lda, fb, ldb, (float)beta, fwant, ldc);
            same();
        }
}
END_TEST

START_TEST(grams)
{
    for (int s = 0; s < SHAPES; s++) {
        const int n = shapes[s][1], k = shapes[s][2];
        for (int beta = 0; beta <= 1; beta++) {
            nst__ssyrk(n, k, 0.5f, fa, n + 1, (float)beta, fgot, n + 2);
            cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, n, k, 0.5f, fa, n + 1, (float)beta, fwant, n + 2);
            same();
        }
    }
}
END_TEST

START_TEST(matrices_and_vectors)
{
    static const int sizes[] = {1, 2, 5, 16, 37};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const int n = sizes[i], m = n + 3, ld = n + 2;
        for (int beta = 0; beta <= 2; beta += 2) {
            nst__dgemv(m, n, 0.7, da, ld, dx, beta, got);
            cblas_dgemv(CblasRowMajor, CblasNoTrans, m, n, 0.7, da, ld, dx, 1, beta, want, 1);
            nst__dsymv(n, 0.7, da, ld, dx, beta, got + m);
            cblas_dsymv(CblasRowMajor, CblasUpper, n, 0.7, da, ld, dx, 1, beta, want + m, 1);
            same();
        }
        nst__dsyr2(n, -1, dx, dy, got, ld);
        cblas_dsyr2(CblasRowMajor, CblasUpper, n, -1, dx, 1, dy, 1, want, ld);
        nst__dger(m, n, 0.3, dx, dy, got, ld);
        cblas_dger(CblasRowMajor, m, n, 0.3, dx, 1, dy, 1, want, ld);
        same();
    }
}
END_TEST

START_TEST(vectors)
{
    for (int n = 0; n <= 100; n += 1 + n / 3) {
        ck_assert_double_eq_tol(nst__ddot(n, dx, dy), cblas_ddot(n, dx, 1, dy, 1), 1e-13);
        ck_assert_double_eq_tol(nst__dnrm2(n, dx), cblas_dnrm2(n, dx, 1), 1e-13);
        nst__daxpy(n, 0.3, dx, got);
        cblas_daxpy(n, 0.3, dx, 1, want, 1);
        nst__dscal(n, 1.5, got + 7);
        cblas_dscal(n, 1.5, want + 7, 1);
        nst__dswap(n, got, got + 200);
        cblas_dswap(n, want, 1, want + 200, 1);
        nst__drot(n, got, got + 300, 0.6, 0.8);
        cblas_drot(n, want, 1, want + 300, 1, 0.6, 0.8);
        same();
    }
}
END_TEST

START_TEST(lengths_do_not_overflow)
{
    const double huge[] = {3e200, -4e200}, tiny[] = {3e-200, 4e-200}, none[] = {0, 0};
    ck_assert_double_eq_tol(nst__dnrm2(2, huge) / 5e200, 1, 1e-14);
    ck_assert_double_eq_tol(nst__dnrm2(2, tiny) / 5e-200, 1, 1e-14);
    ck_assert_double_eq(nst__dnrm2(2, none), 0);
}
END_TEST

START_TEST(what_is_replaced_is_not_read)
{
    double y[3] = {NAN, NAN, NAN};
    float c[2] = {NAN, NAN};
    nst__dgemv(2, 2, 1, da, 2, dx, 0, y);
    ck_assert(isfinite(y[0]) && isfinite(y[1]) && isnan(y[2]));
    nst__dsymv(2, 1, da, 2, dx, 0, y);
    ck_assert(isfinite(y[0]) && isfinite(y[1]) && isnan(y[2]));
    nst__sgemm(false, false, 1, 1, 3, 1, fa, 3, fb, 1, 0, c, 1);
    ck_assert(isfinite(c[0]) && isnan(c[1]));
}
END_TEST

RUNNER_WITH(before, NULL, "blas", products, grams, matrices_and_vectors, vectors, lengths_do_not_overflow,
            what_is_replaced_is_not_read)
