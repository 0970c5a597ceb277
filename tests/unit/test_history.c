/* Where L-BFGS keeps its curvature pairs: 32 or 16 bits a number, in memory or in a scratch file. */
#include "unit/runner.h"

#include "base/parallel.h"
#include "solver/optimizer.h"

#include <nst/nst.h>

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N = 40000 }; /* three blocks, the last not full */

static char folder[] = "/tmp/nst-history-XXXXXX";

static void make_folder(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    ck_assert_int_eq(rmdir(folder), 0); /* fails if anything is left in it */
}

/* A chain of bananas. */
static int chain(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    (void)optimizer;
    (void)user;
    *value = 0;
    memset(g, 0, n * sizeof *g);
    for (size_t i = 0; i + 1 < n; i++) {
        const double t = (double)x[i + 1] - (double)x[i] * (double)x[i], u = 1 - (double)x[i];
        const double k = 10 + 0.01 * (double)(i % 1000);
        *value += k * t * t + u * u;
        g[i] += (float)(-4 * k * t * (double)x[i] - 2 * u);
        g[i + 1] += (float)(2 * k * t);
    }
    return 0;
}

static void start(float *x)
{
    for (int i = 0; i < N; i++)
        x[i] = (float)(0.5 * sin(0.7 * i));
}

typedef struct kind {
    const char *bits;
    bool file;
} kind;

static const kind kinds[] = {{"32", false}, {"32", true}, {"16", false}, {"16", true}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static nst_optimizer *make(const kind *k)
{
    nst_optimizer *o;
    ck_assert_int_eq(nst_optimizer_create(&o, NST_ALGORITHM_LBFGS), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 60), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_HISTORY, 6), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_HISTORY_BITS, k->bits), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_text(o, NST_PARAM_SCRATCH, k->file ? folder : ""), NST_OK);
    return o;
}

static double minimise(float *x, const kind *k, int threads)
{
    nst_optimizer *o = make(k);
    nst__workers *workers = NULL;
    start(x);
    if (threads) ck_assert_int_eq(nst__workers_create(&workers, threads, NULL), NST_OK);
    ck_assert_msg(nst__optimizer_minimize_with(o, workers, NULL, 0, NULL, 60, N, x, chain, NULL) == NST_OK, "%s",
                  nst_last_error());
    const double value = nst_optimizer_value(o);
    nst__workers_destroy(workers);
    nst_optimizer_destroy(o);
    return value;
}

START_TEST(every_storage_converges_with_the_same_bits_on_any_number_of_threads)
{
    static float first[KINDS][N], x[N];
    double value[KINDS];
    make_folder();
    for (size_t k = 0; k < KINDS; k++) {
        value[k] = minimise(first[k], &kinds[k], 0);
        for (int threads = 1; threads <= 3; threads++) {
            ck_assert(minimise(x, &kinds[k], threads) == value[k]);
            ck_assert_mem_eq(x, first[k], sizeof x);
        }
    }
    for (size_t k = 0; k < KINDS; k += 2)
        ck_assert_mem_eq(first[k], first[k + 1], sizeof x); /* in memory and in a file */
    ck_assert_mem_ne(first[0], first[2], sizeof x);
    ck_assert_double_le(value[2], 1.02 * value[0]);
    remove_folder();
}
END_TEST

/* ---- Checkpoints ---- */

typedef struct checkpoint {
    void *bytes;
    size_t size;
} checkpoint;

static int save(nst_optimizer *optimizer, void *user)
{
    checkpoint *c = user;
    if (nst_optimizer_iterations(optimizer) != 20) return 0;
    ck_assert_msg(nst_optimizer_save_state(&c->bytes, &c->size, optimizer) == NST_OK, "%s", nst_last_error());
    return 1;
}

static checkpoint saved(const kind *k)
{
    static float x[N];
    checkpoint c = {NULL, 0};
    nst_optimizer *o = make(k);
    start(x);
    ck_assert_int_eq(nst_optimizer_set_iteration(o, save, &c), NST_OK);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, chain, NULL), NST_OK);
    nst_optimizer_destroy(o);
    return c;
}

