/* Matrix products against three loops, and the host's BLAS setting before and after. */
#include "unit/runner.h"

#include "base/parallel.h"
#include "nn/product.h"
#include "tensor/gemm.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 4096

#if defined(__GNUC__) && defined(__ELF__)
int openblas_get_num_threads(void) __attribute__((weak));
void openblas_set_num_threads(int threads) __attribute__((weak));
int openblas_get_parallel(void) __attribute__((weak));
int omp_get_max_threads(void) __attribute__((weak));
#define HAVE_WEAK 1
#endif

static void noise(float *out, unsigned seed)
{
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) / (1 << 24) - 0.5f;
    }
}

START_TEST(gemm_is_three_loops)
{
    static float a[MOST], b[MOST], c[MOST], before[MOST];
    static const size_t shapes[][3] = {{1, 1, 1}, {3, 5, 7}, {17, 9, 33}, {32, 32, 32}, {5, 40, 1}};
    noise(a, 1);
    noise(b, 2);
    noise(before, 3);
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++)
        for (int t = 0; t < 4; t++) {
            const size_t m = shapes[n][0], w = shapes[n][1], k = shapes[n][2];
            const bool ta = t & 1, tb = t & 2;
            const size_t lda = (ta ? m : k) + 1, ldb = (tb ? k : w) + 2, ldc = w + 3;
            memcpy(c, before, sizeof c);
            nst__gemm(ta, tb, m, w, k, 0.5f, a, lda, b, ldb, 2, c, ldc);
            for (size_t i = 0; i < MOST; i++) {
                const size_t row = i / ldc, column = i % ldc;
                double want = (double)before[i];
                if (row < m && column < w) {
                    want *= 2;
                    for (size_t p = 0; p < k; p++)
                        want += 0.5 * (double)a[ta ? p * lda + row : row * lda + p] *
                                (double)b[tb ? column * ldb + p : p * ldb + column];
                }
                ck_assert_double_eq_tol((double)c[i], want, 1e-5);
            }
        }
}
END_TEST

START_TEST(syrk_is_the_upper_triangle)
{
    static float a[MOST], c[MOST], before[MOST];
    const size_t n = 21, k = 34, lda = 25, ldc = 23;
    noise(a, 1);
    noise(before, 2);
    memcpy(c, before, sizeof c);
    nst__syrk(n, k, 2, a, lda, 1, c, ldc);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double want = (double)before[i * ldc + j];
            for (size_t p = 0; p < k && j >= i; p++)
                want += 2 * (double)a[p * lda + i] * (double)a[p * lda + j];
            ck_assert_double_eq_tol((double)c[i * ldc + j], want, 1e-5);
        }
}
END_TEST

/* Gram matrices and what is multiplied with them, by every instruction set, own and CBLAS, whole blocks or
 * not. */
static void check_gram(const nst__engine *engine, size_t n, size_t k)
{
    static float a[16 * MOST], s[16 * MOST], c[16 * MOST];
    for (size_t i = 0; i < 16 * MOST; i++)
        a[i] = (float)(i * 7 % 11) - 5, s[i] = (float)(i * 5 % 13) - 6;
    for (int add = 0; add <= 1; add++) {
        for (size_t i = 0; i < n * n; i++)
            c[i] = 3;
        nst__product_gram(engine, n, k, a, add, c);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i; j < n; j++) {
                double want = add ? 3 : 0;
                for (size_t p = 0; p < k; p++)
                    want += (double)a[p * n + i] * (double)a[p * n + j];
                ck_assert_double_eq((double)c[i * n + j], want);
            }
    }
    nst__product_square(engine, k, n, a, s, c);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < n; j++) {
            double want = 0;
            for (size_t p = 0; p < n; p++)
                want += (double)a[i * n + p] * (double)s[p * n + j];
            ck_assert_double_eq((double)c[i * n + j], want);
        }
}

START_TEST(gram_products_are_three_loops)
{
    static const size_t shapes[][2] = {{3, 5}, {16, 9}, {32, 1}, {64, 200}, {96, 131}, {100, 17}, {128, 66}};
    for (int simd = 1; simd <= 5; simd++)
        for (int gemm = 1; gemm <= 2; gemm++) {
            nst__engine *engine;
            if (nst__engine_create(&engine, 1, simd, 0, gemm, NULL) != NST_OK) continue;
            for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
                check_gram(engine, shapes[i][0], shapes[i][1]);
            nst__engine_destroy(engine);
        }
}
END_TEST

/* A million products of one size, added one by one, would be 0.3 % off: each is rounded to the last digit of the sum. */
START_TEST(long_gram_sums_stay_exact)
{
    enum { N = 32, K = 500, TIMES = 2000 };
    static float a[K * N + 4096], c[N * N];
    nst__engine *engine;
    for (size_t i = 0; i < sizeof a / sizeof *a; i++)
        a[i] = 0.31F;
    for (int simd = 1; simd <= 5; simd++) {
        if (nst__engine_create(&engine, 1, simd, 0, NST_GEMM_OWN, NULL) != NST_OK) continue;
        for (int i = 0; i < TIMES; i++)
            nst__product_gram(engine, N, K, a, i > 0, c);
        const double want = (double)0.31F * (double)0.31F * K * TIMES;
        ck_assert_double_eq_tol((double)c[0], want, 1e-4 * want);
        nst__engine_destroy(engine);
    }
}
END_TEST

