/* The matting Laplacian: against float64 cases, against its matrix, and the meaning of its weight. */
#include "unit/reference_case.h"
#include "unit/runner.h"

#include "loss/matting.h"
#include "loss/term.h"
#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>

static nst__engine *make_engine(int threads, const char *simd)
{
    nst__engine *engine;
    int64_t value = 0;
    for (size_t i = 0; nst_param_choice(NST_PARAM_SIMD, i, NULL); i++)
        if (strcmp(nst_param_choice(NST_PARAM_SIMD, i, NULL), simd) == 0) nst_param_choice(NST_PARAM_SIMD, i, &value);
    return nst__engine_create(&engine, threads, (int)value, 0, 0, NULL) == NST_OK ? engine : NULL;
}

static double error_of(const float *found, const double *expected, size_t count)
{
    double difference = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        difference += pow((double)found[i] - expected[i], 2);
        square += pow(expected[i], 2);
    }
    return sqrt(difference / square);
}

static void check(nst__engine *engine, const char *what, const float *content, const nst__map *x, float epsilon,
                  double value, const double *product)
{
    const size_t count = x->height * x->width * 3;
    float *gradient = calloc(count, sizeof *gradient);
    const double found = nst__matting(engine, content, x, epsilon, (double)count / 2, gradient); /* then it is L x */
    const double error = error_of(gradient, product, count);
    ck_assert_msg(fabs(found - value) <= 2e-5 * value, "%s: value %.9g, expected %.9g", what, found, value);
    ck_assert_msg(error < 5e-5, "%s: the gradient is off by %.3g", what, error);
    ck_assert_double_eq(nst__matting(engine, content, x, epsilon, 1, NULL), found);
    free(gradient);
}

/* ---- Against float64 ---- */

static void check_epsilon(nst__engine *engine, const char *json, const char *file, const char *epsilon)
{
    char key[32];
    const struct tensor content = tensor(file, "content"), image = tensor(file, "image");
    const size_t count = image.height * image.width * 3;
    float *pixels = malloc(count * sizeof *pixels), *x = malloc(count * sizeof *x);
    double *product = malloc(count * sizeof *product);
    snprintf(key, sizeof key, "product/%s", epsilon);
    for (size_t i = 0; i < count; i++)
        pixels[i] = (float)(((const unsigned char *)content.data)[i] / 255.0);
    memcpy(x, image.data, count * sizeof *x);
    memcpy(product, tensor(file, key).data, count * sizeof *product);
    const double value = strtod(after(after(json, "value"), epsilon), NULL);
    check(engine, key, pixels, &(nst__map){image.height, image.width, 3, x}, strtof(epsilon, NULL), value, product);
    free(pixels);
    free(x);
    free(product);
}

START_TEST(the_case_of_float64)
{
    const char *const path = NST_SHARED_DIR "/reference/matting-40x30";
    char name[512];
    size_t size;
    snprintf(name, sizeof name, "%s.json", path);
    FILE *there = fopen(name, "rb");
    if (!there) {
        printf("skipped: no reference cases in " NST_SHARED_DIR "\n");
        return;
    }
    fclose(there);
    char *json = read_file(name, &size);
    snprintf(name, sizeof name, "%s.safetensors", path);
    char *file = read_file(name, &size);
    for (size_t i = 0; nst_param_choice(NST_PARAM_SIMD, i, NULL); i++) {
        nst__engine *engine = make_engine(2, nst_param_choice(NST_PARAM_SIMD, i, NULL));
        if (!engine) continue;
        check_epsilon(engine, json, file, "1e-05");
        check_epsilon(engine, json, file, "0.001");
        nst__engine_destroy(engine);
    }
    free(json);
    free(file);
}
END_TEST

/* ---- Against its matrix ---- */

/* OUT = A^-1 B by elimination, A [3,3] positive definite. */
static void solve(const double a[9], const double b[3], double out[3])
{
    double m[3][4];
    for (size_t i = 0; i < 12; i++)
        m[i / 4][i % 4] = i % 4 < 3 ? a[3 * (i / 4) + i % 4] : b[i / 4];
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            const double factor = k == i ? 0 : m[k][i] / m[i][i];
            for (size_t j = 0; j < 4; j++)
                m[k][j] -= factor * m[i][j];
        }
    for (size_t i = 0; i < 3; i++)
        out[i] = m[i][3] / m[i][i];
}