START_TEST(a_state_goes_on_with_the_same_bits_in_memory_or_in_a_file)
{
    static float whole[N], rest[N];
    make_folder();
    for (size_t from = 0; from < KINDS; from++) {
        checkpoint c = saved(&kinds[from]);
        minimise(whole, &kinds[from], 0);
        for (size_t to = 0; to < KINDS; to++) {
            nst_optimizer *o = make(&kinds[to]);
            ck_assert_int_eq(nst_optimizer_load_state(o, c.bytes, c.size), NST_OK);
            const nst_status status = nst_optimizer_minimize(o, N, rest, chain, NULL);
            if (strcmp(kinds[from].bits, kinds[to].bits) == 0) {
                ck_assert_msg(status == NST_OK, "%s", nst_last_error());
                ck_assert_mem_eq(rest, whole, sizeof rest);
            } else {
                ck_assert_int_eq(status, NST_ERR_CORRUPT);
            }
            nst_optimizer_destroy(o);
        }
        nst_bytes_destroy(c.bytes);
    }
    remove_folder();
}
END_TEST

/* ---- The scratch file ---- */

static int look(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    int *names = user;
    DIR *open = opendir(folder);
    while (readdir(open))
        ++*names;
    closedir(open);
    return chain(optimizer, n, x, value, g, NULL);
}

START_TEST(the_file_has_no_name)
{
    static float x[N];
    int names = 0;
    make_folder();
    nst_optimizer *o = make(&kinds[1]);
    ck_assert_int_eq(nst_optimizer_set_int(o, NST_PARAM_MAX_EVALUATIONS, 5), NST_OK);
    start(x);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, look, &names), NST_OK);
    ck_assert_int_eq(names, 5 * 2); /* . and .. */
    nst_optimizer_destroy(o);
    remove_folder();
}
END_TEST

static void refuse(const char *expected)
{
    static float x[N], y[N];
    nst_optimizer *o = make(&kinds[1]);
    start(x);
    start(y);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, chain, NULL), NST_ERR_IO);
    ck_assert_msg(strstr(nst_last_error(), expected), "%s", nst_last_error());
    ck_assert_mem_eq(x, y, sizeof x);
    nst_optimizer_destroy(o);
}

START_TEST(a_missing_folder_and_a_full_disk_are_errors_at_the_start)
{
    struct rlimit before, small;
    make_folder();
    remove_folder();
    refuse("No such file or directory");
    make_folder();
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 1 << 20, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0); /* SIGXFSZ would end the process */
    refuse("a file of 2 MB cannot be created: File too large");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    remove_folder();
}
END_TEST

/* A descriptor of the file, found by its size. */
static int cut_file(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *g, void *user)
{
    int *calls = user;
    for (int file = 3; ++*calls == 10 && file < 100; file++, --*calls)
        if (lseek(file, 0, SEEK_END) > N * 4 * 6) ck_assert_int_eq(ftruncate(file, 0), 0);
    return chain(optimizer, n, x, value, g, NULL);
}

START_TEST(a_file_that_fails_is_an_error)
{
    static float x[N];
    int calls = 0;
    make_folder();
    nst_optimizer *o = make(&kinds[1]);
    start(x);
    ck_assert_int_eq(nst_optimizer_minimize(o, N, x, cut_file, &calls), NST_ERR_IO);
    ck_assert_msg(strstr(nst_last_error(), "scratch: the file failed: Input/output error"), "%s", nst_last_error());
    nst_optimizer_destroy(o);
    remove_folder();
}
END_TEST

RUNNER("history", every_storage_converges_with_the_same_bits_on_any_number_of_threads,
       a_state_goes_on_with_the_same_bits_in_memory_or_in_a_file, the_file_has_no_name,
       a_missing_folder_and_a_full_disk_are_errors_at_the_start, a_file_that_fails_is_an_error)
