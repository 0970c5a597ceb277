/* What makes a photograph of a painting, besides its matting Laplacian: the recoloured start, the gradients of the
 * content at the end, and all together. */
#include "unit/reference_case.h"
#include "unit/runner.h"

#include "image/oklab.h"
#include "transfer/painted_colors.h"
#include "transfer/recolored_content.h"
#include "transfer/screened_poisson.h"
#include "transfer/stage.h"
#include "transfer/transfer.h"
#include "unit/relative_distance.h"
#include "unit/tiny_model.h"

#include <math.h>

static nst__engine *make_engine(int threads, nst_gemm gemm)
{
    nst__engine *engine;
    ck_assert_int_eq(nst__engine_create(&engine, threads, 0, 0, (int)gemm, NULL), NST_OK);
    return engine;
}

static size_t values_of(const nst_image *image)
{
    return (size_t)image->width * image->height * 3;
}

static double largest_difference(const nst_image *a, const nst_image *b)
{
    double most = 0;
    ck_assert_uint_eq(values_of(a), values_of(b));
    for (size_t i = 0; i < values_of(a); i++)
        most = fmax(most, fabs((double)a->pixels[i] - (double)b->pixels[i]));
    return most;
}

/* ---- Gradients of the content ---- */

static nst_image *transposed(const nst_image *image)
{
    nst_image *out;
    ck_assert_int_eq(nst_image_create(&out, image->height, image->width, 0), NST_OK);
    for (size_t i = 0; i < values_of(image); i++) {
        const size_t x = i / 3 % image->width, y = i / 3 / image->width;
        out->pixels[3 * (x * image->height + y) + i % 3] = image->pixels[i];
    }
    return out;
}

static nst_image *solved(const nst_image *painted, const nst_image *content, double radius, nst__engine *engine)
{
    nst_image *out;
    ck_assert_int_eq(nst_image_copy(&out, painted), NST_OK);
    ck_assert_int_eq(nst__screened_poisson(out, content, radius, engine), NST_OK);
    return out;
}

static nst_image *image_of(const struct tensor tensor)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_from_u8(&image, tensor.data, (uint32_t)tensor.width, (uint32_t)tensor.height, 3, 0),
                     NST_OK);
    return image;
}

START_TEST(the_case_of_float64)
{
    static const struct {
        const char *key;
        double k;
    } cases[] = {{"poisson/5", 5}, {"poisson/0.1", 0.1}, {"poisson/0.005", 0.005}};
    const char *const path = NST_SHARED_DIR "/reference/poisson-64x48.safetensors";
    size_t size;
    FILE *there = fopen(path, "rb");
    if (!there) {
        printf("skipped: no reference cases in " NST_SHARED_DIR "\n");
        return;
    }
    fclose(there);
    char *file = read_file(path, &size);
    nst_image *content = image_of(tensor(file, "content")), *painted = image_of(tensor(file, "painted"));
    nst_image *content2 = transposed(content), *painted2 = transposed(painted);
    for (int gemm = NST_GEMM_OWN; gemm <= NST_GEMM_CBLAS; gemm++) {
        nst__engine *engine = make_engine(2, (nst_gemm)gemm);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            nst_image *wide = solved(painted, content, 1 / sqrt(cases[i].k), engine);
            nst_image *tall = solved(painted2, content2, 1 / sqrt(cases[i].k), engine), *back = transposed(tall);
            const char *expected = tensor(file, cases[i].key).data;
            for (size_t k = 0; k < values_of(wide); k++) {
                double value;
                memcpy(&value, expected + k * sizeof value, sizeof value);
                ck_assert_double_eq_tol((double)wide->pixels[k], value, 2e-6);
            }
            ck_assert_double_le(largest_difference(wide, back), 2e-6);
            nst_image_destroy(wide);
            nst_image_destroy(tall);
            nst_image_destroy(back);
        }
        nst__engine_destroy(engine);
    }
    nst_image_destroy(content);
    nst_image_destroy(painted);
    nst_image_destroy(content2);
    nst_image_destroy(painted2);
    free(file);
}
END_TEST

