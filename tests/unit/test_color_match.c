/* Colours brought to those of another picture, and OkLab's lightness apart from its colours: float64 cases, properties. */
#include "unit/reference_case.h"
#include "unit/runner.h"

#include "base/alloc.h"
#include "image/color_match.h"
#include "image/oklab.h"

#include <math.h>
#include <stdbool.h>

/* ---- Pictures and comparisons ---- */

static nst_image *picture_of(const char *file, const char *key)
{
    const struct tensor found = tensor(file, key);
    nst_image *image;
    ck_assert_int_eq(nst_image_from_u8(&image, found.data, (uint32_t)found.width, (uint32_t)found.height, 3, 0),
                     NST_OK);
    return image;
}

static void add_alpha(nst_image *image)
{
    image->alpha = nst__alloc_aligned((size_t)image->width * image->height, sizeof(float));
    ck_assert_ptr_nonnull(image->alpha);
}

/* A mask as the alpha of IMAGE; NULL: none. */
static void set_weights(nst_image *image, const char *file, const char *key)
{
    const size_t count = (size_t)image->width * image->height;
    if (!key) return;
    const uint8_t *mask = tensor(file, key).data;
    add_alpha(image);
    for (size_t i = 0; i < count; i++)
        image->alpha[i] = (float)mask[i] / 255;
}

/* Every CHANNELS-th value of a picture starting with the first, so 1 compares all and 3 greys. */
static void expect_values(const nst_image *image, const char *file, const char *key, size_t channels, double bar)
{
    const size_t values = (size_t)image->width * image->height * 3;
    const char *data = tensor(file, key).data;
    double most = 0;
    for (size_t i = 0; i < values; i += channels) {
        double expected;
        memcpy(&expected, data + i / channels * sizeof expected, sizeof expected);
        most = fmax(most, fabs((double)image->pixels[i] - expected));
    }
    printf("%-18s off by %.2g\n", key, most);
    ck_assert_msg(most <= bar, "%s: off by %g", key, most);
}

static nst__color_moments moments_of(const nst_image *image, bool grey)
{
    const nst__recolor recolor = grey ? nst__recolor_to_grey() : nst__recolor_none();
    nst__color_moments moments;
    const nst__pixel_weights weights = {image->alpha, image->height, image->width};
    nst__color_moments_of(&moments, image, &weights, &recolor);
    return moments;
}

static nst__recolor match_of(const nst_image *style, const nst_image *content)
{
    const nst__color_moments s = moments_of(style, false), c = moments_of(content, false);
    nst__recolor recolor = nst__recolor_none();
    nst__recolor_match(&recolor, &s, &c);
    return recolor;
}

static nst__recolor grey_match_of(const nst_image *style, const nst_image *content)
{
    const nst__color_moments s = moments_of(style, true), c = moments_of(content, true);
    nst__recolor recolor = nst__recolor_none();
    nst__recolor_match_grey(&recolor, &s, &c);
    return recolor;
}

static double noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 24);
}

static nst_image *random_picture(uint32_t width, uint32_t height, unsigned seed)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, width, height, 0), NST_OK);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        image->pixels[i] = (float)(noise(&seed) * (i % 3 ? 0.6 : 1));
    return image;
}

static nst_image *one_color(float r, float g, float b)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, 7, 5, 0), NST_OK);
    for (size_t i = 0; i < 7 * 5; i++) {
        image->pixels[3 * i] = r;
        image->pixels[3 * i + 1] = g;
        image->pixels[3 * i + 2] = b;
    }
    return image;
}

static void expect_near(const nst_image *a, const nst_image *b, double bar)
{
    for (size_t i = 0; i < (size_t)a->width * a->height * 3; i++)
        ck_assert_double_eq_tol((double)a->pixels[i], (double)b->pixels[i], bar);
}

/* ---- Against float64 ---- */

static void check_case(const char *name, const char *content_mask, const char *style_mask)
{
    char path[512];
    size_t size;
    snprintf(path, sizeof path, NST_SHARED_DIR "/reference/%s.safetensors", name);
    FILE *there = fopen(path, "rb");
    if (!there) {
        printf("skipped: no %s in " NST_SHARED_DIR "\n", name);
        return;
    }
    fclose(there);
    char *file = read_file(path, &size);
    nst_image *content = picture_of(file, "content"), *painted = picture_of(file, "painted");
    nst_image *style = picture_of(file, "style"), *grey = picture_of(file, "style");
    const nst__recolor to_grey = grey_match_of(grey, content); /* the cases weigh the match alone */
    set_weights(content, file, content_mask);
    set_weights(style, file, style_mask);
    const nst__recolor match = match_of(style, content);
    nst__image_recolor(style, &match);
    expect_values(style, file, "match/mk", 1, 1e-6);
    nst__image_recolor(grey, &to_grey);
    expect_values(grey, file, "grey_style/oklab", 3, 1e-6);
    nst__image_put_colors(painted, content);
    expect_values(painted, file, "luma_result/oklab", 1, 1e-6);
    nst_image_destroy(content);
    nst_image_destroy(painted);
    nst_image_destroy(style);
    nst_image_destroy(grey);
    free(file);
}