#ifdef HAVE_WEAK
static void count_threads(void *user, size_t index, int worker)
{
    float x = 2, y = 0;
    (void)worker;
    nst__gemm(false, false, 1, 1, 1, 1, &x, 1, &x, 1, 0, &y, 1);
    ((int *)user)[index] = openblas_get_parallel() == 2 ? omp_get_max_threads() : openblas_get_num_threads();
}
#endif

START_TEST(a_threaded_blas_is_held_and_given_back)
{
#ifdef HAVE_WEAK
    if (openblas_get_parallel && openblas_get_parallel() != 0) {
        int seen[64];
        nst__workers *workers;
        openblas_set_num_threads(3);
        const int before = openblas_get_num_threads();
        const int before_omp = omp_get_max_threads ? omp_get_max_threads() : 0;
        ck_assert_int_eq(nst__workers_create(&workers, 4, NULL), NST_OK);
        nst__blas_enter();
        nst__blas_enter();
        nst__workers_run(workers, 64, count_threads, seen);
        for (int i = 0; i < 64; i++)
            ck_assert_int_eq(seen[i], 1);
        nst__blas_leave();
        nst__workers_run(workers, 1, count_threads, seen);
        ck_assert_int_eq(seen[0], 1);
        nst__blas_leave();
        ck_assert_int_eq(openblas_get_num_threads(), before);
        ck_assert_int_eq(omp_get_max_threads ? omp_get_max_threads() : 0, before_omp);
        nst__workers_destroy(workers);
        return;
    }
#endif
    nst__blas_enter(); /* a BLAS without threads: nothing to hold, and nothing breaks */
    nst__blas_leave();
    ck_assert_uint_gt(strlen(nst__blas_name()), 0);
}
END_TEST

#ifdef HAVE_WEAK
static void *stay_inside(void *barriers)
{
    pthread_barrier_t *all = barriers;
    nst__blas_enter();
    pthread_barrier_wait(&all[0]);
    pthread_barrier_wait(&all[1]);
    nst__blas_leave();
    return NULL;
}

START_TEST(a_child_of_a_fork_has_the_host_s_setting)
{
    pthread_barrier_t all[2];
    pthread_t other;
    int status;
    if (!openblas_get_parallel || openblas_get_parallel() != 1) return;
    openblas_set_num_threads(3);
    const int before = openblas_get_num_threads();
    pthread_barrier_init(&all[0], NULL, 2);
    pthread_barrier_init(&all[1], NULL, 2);
    ck_assert_int_eq(pthread_create(&other, NULL, stay_inside, all), 0);
    pthread_barrier_wait(&all[0]);
    const pid_t pid = fork();
    if (pid == 0) {
        nst__blas_enter();
        const int inside = openblas_get_num_threads();
        nst__blas_leave();
        _exit(inside != 1 || openblas_get_num_threads() != before);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    pthread_barrier_wait(&all[1]);
    pthread_join(other, NULL);
    ck_assert_int_eq(openblas_get_num_threads(), before);
}
END_TEST
#else
START_TEST(a_child_of_a_fork_has_the_host_s_setting) {}
END_TEST
#endif

enum { CALLERS = 4, CALLS = 10000, ROWS = 28, COLUMNS = 64, DEPTH = 600 };

typedef struct caller {
    float a[ROWS * DEPTH], b[DEPTH * COLUMNS], want[ROWS * COLUMNS], found[ROWS * COLUMNS];
    int wrong;
} caller;

static void multiply(caller *c, float *out)
{
    nst__gemm(false, false, ROWS, COLUMNS, DEPTH, 1, c->a, DEPTH, c->b, COLUMNS, 0, out, COLUMNS);
}

static void call_often(void *user, size_t index, int worker)
{
    caller *c = (caller *)user + index;
    (void)worker;
    for (int i = 0; i < CALLS; i++) {
        multiply(c, c->found);
        c->wrong += memcmp(c->found, c->want, sizeof c->want) != 0;
    }
}

/* OpenBLAS without threads of its own shares a buffer among those who call it: then one in some thousand products is
 * wrong. */
START_TEST(many_threads_get_the_same_bits_as_one)
{
    static caller callers[CALLERS];
    nst__workers *workers;
    ck_assert_int_eq(nst__workers_create(&workers, CALLERS, NULL), NST_OK);
    nst__blas_enter();
    for (unsigned i = 0; i < CALLERS; i++) {
        for (size_t k = 0; k < ROWS * DEPTH; k++)
            callers[i].a[k] = (float)((k * 7919 + i * 31) % 1000) / 1000 - 0.5F;
        for (size_t k = 0; k < DEPTH * COLUMNS; k++)
            callers[i].b[k] = (float)((k * 104729 + i * 17) % 1000) / 1000 - 0.5F;
        multiply(&callers[i], callers[i].want);
    }
    nst__workers_run(workers, CALLERS, call_often, callers);
    nst__blas_leave();
    for (int i = 0; i < CALLERS; i++)
        ck_assert_int_eq(callers[i].wrong, 0);
    nst__workers_destroy(workers);
}
END_TEST

START_TEST(the_blas_has_a_name)
{
    ck_assert_uint_gt(strlen(nst__blas_name()), 4);
    ck_assert_ptr_null(strchr(nst__blas_name(), '_'));
}
END_TEST

RUNNER("gemm", gemm_is_three_loops, syrk_is_the_upper_triangle, gram_products_are_three_loops,
       long_gram_sums_stay_exact, a_threaded_blas_is_held_and_given_back, a_child_of_a_fork_has_the_host_s_setting,
       many_threads_get_the_same_bits_as_one, the_blas_has_a_name)