/* Of (y - c) at a pixel, by the differences to the neighbours that there are. */
static double laplacian(const nst_image *y, const nst_image *c, size_t index)
{
    const size_t at = index / 3 % y->width, line = index / 3 / y->width, row = (size_t)y->width * 3;
    const size_t neighbour[] = {at > 0 ? index - 3 : index, at + 1 < y->width ? index + 3 : index,
                                line > 0 ? index - row : index, line + 1 < y->height ? index + row : index};
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += (double)y->pixels[neighbour[i]] - (double)c->pixels[neighbour[i]] - (double)y->pixels[index] +
               (double)c->pixels[index];
    return sum;
}

/* The equation itself, for sides of every remainder, thin pictures and a single pixel; the same bits for any number of
 * threads. */
START_TEST(the_equation_holds)
{
    static const uint32_t sizes[][2] = {{1, 1}, {1, 9}, {17, 1}, {2, 40}, {33, 21}, {70, 129}, {150, 31}};
    const double radius = 3;
    nst__engine *one = make_engine(1, NST_GEMM_AUTO), *three = make_engine(3, NST_GEMM_AUTO);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        nst_image *content = tiny_image(sizes[i][0], sizes[i][1], 2), *x = tiny_image(sizes[i][0], sizes[i][1], 5);
        nst_image *y = solved(x, content, radius, one), *again = solved(x, content, radius, three);
        for (size_t k = 0; k < values_of(x); k++) {
            const double left = ((double)y->pixels[k] - (double)x->pixels[k]) / (radius * radius);
            ck_assert_double_eq_tol(left, laplacian(y, content, k), 2e-6);
        }
        ck_assert_mem_eq(y->pixels, again->pixels, values_of(y) * sizeof *y->pixels);
        nst_image_destroy(content);
        nst_image_destroy(x);
        nst_image_destroy(y);
        nst_image_destroy(again);
    }
    nst__engine_destroy(one);
    nst__engine_destroy(three);
}
END_TEST

/* ---- The recoloured content ---- */

static void set(nst_transfer *transfer, nst_param param, const char *value)
{
    ck_assert_msg(nst_transfer_set_text(transfer, param, value) == NST_OK, "%s", nst_last_error());
}

static nst_image *colored(uint32_t width, uint32_t height, uint64_t seed, size_t strong)
{
    nst_image *image = tiny_image(width, height, seed);
    for (size_t i = 0; i < values_of(image); i++) {
        const float value = fminf(fmaxf(image->pixels[i], 0), 1);
        image->pixels[i] = i % 3 == strong ? 0.2f + 0.8f * value : 0.5f * value;
    }
    return image;
}

enum { WIDTH = 48, HEIGHT = 36 };

static nst_transfer *make(const nst_model *model)
{
    nst_image *content = colored(WIDTH, HEIGHT, 2, 1), *red = colored(50, 41, 3, 0), *blue = colored(37, 44, 5, 2);
    nst_transfer *transfer;
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, red, 3), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, blue, 1), NST_OK);
    set(transfer, NST_PARAM_SIZES, "24:4,48:4");
    nst_image_destroy(content);
    nst_image_destroy(red);
    nst_image_destroy(blue);
    return transfer;
}

/* White from column FIRST to LAST - 1. */
static nst_image *columns(size_t first, size_t last)
{
    nst_image *mask;
    ck_assert_int_eq(nst_image_create(&mask, WIDTH, HEIGHT, 0), NST_OK);
    for (size_t i = 0; i < values_of(mask); i++)
        mask->pixels[i] = i / 3 % WIDTH >= first && i / 3 % WIDTH < last;
    return mask;
}

static nst_image *recolored(nst_transfer *transfer, const nst_image *content)
{
    nst__config config;
    nst_image *out;
    ck_assert_int_eq(nst__transfer_enter(transfer), NST_OK);
    ck_assert_int_eq(nst__transfer_config(transfer, &config), NST_OK);
    ck_assert_int_eq(nst__recolored_content(&out, transfer, &config, content), NST_OK);
    nst__transfer_leave(transfer);
    return out;
}