START_TEST(colors_are_those_of_float64)
{
    check_case("colour-64x48", NULL, NULL);
    check_case("colour-mask-64x48", "content_mask", "style_mask");
}
END_TEST

/* ---- Properties ---- */

START_TEST(a_match_has_the_moments_of_the_content)
{
    nst_image *style = random_picture(40, 30, 1), *content = random_picture(33, 47, 2);
    const nst__recolor match = match_of(style, content), grey = grey_match_of(style, content);
    for (size_t i = 0; i < 3; i++) /* the map is symmetric: no rotation of colours */
        for (size_t k = 0; k < i; k++)
            ck_assert_double_eq_tol(match.matrix[3 * i + k], match.matrix[3 * k + i], 1e-12);
    nst_image *copy;
    ck_assert_int_eq(nst_image_copy(&copy, style), NST_OK);
    nst__image_recolor(copy, &match);
    nst__color_moments found = moments_of(copy, false), expected = moments_of(content, false);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq_tol(found.covariance[i], expected.covariance[i], 1e-4); /* + 1e-5 I */
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(found.mean[i], expected.mean[i], 1e-6);
    nst__image_recolor(style, &grey);
    found = moments_of(style, true);
    expected = moments_of(content, true);
    ck_assert_double_eq_tol(found.mean[0], expected.mean[0], 1e-6);
    ck_assert_double_eq_tol(found.covariance[0], expected.covariance[0], 1e-6);
    nst_image_destroy(copy);
    nst_image_destroy(style);
    nst_image_destroy(content);
}
END_TEST

START_TEST(a_picture_matched_to_itself_stays)
{
    nst_image *picture = random_picture(40, 30, 3), *matched = random_picture(40, 30, 3);
    const nst__recolor match = match_of(picture, picture);
    nst__image_recolor(matched, &match);
    expect_near(matched, picture, 1e-6);
    nst__image_put_colors(matched, picture); /* its own colours on its own lightness */
    expect_near(matched, picture, 1e-6);
    nst_image_destroy(matched);
    nst_image_destroy(picture);
}
END_TEST

/* One colour has no deviation: the map is finite, and brings it to the mean of the content. */
START_TEST(one_color_is_not_an_error)
{
    nst_image *plain = one_color(0.3f, 0.7f, 0.1f), *content = random_picture(20, 20, 4);
    const nst__recolor match = match_of(plain, content), grey = grey_match_of(plain, content);
    const nst__color_moments colors = moments_of(content, false), greys = moments_of(content, true);
    nst_image *copy;
    ck_assert_int_eq(nst_image_copy(&copy, plain), NST_OK);
    nst__image_recolor(copy, &match);
    for (size_t i = 0; i < 7 * 5 * 3; i++)
        ck_assert_double_eq_tol((double)copy->pixels[i], colors.mean[i % 3], 1e-5);
    nst_image_destroy(copy);
    ck_assert_double_eq(grey.gain, 0);
    ck_assert_double_eq_tol(grey.offset, greys.mean[0], 1e-12);
    /* The other way round, every colour comes near the one. */
    const nst__recolor flat = match_of(content, plain), flat_grey = grey_match_of(content, plain);
    ck_assert_int_eq(nst_image_copy(&copy, content), NST_OK);
    nst__image_recolor(copy, &flat);
    for (size_t i = 0; i < 20 * 20 * 3; i++)
        ck_assert_double_eq_tol((double)copy->pixels[i], (double)plain->pixels[i % 3], 0.05);
    ck_assert_double_eq_tol(flat_grey.gain, 0, 1e-5);
    nst_image_destroy(copy);
    nst_image_destroy(plain);
    nst_image_destroy(content);
}
END_TEST

