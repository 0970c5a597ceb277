#include "tensor/dense.h"
#include "base/alloc.h"
#include "tensor/blas.h"
#include "tensor/gemm.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_SWEEPS = 60 /* of one eigenvalue; two or three are usual */ };

void nst__dense_multiply(size_t n, bool transpose_a, const double *a, bool transpose_b, const double *b, double *c)
{
    const int m = (int)n;
    if (n == 0) return;
    nst__blas_begin();
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, m,
                m, 1, a, m, b, m, 0, c, m);
    nst__blas_end();
}

/* ---- To a tridiagonal matrix ---- */

/* The reflection H = I - tau v v' that takes X [count] to (*alpha, 0, ...). X becomes v, with v[0] = 1. */
static double reflect(size_t count, double *x, double *alpha)
{
    const double below = count > 1 ? cblas_dnrm2((int)count - 1, x + 1, 1) : 0;
    const double first = x[0];
    *alpha = first;
    x[0] = 1;
    if (!(below > 0)) return 0;
    *alpha = -copysign(hypot(first, below), first);
    const double v0 = first - *alpha;
    cblas_dscal((int)count - 1, 1 / v0, x + 1, 1);
    return -v0 / *alpha;
}

/* A = Q T Q': T has D on its diagonal and E beside it. Row k of A keeps v of reflection k from column k + 1 on, TAU its
 * tau. WORK [n]. The upper triangle of A is used. */
static void tridiagonalise(size_t n, double *a, double *d, double *e, double *tau, double *work)
{
    for (size_t k = 0; k + 1 < n; k++) {
        const int rest = (int)(n - k - 1);
        double *v = a + k * n + k + 1, *below = a + (k + 1) * n + k + 1;
        d[k] = a[k * n + k];
        tau[k] = reflect(n - k - 1, v, &e[k]);
        if (tau[k] == 0) continue;
        /* below -= v w' + w v' with p = tau A v, w = p - (tau / 2) (p'v) v */
        cblas_dsymv(CblasRowMajor, CblasUpper, rest, tau[k], below, (int)n, v, 1, 0, work, 1);
        cblas_daxpy(rest, -tau[k] / 2 * cblas_ddot(rest, work, 1, v, 1), v, 1, work, 1);
        cblas_dsyr2(CblasRowMajor, CblasUpper, rest, -1, v, 1, work, 1, below, (int)n);
    }
    d[n - 1] = a[(n - 1) * n + n - 1];
}

/* Q' [n,n] from the reflections. */
static void gather(size_t n, const double *a, const double *tau, double *q, double *work)
{
    memset(q, 0, n * n * sizeof *q);
    for (size_t i = 0; i < n; i++)
        q[i * n + i] = 1;
    for (size_t k = n - 1; k-- > 0;) {
        const int rest = (int)(n - k - 1);
        const double *v = a + k * n + k + 1;
        double *part = q + (k + 1) * n + k + 1;
        if (tau[k] == 0) continue;
        cblas_dgemv(CblasRowMajor, CblasNoTrans, rest, rest, 1, part, (int)n, v, 1, 0, work, 1);
        cblas_dger(CblasRowMajor, rest, rest, -tau[k], work, 1, v, 1, part, (int)n);
    }
}

/* ---- The eigenvalues of a tridiagonal matrix ---- */

/* The last row of the block that begins at row L: E is negligible after it, which is at most LEAST. */
static size_t block_end(size_t n, const double *e, double least, size_t l)
{
    while (l + 1 < n && fabs(e[l]) > least)
        l++;
    return l;
}

/* What rounding has changed in the matrix already. Less is not to be had: of a matrix of low rank many eigenvalues are
 * nothing but this, and would not converge. */
static double rounding(size_t n, const double *d, const double *e)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(d[i]) + fabs(e[i]));
    return DBL_EPSILON * most;
}

/* One implicit QL sweep over rows L to M. It applies the same rotations to the rows of V. */
static void sweep(size_t n, double *d, double *e, double *v, size_t l, size_t m)
{
    /* Wilkinson's shift: the eigenvalue of the first 2x2 block that is nearer to its first entry. */
    const double half = (d[l + 1] - d[l]) / (2 * e[l]);
    double g = d[m] - d[l] + e[l] / (half + copysign(hypot(half, 1), half));
    double s = 1, c = 1, p = 0;
    for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        cblas_drot((int)n, v + (i + 1) * n, 1, v + i * n, 1, c, s);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

static bool diagonalise(size_t n, double *d, double *e, double *v)
{
    e[n - 1] = 0;
    const double least = rounding(n, d, e);
    for (size_t l = 0; l < n; l++) {
        size_t sweeps = 0;
        for (size_t m = block_end(n, e, least, l); m != l; m = block_end(n, e, least, l)) {
            if (sweeps++ == MOST_SWEEPS) return false;
            sweep(n, d, e, v, l, m);
        }
    }
    return true;
}

static void sort(size_t n, double *d, double *v)
{
    for (size_t i = 0; i + 1 < n; i++) {
        size_t least = i;
        for (size_t j = i + 1; j < n; j++)
            if (d[j] < d[least]) least = j;
        if (least == i) continue;
        const double t = d[i];
        d[i] = d[least];
        d[least] = t;
        cblas_dswap((int)n, v + i * n, 1, v + least * n, 1);
    }
}

nst_status nst__dense_eigen_in(size_t n, double *a, double *values, double *memory)
{
    if (n == 0) return NST_OK;
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i])) return nst__fail(NST_ERR_NON_FINITE, "the statistics of a layer are not finite");
    double *q = memory, *e = q + n * n, *tau = e + n, *work = tau + n;
    nst__blas_begin();
    tridiagonalise(n, a, values, e, tau, work);
    gather(n, a, tau, q, work);
    const bool good = diagonalise(n, values, e, q);
    if (good) sort(n, values, q);
    nst__blas_end();
    memcpy(a, q, n * n * sizeof *a);
    return good ? NST_OK : nst__fail(NST_ERR_INTERNAL, "the eigenvalues of a %zux%zu matrix did not converge", n, n);
}

nst_status nst__dense_eigen(size_t n, double *a, double *values)
{
    double *work = nst__alloc(n * n + 3 * n, sizeof *work);
    if (!work) return NST_ERR_OUT_OF_MEMORY;
    const nst_status status = nst__dense_eigen_in(n, a, values, work);
    nst__free(work);
    return status;
}

nst_status nst__dense_power(size_t n, const double *a, double power, double floor, double *out)
{
    nst_status status = NST_OK;
    double *v = nst__alloc(2 * n * n + n, sizeof *v);
    if (!v) return NST_ERR_OUT_OF_MEMORY;
    double *scaled = v + n * n, *values = scaled + n * n;
    memcpy(v, a, n * n * sizeof *v);
    NST_TRY(nst__dense_eigen(n, v, values));
    for (size_t i = 0; i < n; i++) {
        const double factor = pow(fmax(values[i], floor), power);
        for (size_t j = 0; j < n; j++)
            scaled[i * n + j] = factor * v[i * n + j];
    }
    nst__dense_multiply(n, true, v, false, scaled, out);
out:
    nst__free(v);
    return status;
}