/* Of the columns FIRST to LAST - 1, by the definition. */
static void moments(const nst_image *image, size_t first, size_t last, double mean[3], double covariance[9])
{
    double count = 0;
    memset(mean, 0, 3 * sizeof *mean);
    memset(covariance, 0, 9 * sizeof *covariance);
    for (size_t pass = 0; pass < 2; pass++, count = 0)
        for (size_t i = 0; i < values_of(image); i += 3) {
            if (i / 3 % image->width < first || i / 3 % image->width >= last) continue;
            count++;
            for (size_t c = 0; c < 9; c++)
                if (pass)
                    covariance[c] += (((double)image->pixels[i + c / 3] - mean[c / 3]) *
                                          ((double)image->pixels[i + c % 3] - mean[c % 3]) -
                                      covariance[c]) /
                                     count;
                else if (c < 3)
                    mean[c] += ((double)image->pixels[i + c] - mean[c]) / count;
        }
}

/* 3 parts of the moments of A and 1 of those of B: of the mixture of their pixels. */
static void mixture(const nst_image *a, const nst_image *b, double mean[3], double covariance[9])
{
    double means[2][3], covariances[2][9];
    moments(a, 0, a->width, means[0], covariances[0]);
    moments(b, 0, b->width, means[1], covariances[1]);
    for (size_t c = 0; c < 3; c++)
        mean[c] = 0.75 * means[0][c] + 0.25 * means[1][c];
    for (size_t c = 0; c < 9; c++)
        covariance[c] = 0.75 * (covariances[0][c] + means[0][c / 3] * means[0][c % 3]) +
                        0.25 * (covariances[1][c] + means[1][c / 3] * means[1][c % 3]) - mean[c / 3] * mean[c % 3];
}

static void expect_moments(const nst_image *image, size_t first, size_t last, const double mean[3],
                           const double covariance[9])
{
    double own_mean[3], own_covariance[9];
    moments(image, first, last, own_mean, own_covariance);
    for (size_t c = 0; c < 9; c++)
        ck_assert_double_eq_tol(own_covariance[c], covariance[c], 2e-4); /* 1e-5 I is in the map */
    for (size_t c = 0; c < 3; c++)
        ck_assert_double_eq_tol(own_mean[c], mean[c], 1e-5);
}

START_TEST(the_content_gets_the_colours_of_all_styles)
{
    tiny_model tiny = tiny_model_make(3);
    nst_transfer *transfer = make(tiny.model);
    double mean[3], covariance[9];
    nst_image *start = recolored(transfer, transfer->content);
    mixture(transfer->styles[0].style->image, transfer->styles[1].style->image, mean, covariance);
    expect_moments(start, 0, WIDTH, mean, covariance);
    nst_image_destroy(start);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(each_region_gets_the_colours_of_its_own)
{
    tiny_model tiny = tiny_model_make(3);
    nst_transfer *transfer = make(tiny.model);
    enum { GAP = 2 }; /* on both sides of the middle: so there is no seam */
    nst_image *left = columns(0, WIDTH / 2 - GAP), *right = columns(WIDTH / 2 + GAP, WIDTH);
    nst_image *mask = columns(0, WIDTH / 2);
    double mean[3], covariance[9];
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 0, right), NST_OK);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, left), NST_OK);
    nst_image *start = recolored(transfer, transfer->content);
    for (size_t i = 0; i < 2; i++) {
        const nst_image *style = transfer->styles[i].style->image;
        moments(style, 0, style->width, mean, covariance);
        expect_moments(start, i ? 0 : WIDTH / 2 + GAP, i ? WIDTH / 2 - GAP : WIDTH, mean, covariance);
    }
    nst_image_destroy(start);
    /* Frozen pixels stay, and do not count for the colours of the others. */
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 0, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, mask), NST_OK);
    start = recolored(transfer, transfer->content);
    mixture(transfer->styles[0].style->image, transfer->styles[1].style->image, mean, covariance);
    expect_moments(start, WIDTH / 2, WIDTH, mean, covariance);
    for (size_t i = 0; i < values_of(start); i++)
        if (mask->pixels[i] > 0) ck_assert_float_eq(start->pixels[i], transfer->content->pixels[i]);
    nst_image_destroy(start);
    nst_image_destroy(mask);
    nst_image_destroy(left);
    nst_image_destroy(right);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* The colours that the styles are measured in: those of the content already. */
