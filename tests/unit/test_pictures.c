/* How the pictures that are given are seen: the sizes of styles, and what is said of them. */
#include "unit/runner.h"

#include "loss/contrast.h"
#include "base/alloc.h"
#include "transfer/style_sources.h"
#include "transfer/transfer.h"

#include <math.h>

#include "unit/tiny_model.h"

static nst_transfer *make(const nst_model *model, uint32_t width, uint32_t height, uint32_t style_width,
                          uint32_t style_height)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(width, height, 2), *style = tiny_image(style_width, style_height, 3);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

static void scale_style(nst_transfer *transfer, double scale)
{
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_STYLE_SCALE, scale), NST_OK);
}

/* ---- Sizes of styles ---- */

typedef struct size {
    size_t height, width;
} size;

static size style_size(nst_transfer *transfer, size_t height, size_t width)
{
    nst__style_source *styles;
    nst__config config;
    size found;
    size_t count;
    ck_assert_int_eq(nst__transfer_config(transfer, &config), NST_OK);
    ck_assert_int_eq(nst__style_sources(&styles, &count, transfer, &config, height, width), NST_OK);
    found = (size){styles[0].height, styles[0].width};
    nst__free(styles);
    return found;
}

static double side(size s)
{
    return sqrt((double)s.height * (double)s.width);
}

/* The shape of a panorama does not matter, only its area. */
START_TEST(styles_are_scaled_by_area)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model, 64, 64, 2000, 1500);
    const size square = style_size(transfer, 256, 256), long_one = style_size(transfer, 64, 1024);
    ck_assert(square.height == long_one.height && square.width == long_one.width);
    ck_assert_uint_eq(square.width, 296); /* 256 x sqrt(4/3) */
    ck_assert_uint_eq(square.height, 222);
    scale_style(transfer, 2);
    ck_assert_uint_eq(style_size(transfer, 64, 1024).width, 591);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(sizes_of_styles_lie_on_a_grid)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model, 64, 64, 3000, 3000);
    size_t last = 0, steps = 0;
    for (size_t length = 64; length <= 1024; length++) {
        const size found = style_size(transfer, length, length);
        ck_assert(found.height == found.width);
        ck_assert_double_le(fabs(log2((double)found.width / (double)length)), 0.125 + 0.01);
        const double step = 4 * log2((double)found.width);
        ck_assert_double_le(fabs(step - round(step)), 0.05); /* but for whole pixels */
        steps += found.width != last;
        ck_assert(found.width >= last);
        last = found.width;
    }
    ck_assert_uint_eq(steps, 17); /* four octaves, both ends */
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* A style is enlarged only where it lacks more than a step of the grid, and never unsaid. */
START_TEST(styles_are_enlarged_only_with_a_warning)
{
    tiny_model tiny = tiny_model_make(1);
    size_t enlarged = 0, kept = 0;
    for (uint32_t own = 20; own < 200; own += 3)
        for (uint32_t length = 24; length < 160; length += 13) {
            nst_transfer *transfer = make(tiny.model, length, length, own, own * 3 / 4);
            uint64_t bytes;
            const size style = {own * 3 / 4, own}, seen = style_size(transfer, length, length);
            ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "none"), NST_OK);
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_SIZE, length), NST_OK);
            ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
            if (seen.width > style.width || seen.height > style.height) {
                char sizes[64];
                ck_assert_double_gt(length, 1.09 * side(style));
                snprintf(sizes, sizeof sizes, "has %ux%u pixels and is enlarged to %zux%zu", own, own * 3 / 4,
                         seen.width, seen.height);
                ck_assert_msg(strstr(nst_transfer_warnings(transfer), sizes) != NULL, "'%s' without '%s'",
                              nst_transfer_warnings(transfer), sizes);
                enlarged++;
            } else {
                ck_assert_str_eq(nst_transfer_warnings(transfer), "");
                ck_assert_double_ge(side(seen), fmin(length, side(style)) / 1.31);
                kept++;
            }
            nst_transfer_destroy(transfer);
        }
    ck_assert(enlarged > 50 && kept > 50);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(styles_reach_the_deepest_layer)
{
    static const uint32_t shapes[][2] = {{3, 3}, {500, 1}, {1, 500}, {2, 90}, {65535, 1}};
    tiny_model tiny = tiny_model_make(1);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int scale = 0; scale < 3; scale++) {
            nst_transfer *transfer = make(tiny.model, 20, 20, shapes[i][0], shapes[i][1]);
            scale_style(transfer, 0.1 * scale);
            const size seen = style_size(transfer, 20, 20);
            ck_assert(seen.height >= 4 && seen.width >= 4);
            if (shapes[i][0] == shapes[i][1]) ck_assert(seen.height == 4 && seen.width == 4);
            nst_transfer_destroy(transfer);
        }
    tiny_model_destroy(&tiny);
}
END_TEST