/* Weights of 0 hide pixels; where all are 0 nothing is changed. */
START_TEST(weights_count)
{
    nst_image *a = random_picture(16, 16, 5), *b = random_picture(16, 16, 5), *none = random_picture(16, 16, 6);
    add_alpha(a);
    add_alpha(b);
    for (size_t i = 0; i < 16 * 16; i++) {
        a->alpha[i] = b->alpha[i] = i < 100 ? 0 : 0.5f;
        if (i < 100) b->pixels[3 * i] = 0.9f;
    }
    const nst__color_moments of_a = moments_of(a, false), of_b = moments_of(b, false);
    ck_assert_double_eq(of_a.mass, 156 * 0.5);
    ck_assert_mem_eq(&of_a, &of_b, sizeof of_a);
    add_alpha(none);
    memset(none->alpha, 0, 16 * 16 * sizeof(float));
    const nst__recolor expected = nst__recolor_none(), found = match_of(none, a), greys = grey_match_of(a, none);
    ck_assert_mem_eq(&found, &expected, sizeof found);
    ck_assert_double_eq(greys.gain, 1);
    ck_assert_double_eq(greys.offset, 0);
    nst_image_destroy(a);
    nst_image_destroy(b);
    nst_image_destroy(none);
}
END_TEST

/* A large picture is read on a grid, which has the same moments but for its sampling. */
START_TEST(a_large_picture_is_sampled)
{
    nst_image *large = random_picture(1300, 1100, 7), *part = random_picture(650, 550, 8);
    const nst__color_moments all = moments_of(large, false), some = moments_of(part, false);
    ck_assert_double_eq(all.mass, 650 * 550);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(all.mean[i], some.mean[i], 2e-3);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq_tol(all.covariance[i], some.covariance[i], 1e-3);
    nst_image_destroy(large);
    nst_image_destroy(part);
}
END_TEST

START_TEST(grey_stays_grey)
{
    nst_image *grey = random_picture(30, 20, 9), *painted = random_picture(30, 20, 10), *again;
    nst__image_to_grey(grey);
    ck_assert_int_eq(nst_image_copy(&again, grey), NST_OK);
    nst__image_to_grey(again);
    ck_assert_mem_eq(again->pixels, grey->pixels, 30 * 20 * 3 * sizeof(float));
    nst__image_to_grey(painted);
    nst__image_put_colors(again, painted); /* grey on grey: the lightness of AGAIN */
    ck_assert_mem_eq(again->pixels, grey->pixels, 30 * 20 * 3 * sizeof(float));
    for (int i = -4; i <= 12; i++) { /* beyond 0..1 too; and the formula agrees with the short cut for greys */
        const double v = i / 8.0, exact[3] = {v, v, v}, near[3] = {v, v, v + 1e-12};
        ck_assert_double_eq(nst__grey(exact), v);
        ck_assert_double_eq_tol(nst__grey(near), v, 1e-7);
    }
    nst_image_destroy(again);
    nst_image_destroy(painted);
    nst_image_destroy(grey);
}
END_TEST

/* The lightness is that of the painting, the hue that of the content, every value within 0..1. */
START_TEST(colors_are_put_on_a_lightness)
{
    nst_image *content = random_picture(40, 40, 11), *painted = random_picture(40, 40, 12), *result;
    nst__image_to_grey(painted);
    for (size_t i = 0; i < 300; i++)
        painted->pixels[i] = painted->pixels[i] < 0.3f ? -0.1f : 1.2f; /* black and white have no room for colour */
    nst__image_to_grey(painted);
    ck_assert_int_eq(nst_image_copy(&result, painted), NST_OK);
    nst__image_put_colors(result, content);
    size_t kept = 0;
    for (size_t i = 0; i < 40 * 40 * 3; i += 3) {
        const float *out = result->pixels + i;
        const double rgb[3] = {(double)out[0], (double)out[1], (double)out[2]};
        const double wanted = fmin(fmax((double)painted->pixels[i], 0), 1);
        for (size_t c = 0; c < 3; c++)
            ck_assert(out[c] >= 0 && out[c] <= 1);
        ck_assert_double_eq_tol(nst__grey(rgb), wanted, 1e-5);
        kept += fabs(rgb[0] - rgb[1]) > 0.02;
    }
    ck_assert_uint_gt(kept, 800);
    nst_image_destroy(result);
    nst_image_destroy(painted);
    nst_image_destroy(content);
}
END_TEST

RUNNER("color_match", colors_are_those_of_float64, a_match_has_the_moments_of_the_content,
       a_picture_matched_to_itself_stays, one_color_is_not_an_error, weights_count, a_large_picture_is_sampled,
       grey_stays_grey, colors_are_put_on_a_lightness)