/* Adds the entries of a window, whose pixels are numbers AT, to L [n,n]: Levin et al., eq. 12. */
static void add_window(double *l, size_t n, const float *content, const size_t at[9], double epsilon)
{
    double mean[3] = {0}, covariance[9] = {0}, d[9][3], from[3];
    for (size_t i = 0; i < 27; i++)
        mean[i % 3] += (double)content[3 * at[i / 3] + i % 3] / 9;
    for (size_t i = 0; i < 27; i++)
        d[i / 3][i % 3] = (double)content[3 * at[i / 3] + i % 3] - mean[i % 3];
    for (size_t i = 0; i < 9; i++)
        for (size_t k = 0; k < 9; k++)
            covariance[k] += d[i][k / 3] * d[i][k % 3] / 9;
    for (size_t c = 0; c < 3; c++)
        covariance[4 * c] += epsilon / 9;
    for (size_t i = 0; i < 9; i++)
        for (size_t k = 0; k < 9; k++) {
            solve(covariance, d[k], from);
            const double product = d[i][0] * from[0] + d[i][1] * from[1] + d[i][2] * from[2];
            l[at[i] * n + at[k]] += (i == k ? 1 : 0) - (1 + product) / 9;
        }
}

static void multiply(double *product, const float *content, const nst__map *x, double epsilon)
{
    const size_t n = x->height * x->width;
    double *l = calloc(n * n, sizeof *l);
    for (size_t row = 0; row + 2 < x->height; row++)
        for (size_t column = 0; column + 2 < x->width; column++) {
            size_t at[9];
            for (size_t i = 0; i < 9; i++)
                at[i] = (row + i / 3) * x->width + column + i % 3;
            add_window(l, n, content, at, epsilon);
        }
    for (size_t i = 0; i < 3 * n; i++) {
        product[i] = 0;
        for (size_t k = 0; k < n; k++)
            product[i] += l[i / 3 * n + k] * (double)x->data[3 * k + i % 3];
    }
    free(l);
}

START_TEST(the_product_with_its_matrix)
{
    /* One window, one row of them, strips that end with one column, bands of several rows. */
    static const uint32_t sizes[][2] = {{3, 3}, {3, 8}, {9, 3}, {63, 5}, {64, 4}, {125, 7}, {5, 130}};
    nst__engine *engine = make_engine(2, "auto");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t width = sizes[i][0], height = sizes[i][1];
        const size_t count = (size_t)width * height * 3;
        nst_image *content = tiny_image(width, height, 3), *image = tiny_image(width, height, 7);
        const nst__map x = {height, width, 3, nst_image_mutable_pixels(image)};
        double *product = malloc(count * sizeof *product), value = 0;
        char what[32];
        snprintf(what, sizeof what, "%ux%u", width, height);
        multiply(product, nst_image_pixels(content), &x, (double)1e-4f);
        for (size_t k = 0; k < count; k++)
            value += product[k] * (double)x.data[k] / (double)count;
        check(engine, what, nst_image_pixels(content), &x, 1e-4f, value, product);
        free(product);
        nst_image_destroy(content);
        nst_image_destroy(image);
    }
    nst__engine_destroy(engine);
}
END_TEST

START_TEST(without_a_window_there_is_nothing)
{
    static const size_t sizes[][2] = {{1, 1}, {2, 9}, {9, 2}};
    const float content[54] = {0};
    float x[54] = {1, 0, 0, 0, 1}, gradient[54] = {0};
    nst__engine *engine = make_engine(1, "auto");
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(
            nst__matting(engine, content, &(nst__map){sizes[i][0], sizes[i][1], 3, x}, 1e-4f, 1, gradient), 0);
    for (size_t i = 0; i < 54; i++)
        ck_assert_float_eq(gradient[i], 0);
    nst__engine_destroy(engine);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    enum { COUNT = 150 * 133 * 3 };
    nst_image *content = tiny_image(150, 133, 3), *image = tiny_image(150, 133, 7);
    const nst__map x = {133, 150, 3, nst_image_mutable_pixels(image)};
    float *expected = calloc(COUNT, sizeof *expected), *found = calloc(COUNT, sizeof *found);
    nst__engine *engine = make_engine(1, "auto");
    const double value = nst__matting(engine, nst_image_pixels(content), &x, 1e-4f, 1, expected);
    nst__engine_destroy(engine);
    for (int threads = 2; threads <= 7; threads += 5) {
        engine = make_engine(threads, "auto");
        memset(found, 0, COUNT * sizeof *found);
        ck_assert_double_eq(nst__matting(engine, nst_image_pixels(content), &x, 1e-4f, 1, found), value);
        ck_assert_mem_eq(found, expected, COUNT * sizeof *found);
        nst__engine_destroy(engine);
    }
    free(expected);
    free(found);
    nst_image_destroy(content);
    nst_image_destroy(image);
}
END_TEST