/* What is seen is the style at that size, and with 0 the style itself. */
START_TEST(the_size_is_what_is_compared_with)
{
    enum { WIDTH = 160, HEIGHT = 20 };
    tiny_model tiny = tiny_model_make(2);
    nst_transfer *transfer = make(tiny.model, WIDTH, HEIGHT, 90, 70);
    nst_image *x = tiny_image(WIDTH, HEIGHT, 9), *style = tiny_image(90, 70, 3), *seen;
    double scaled, as_it_is;
    const size at = style_size(transfer, HEIGHT, WIDTH);
    ck_assert(at.width == 61 && at.height == 47); /* 53.8 squared: the nearest to 160 x 20 */
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &scaled, NULL), NST_OK);
    ck_assert_int_eq(nst_image_resize(&seen, style, (uint32_t)at.width, (uint32_t)at.height), NST_OK);
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, seen, 1), NST_OK);
    scale_style(transfer, 0);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &as_it_is, NULL), NST_OK);
    ck_assert_double_eq(scaled, as_it_is);
    nst_image_destroy(seen);
    nst_image_destroy(style);
    nst_image_destroy(x);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Warnings ---- */

static int read_warnings(nst_transfer *transfer, void *user)
{
    *(bool *)user = strstr(nst_transfer_warnings(transfer), "style picture 1 has 20x15") != NULL;
    return 1;
}

START_TEST(warnings_are_lines)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model, 64, 48, 20, 15);
    nst_image *small = tiny_image(21, 21, 1), *large = tiny_image(90, 90, 1), *result;
    bool during = false;
    double total;
    uint64_t bytes;
    ck_assert_str_eq(nst_transfer_warnings(NULL), "");
    ck_assert_str_eq(nst_transfer_warnings(transfer), "");
    ck_assert_int_eq(nst_transfer_add_style(transfer, large, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, small, 0), NST_OK); /* counts for nothing */
    ck_assert_int_eq(nst_transfer_add_style(transfer, small, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "16:2,64:2"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_progress(transfer, read_warnings, &during), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&result, transfer, NULL), NST_OK);
    ck_assert(during); /* known while the coarse size, at which nothing is enlarged, is painted */
    const char *lines = nst_transfer_warnings(transfer), *second = strchr(lines, '\n');
    ck_assert(strncmp(lines, "style picture 1 has 20x15 pixels", 32) == 0 && second);
    ck_assert(strncmp(second + 1, "style picture 4 has 21x21 pixels", 32) == 0 && !strchr(second + 1, '\n'));
    /* The last question counts. */
    nst_image_destroy(result);
    ck_assert_int_eq(nst_image_resize(&result, small, 20, 16), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, result, &total, NULL), NST_OK);
    ck_assert_str_eq(nst_transfer_warnings(transfer), "");
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
    ck_assert(*nst_transfer_warnings(transfer));
    scale_style(transfer, 0.25);
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_OK);
    ck_assert_str_eq(nst_transfer_warnings(transfer), "");
    nst_image_destroy(result);
    nst_image_destroy(small);
    nst_image_destroy(large);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- Contents of low contrast ---- */