START_TEST(colours_of_the_content_stay)
{
    static const char *const colors[] = {"match", "luma", "both"};
    tiny_model tiny = tiny_model_make(3);
    for (size_t i = 0; i < 3; i++) {
        nst_transfer *transfer = make(tiny.model);
        nst_image *content;
        ck_assert_int_eq(nst_image_copy(&content, transfer->content), NST_OK);
        set(transfer, NST_PARAM_COLOR, colors[i]);
        if (nst__paints_grey(transfer)) nst__image_to_grey(content);
        nst_image *start = recolored(transfer, content);
        ck_assert_double_le(largest_difference(start, content), 2e-3);
        nst_image_destroy(start);
        nst_image_destroy(content);
        nst_transfer_destroy(transfer);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Runs ---- */

static nst_image *paint(nst_transfer *transfer)
{
    nst_image *result;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    return result;
}

/* With neither evaluations that change anything nor a radius, the result is the start. */
START_TEST(a_run_starts_from_it)
{
    tiny_model tiny = tiny_model_make(3);
    nst_transfer *transfer = make(tiny.model);
    set(transfer, NST_PARAM_SIZES, "48:1");
    set(transfer, NST_PARAM_INIT, "recolored");
    nst_image *result = paint(transfer), *start = recolored(transfer, transfer->content);
    for (size_t i = 0; i < values_of(start); i++)
        start->pixels[i] = fminf(fmaxf(start->pixels[i], 0), 1);
    ck_assert_double_eq(largest_difference(result, start), 0);
    nst_image_destroy(result);
    nst_image_destroy(start);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* RESULT, which is destroyed, is PAINTED with gradients of CONTENT. */
static void expect_gradients(nst_image *result, const nst_image *painted, const nst_image *content, nst__engine *engine)
{
    nst_image *expected = solved(painted, content, 3, engine);
    for (size_t i = 0; i < values_of(expected); i++)
        expected->pixels[i] = fminf(fmaxf(expected->pixels[i], 0), 1);
    ck_assert_double_eq(largest_difference(result, expected), 0);
    ck_assert_double_gt(largest_difference(result, painted), 0.01);
    nst_image_destroy(result);
    nst_image_destroy(expected);
}

/* The radius is a part of the longer side. */
START_TEST(a_run_ends_with_the_gradients)
{
    tiny_model tiny = tiny_model_make(3);
    nst_transfer *transfer = make(tiny.model);
    nst__engine *engine = make_engine(2, NST_GEMM_AUTO);
    nst_image *painted = paint(transfer), *resumed[2];
    set(transfer, NST_PARAM_POISSON_RADIUS, "0.0625");
    expect_gradients(paint(transfer), painted, transfer->content, engine);
    nst_image_destroy(painted);
    /* Of the recoloured content, if the run starts from that; likewise when it goes on. */
    set(transfer, NST_PARAM_INIT, "recolored");
    nst_image *start = recolored(transfer, transfer->content);
    set(transfer, NST_PARAM_POISSON_RADIUS, "0");
    painted = paint(transfer);
    ck_assert_int_eq(nst_transfer_resume(&resumed[0], transfer, painted, 2, NULL), NST_OK);
    set(transfer, NST_PARAM_POISSON_RADIUS, "0.0625");
    nst_image *result = paint(transfer);
    ck_assert_int_eq(nst_transfer_resume(&resumed[1], transfer, painted, 2, NULL), NST_OK);
    expect_gradients(result, painted, start, engine);
    expect_gradients(resumed[1], resumed[0], start, engine);
    nst_image_destroy(painted);
    nst_image_destroy(start);
    nst_image_destroy(resumed[0]);
    nst__engine_destroy(engine);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

static nst_transfer *make_photo(const tiny_model *tiny, const char *color)
{
    nst_transfer *transfer = make(tiny->model);
    nst_image *mask = columns(0, WIDTH / 2);
    ck_assert_int_eq(nst_transfer_set_preset(transfer, "photo"), NST_OK);
    set(transfer, NST_PARAM_SIZES, "24:4,48:4");
    set(transfer, NST_PARAM_COLOR, color);
    set(transfer, NST_PARAM_MATTING_WEIGHT, "1"); /* so that a few evaluations paint */
    ck_assert_int_eq(nst_transfer_set_style_mask(transfer, 1, mask), NST_OK);
    for (size_t i = 0; i < values_of(mask); i++)
        mask->pixels[i] = i / 3 / WIDTH < HEIGHT / 3;
    ck_assert_int_eq(nst_transfer_set_freeze(transfer, mask), NST_OK);
    nst_image_destroy(mask);
    return transfer;
}

/* Masks, frozen pixels, every colour, both solvers, tiles and threads. */
START_TEST(all_together)
{
    tiny_model tiny = tiny_model_make(3);
    for (size_t color = 0; nst_param_choice(NST_PARAM_COLOR, color, NULL); color++)
        for (int solver = 0; solver < 2; solver++) {
            nst_transfer *transfer = make_photo(&tiny, nst_param_choice(NST_PARAM_COLOR, color, NULL));
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_OPTIMIZER, solver), NST_OK);
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 1), NST_OK);
            nst_image *result = paint(transfer);
            for (size_t i = 0; i < (size_t)WIDTH * (HEIGHT / 3) * 3; i++)
                ck_assert_float_eq(result->pixels[i], fminf(fmaxf(transfer->content->pixels[i], 0), 1));
            ck_assert_double_gt(largest_difference(result, transfer->content), 0.02);
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 3), NST_OK);
            nst_image *again = paint(transfer);
            ck_assert_double_eq(largest_difference(result, again), 0);
            nst_image_destroy(result);
            nst_image_destroy(again);
            nst_transfer_destroy(transfer);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