/* ---- As a term of an objective ---- */

/* Of matting alone. */
static nst_transfer *make_transfer(const tiny_model *tiny, const nst_image *content, double weight)
{
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny->model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_CONTENT_WEIGHT, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_WEIGHT, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_RANGE_WEIGHT, 0), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_MATTING_WEIGHT, weight), NST_OK);
    return transfer;
}

static double value_of(nst_transfer *transfer, const nst_image *x, float *gradient)
{
    double total;
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &total, gradient) == NST_OK, "%s", nst_last_error());
    return total;
}

/* The term is quadratic, so that central differences are exact. */
START_TEST(the_gradient_is_that_of_the_value)
{
    enum { WIDTH = 12, HEIGHT = 9, COUNT = WIDTH * HEIGHT * 3 };
    tiny_model tiny = tiny_model_make(1);
    nst_image *content = tiny_image(WIDTH, HEIGHT, 3), *image = tiny_image(WIDTH, HEIGHT, 7);
    nst_transfer *transfer = make_transfer(&tiny, content, 50);
    float gradient[COUNT], *x = nst_image_mutable_pixels(image);
    double slopes[COUNT];
    value_of(transfer, image, gradient);
    for (size_t i = 0; i < COUNT; i++) {
        const float kept = x[i];
        x[i] = kept + 0.25f;
        slopes[i] = 2 * value_of(transfer, image, NULL);
        x[i] = kept - 0.25f;
        slopes[i] -= 2 * value_of(transfer, image, NULL);
        x[i] = kept;
    }
    ck_assert_double_lt(error_of(gradient, slopes, COUNT), 1e-4);
    nst_transfer_destroy(transfer);
    nst_image_destroy(content);
    nst_image_destroy(image);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A hill of light with a dark disc in front of it, and a stain in the light that knows nothing of the disc; WIDTH is
 * that of both pictures. */
static void draw(nst_image *content, nst_image *stained, double width)
{
    float *c = nst_image_mutable_pixels(content), *x = nst_image_mutable_pixels(stained);
    for (size_t i = 0; i < nst_image_height(content) * nst_image_width(content); i++)
        for (size_t k = 0; k < 3; k++) {
            const double at = ((double)(i % nst_image_width(content)) + 0.5) / width;
            const double line = ((double)(i / nst_image_width(content)) + 0.5) / width;
            const bool disc = hypot(at - 0.6, line - 0.4) < 0.2;
            const double stain = 0.4 * exp(-(pow(at - 0.4, 2) + pow(line - 0.3, 2)) / 0.02);
            c[3 * i + k] = (float)(disc ? 0.1 : 0.5 + 0.05 * sin(2 * at + (double)k) * cos(3 * line));
            x[3 * i + k] = (float)((k == 0 ? stain : 0) + 0.8 * (double)c[3 * i + k] + 0.1);
        }
}

START_TEST(the_weight_means_the_same_at_every_size)
{
    tiny_model tiny = tiny_model_make(1);
    double values[4];
    for (uint32_t i = 0; i < 4; i++) {
        nst_image *content, *stained;
        const uint32_t width = 128u << i, height = 96u << i;
        ck_assert_int_eq(nst_image_create(&content, width, height, 0), NST_OK);
        ck_assert_int_eq(nst_image_create(&stained, width, height, 0), NST_OK);
        draw(content, stained, width);
        nst_transfer *transfer = make_transfer(&tiny, content, 1);
        values[i] = value_of(transfer, stained, NULL);
        if (width == 256) { /* where the term is the mean itself */
            const nst__map x = {height, width, 3, nst_image_mutable_pixels(stained)};
            nst__engine *engine = make_engine(1, "auto");
            ck_assert_double_eq(nst__matting(engine, nst_image_pixels(content), &x, 1e-4f, 1, NULL), values[i]);
            nst__engine_destroy(engine);
        }
        nst_transfer_destroy(transfer);
        nst_image_destroy(content);
        nst_image_destroy(stained);
    }
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(fabs(values[i] / values[1] - 1) < 0.1, "at %u: %g, at 256: %g", 128u << i, values[i], values[1]);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("matting", the_case_of_float64, the_product_with_its_matrix, without_a_window_there_is_nothing,
       threads_do_not_matter, the_gradient_is_that_of_the_value, the_weight_means_the_same_at_every_size)