/* A natural content, brought to SHARE of its contrast about its mean. */
static nst_image *faded(uint32_t width, uint32_t height, double share)
{
    nst_image *image = tiny_image(width, height, 2);
    float *p = nst_image_mutable_pixels(image);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        p[i] = (float)(0.5 + share * ((double)p[i] - 0.5));
    return image;
}

static double content_loss(nst_transfer *transfer, const nst_image *content, const nst_image *x)
{
    double total, value;
    const char *name;
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, x, &total, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_term(transfer, 0, &name, &value, NULL), NST_OK);
    ck_assert_str_eq(name, "content/conv2_2");
    return value;
}

static nst_features *conv2_2_of(const nst_transfer *transfer, const nst_model *model, const nst_image *image)
{
    nst_features *features;
    int64_t padding;
    ck_assert_int_eq(nst_transfer_get_int(transfer, NST_PARAM_PADDING, &padding), NST_OK);
    ck_assert_int_eq(nst_features_create(&features, model, NULL), NST_OK);
    ck_assert_int_eq(nst_features_set_int(features, NST_PARAM_PADDING, padding), NST_OK);
    ck_assert_int_eq(nst_features_add_map(features, "conv2_2"), NST_OK);
    ck_assert_int_eq(nst_features_read(features, image), NST_OK);
    return features;
}

/* By the formula, in double: |F-P|^2 / |P - mean P|^2. */
static double plain_loss(const nst_transfer *transfer, const nst_model *model, const nst_image *content,
                         const nst_image *x)
{
    nst_features *of_x = conv2_2_of(transfer, model, x), *of_content = conv2_2_of(transfer, model, content);
    uint32_t height, width, channels;
    const float *f, *p;
    double distance = 0, variation = 0;
    ck_assert_int_eq(nst_features_map(of_x, "conv2_2", &f, &height, &width, &channels), NST_OK);
    ck_assert_int_eq(nst_features_map(of_content, "conv2_2", &p, NULL, NULL, NULL), NST_OK);
    const size_t positions = (size_t)height * width, count = positions * channels;
    for (size_t c = 0; c < channels; c++) {
        double mean = 0;
        for (size_t i = c; i < count; i += channels)
            mean += (double)p[i] / (double)positions;
        for (size_t i = c; i < count; i += channels) {
            distance += pow((double)f[i] - (double)p[i], 2);
            variation += pow((double)p[i] - mean, 2);
        }
    }
    nst_features_destroy(of_x);
    nst_features_destroy(of_content);
    return distance / variation;
}

START_TEST(low_contrast_counts_as_that_of_natural_pictures)
{
    tiny_model tiny = tiny_model_make(3);
    nst_transfer *transfer = make(tiny.model, 64, 48, 60, 60);
    nst_image *x = tiny_image(64, 48, 9);
    for (double share = 1; share > 0.001; share /= 2) {
        nst_image *content = faded(64, 48, share);
        const double found = content_loss(transfer, content, x), plain = plain_loss(transfer, tiny.model, content, x);
        const float *p = nst_image_pixels(content);
        double mean[3] = {0}, variance = 0;
        for (size_t i = 0; i < 64 * 48 * 3; i++)
            mean[i % 3] += (double)p[i] / (64 * 48);
        for (size_t i = 0; i < 64 * 48 * 3; i++)
            variance += pow((double)p[i] - mean[i % 3], 2) / (64 * 48 * 3);
        ck_assert_double_eq_tol(found / (plain * fmin(1, variance / (0.05 * 0.05))), 1, 1e-4);
        if (share == 1) ck_assert(variance > 0.05 && nst__contrast_lack(48, 64, p, NULL, NULL) == 1);
        nst_image_destroy(content);
    }
    nst_image_destroy(x);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

/* What lies outside the alpha has no part in the contrast. */
START_TEST(contrast_is_that_of_what_is_seen)
{
    float pixels[4 * 3] = {0, 0, 0, 1, 1, 1, 0.5f, 0.5f, 0.5f, 0.52f, 0.52f, 0.52f}, weights[4] = {0, 0, 1, 1};
    ck_assert_double_eq(nst__contrast_lack(2, 2, pixels, NULL, NULL), 1);
    ck_assert_double_eq_tol(nst__contrast_lack(2, 2, pixels, weights, NULL), 25, 1e-3);
    weights[3] = 0;
    ck_assert(isinf(nst__contrast_lack(2, 2, pixels, weights, NULL)));
}
END_TEST

/* The style loss of what is painted after a content of SHARE of its contrast that counts WEIGHT. */
static double painted_style_loss(const nst_model *model, double share, double weight)
{
    nst_transfer *transfer = make(model, 8, 8, 60, 60);
    nst_image *content = faded(64, 48, share), *result;
    double total, style = 0;
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "32:30,64:30"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_CONTENT_WEIGHT, weight), NST_OK);
    ck_assert_int_eq(nst_transfer_run(&result, transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, result, &total, NULL), NST_OK);
    for (size_t i = 0; i < nst_transfer_term_count(transfer); i++) {
        const char *name;
        double value;
        ck_assert_int_eq(nst_transfer_term(transfer, i, &name, &value, NULL), NST_OK);
        if (strncmp(name, "style/", 6) == 0) style += value / 5;
    }
    nst_image_destroy(result);
    nst_image_destroy(content);
    nst_transfer_destroy(transfer);
    return style;
}