/* The term is the same in tiles, and its gradient. */
START_TEST(tiles_do_not_matter)
{
    tiny_model tiny = tiny_model_make(3);
    nst_image *content = colored(300, 200, 2, 1), *style = colored(50, 41, 3, 0), *x = colored(300, 200, 9, 2);
    const size_t count = values_of(x);
    float *whole = malloc(count * sizeof *whole), *tiled = malloc(count * sizeof *tiled);
    nst_transfer *transfer;
    double total, in_tiles;
    char limit[32];
    ck_assert_int_eq(nst_transfer_create(&transfer, tiny.model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_preset(transfer, "photo"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_MATTING_WEIGHT, 10), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, whole), NST_OK);
    ck_assert_uint_eq(nst__objective_tiles(transfer->stage->objective), 1);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &in_tiles, tiled), NST_ERR_MEMORY_LIMIT);
    snprintf(limit, sizeof limit, "%s", strstr(nst_last_error(), "does is ") + strlen("does is "));
    set(transfer, NST_PARAM_MEMORY_LIMIT, limit);
    ck_assert_msg(nst_transfer_evaluate(transfer, x, &in_tiles, tiled) == NST_OK, "%s", nst_last_error());
    ck_assert_uint_gt(nst__objective_tiles(transfer->stage->objective), 1);
    ck_assert_double_eq_tol(in_tiles, total, 1e-6 * total);
    ck_assert_double_le(relative_distance(tiled, whole, count), 1e-5);
    free(whole);
    free(tiled);
    nst_image_destroy(content);
    nst_image_destroy(style);
    nst_image_destroy(x);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("photo", the_case_of_float64, the_equation_holds, the_content_gets_the_colours_of_all_styles,
       each_region_gets_the_colours_of_its_own, colours_of_the_content_stay, a_run_starts_from_it,
       a_run_ends_with_the_gradients, all_together, tiles_do_not_matter)
