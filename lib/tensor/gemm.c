#include "tensor/gemm.h"
#include "base/parallel.h"
#include "tensor/blas.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/*
 * OpenBLAS comes in three builds that share one name, and which one is loaded is known only at run time:
 *   serial    It has no threads and, as Debian builds it, no locks: two threads that call at the same time share a
 *             buffer, and one in some thousand products is wrong. So libnst makes one call at a time.
 *   pthread   It has one thread setting for the process: libnst saves it, sets it to 1, and restores it. OpenMP    At
 *   each call it uses omp_get_max_threads() of the calling thread: libnst sets this to 1 on each thread that
 *             computes, and restores it on the host's thread.
 * The symbols are weak. Another CBLAS does not have them; libnst assumes that it has no threads and no such fault.
 */
#if defined(__GNUC__) && defined(__ELF__)
#define WEAK      __attribute__((weak))
#define HAVE_WEAK 1
int openblas_get_num_threads(void) WEAK;
void openblas_set_num_threads(int threads) WEAK;
int openblas_get_parallel(void) WEAK;
char *openblas_get_config(void) WEAK;
int omp_get_max_threads(void) WEAK;
void omp_set_num_threads(int threads) WEAK;
#endif

enum { OTHER, SERIAL, PTHREAD, OPENMP };

static int build(void)
{
#ifdef HAVE_WEAK
    if (openblas_get_parallel && openblas_get_num_threads && openblas_set_num_threads) {
        int parallel = openblas_get_parallel();
        if (parallel == 1) return PTHREAD;
        if (parallel == 2 && omp_get_max_threads && omp_set_num_threads) return OPENMP;
        if (parallel == 0) return SERIAL;
    }
#endif
    return OTHER;
}

static nst__lock guard = NST__LOCK_INIT;
#ifdef HAVE_WEAK
static struct { /* of a pthread build, under guard */
    size_t entered;
    int host_threads;
    unsigned forks; /* of the process that this is true of */
} held;
static _Thread_local size_t entered_here;
static _Thread_local int host_threads_here; /* of an OpenMP build */
#endif

/*
 * OpenBLAS has locks that a fork leaves held for ever in the child: that of its threads, which its setting takes,
 * and that of its buffers, which every product takes. So a fork waits until no thread is inside.
 */
static atomic_size_t products; /* going on; none begins while GUARD is held */

static void wait_for_products(void)
{
    nst__lock_take(&guard);
    while (atomic_load(&products) > 0)
        sched_yield();
}

static void let_products_begin(void)
{
    nst__lock_give(&guard);
}

static void watch_forks(void)
{
    nst__at_fork(wait_for_products, let_products_begin);
}

static void enter_guard(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    nst__lock_take(&guard);
}

#ifdef HAVE_WEAK
/* The threads that had entered before the fork do not exist in this process: nothing was restored for them. */
static void forget_those_of_the_parent(void)
{
    if (held.forks == nst__forks()) return;
    held.forks = nst__forks();
    if (held.entered > 0) openblas_set_num_threads(held.host_threads);
    held.entered = 0;
}
#endif

void nst__blas_enter(void)
{
#ifdef HAVE_WEAK
    switch (build()) {
    case PTHREAD:
        enter_guard();
        forget_those_of_the_parent();
        if (held.entered++ == 0) {
            held.host_threads = openblas_get_num_threads();
            if (held.host_threads != 1) openblas_set_num_threads(1);
        }
        nst__lock_give(&guard);
        break;
    case OPENMP:
        if (entered_here++ == 0) {
            host_threads_here = omp_get_max_threads();
            omp_set_num_threads(1);
        }
        break;
    default: break;
    }
#endif
}

void nst__blas_leave(void)
{
#ifdef HAVE_WEAK
    switch (build()) {
    case PTHREAD:
        nst__lock_take(&guard);
        if (--held.entered == 0 && held.host_threads != 1) openblas_set_num_threads(held.host_threads);
        nst__lock_give(&guard);
        break;
    case OPENMP:
        if (--entered_here == 0) omp_set_num_threads(host_threads_here);
        break;
    default: break;
    }
#endif
}

static nst__lock one_at_a_time = NST__LOCK_INIT;

void nst__blas_begin(void)
{
    enter_guard();
    atomic_fetch_add(&products, 1);
    nst__lock_give(&guard);
#ifdef HAVE_WEAK
    switch (build()) {
    case SERIAL: nst__lock_take(&one_at_a_time); break;
    case OPENMP:
        if (omp_get_max_threads() != 1) omp_set_num_threads(1);
        break;
    default: break;
    }
#endif
}

void nst__blas_end(void)
{
    if (build() == SERIAL) nst__lock_give(&one_at_a_time);
    atomic_fetch_sub(&products, 1);
}

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." is cut after the version. */
const char *nst__blas_name(void)
{
    static char name[64];
    static nst__lock lock = NST__LOCK_INIT;
    nst__lock_take(&lock);
    if (!name[0]) {
#ifdef NST__OWN_BLAS
        char first[24] = "own", second[24] = "";
#else
        char first[24] = "CBLAS", second[24] = "";
#endif
#ifdef HAVE_WEAK
        if (openblas_get_config && sscanf(openblas_get_config(), "%23s %23s", first, second) != 2)
            strcpy(first, "OpenBLAS");
#endif
        snprintf(name, sizeof name, "%s%s%s", first, second[0] ? " " : "", second);
    }
    nst__lock_give(&lock);
    return name;
}

void nst__gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
               size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    if (m == 0 || n == 0) return;
    nst__blas_begin();
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, (int)m,
                (int)n, (int)k, alpha, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
    nst__blas_end();
}

void nst__syrk(size_t n, size_t k, float alpha, const float *a, size_t lda, float beta, float *c, size_t ldc)
{
    if (n == 0) return;
    nst__blas_begin();
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)n, (int)k, alpha, a, (int)lda, beta, c, (int)ldc);
    nst__blas_end();
}