START_TEST(flat_and_foggy_contents_are_painted)
{
    static const double shares[] = {0.1, 0.03, 0.001, 0};
    tiny_model tiny = tiny_model_make(4);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        const double loss = painted_style_loss(tiny.model, shares[i], 0.002);
        const double free = painted_style_loss(tiny.model, shares[i], 0);
        ck_assert_msg(loss < 10 * free, "style loss %g at contrast %g, %g without content", loss, shares[i], free);
    }
    tiny_model_destroy(&tiny);
}
END_TEST

/* ---- The cut to 0..1 ---- */

/* Pure colours: red, green, blue and their sums, in stripes that bend. */
static nst_image *saturated(uint32_t width, uint32_t height)
{
    nst_image *image = tiny_image(width, height, 3);
    float *p = nst_image_mutable_pixels(image);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        p[i] = p[i] > 0.5F;
    return image;
}

/* What the end of a run, where values are cut to 0..1, costs: the total of the result over the best that was seen. */
static double cost_of_the_cut(nst_transfer *transfer)
{
    nst_image *result;
    double total;
    ck_assert_int_eq(nst_transfer_run(&result, transfer, NULL), NST_OK);
    ck_assert_int_eq(nst_transfer_evaluate(transfer, result, &total, NULL), NST_OK);
    nst_image_destroy(result);
    return total / nst_transfer_progress(transfer, NST_PROGRESS_BEST);
}

START_TEST(the_cut_leaves_saturated_styles_whole)
{
    tiny_model tiny = tiny_model_make(5);
    nst_transfer *transfer = make(tiny.model, 64, 48, 60, 60);
    nst_image *style = saturated(60, 60);
    ck_assert_int_eq(nst_transfer_clear_styles(transfer), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "32:40,64:40"), NST_OK);
    const double as_preset = cost_of_the_cut(transfer);
    ck_assert_int_eq(nst_transfer_set_float(transfer, NST_PARAM_RANGE_WEIGHT, 0.1), NST_OK);
    const double soft = cost_of_the_cut(transfer);
    ck_assert_msg(as_preset < 1.03 && soft > 2, "the cut costs %g, with a soft wall %g", as_preset, soft);
    nst_image_destroy(style);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("pictures", styles_are_scaled_by_area, sizes_of_styles_lie_on_a_grid, styles_are_enlarged_only_with_a_warning,
       styles_reach_the_deepest_layer, the_size_is_what_is_compared_with, warnings_are_lines,
       low_contrast_counts_as_that_of_natural_pictures, contrast_is_that_of_what_is_seen,
       flat_and_foggy_contents_are_painted, the_cut_leaves_saturated_styles_whole)
