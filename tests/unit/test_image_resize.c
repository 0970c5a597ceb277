/* Resizing, against the formula taken literally in double, and against what a good filter must not do. */
#include "unit/runner.h"

#include "image/image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static nst_image *resized(const nst_image *image, uint32_t width, uint32_t height)
{
    nst_image *out;
    ck_assert_msg(nst_image_resize(&out, image, width, height) == NST_OK, "%s", nst_last_error());
    ck_assert_uint_eq(nst_image_width(out), width);
    ck_assert_uint_eq(nst_image_height(out), height);
    return out;
}

static nst_image *noise(uint32_t width, uint32_t height, bool alpha, uint32_t seed)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, width, height, alpha), NST_OK);
    for (size_t i = 0; i < (size_t)width * height * (alpha ? 4 : 3); i++) {
        seed = seed * 1664525u + 1013904223u;
        const float v = (float)(seed >> 8) / 16777216.0f;
        if (i < (size_t)width * height * 3)
            image->pixels[i] = v;
        else
            image->alpha[i - (size_t)width * height * 3] = v;
    }
    return image;
}

static double kernel(double t, bool shrinking)
{
    t = fabs(t);
    if (shrinking) return t == 0 ? 1 : t >= 3 ? 0 : 3 * sin(pi * t) * sin(pi * t / 3) / (pi * pi * t * t);
    return t < 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

/* One axis: y [out], from x [in] that lie STEP apart; pixels beyond the border are those at it. */
static void resize_axis(const double *x, int in, size_t x_step, double *y, int out, size_t y_step)
{
    const double s = out < in ? (double)in / out : 1;
    for (int i = 0; i < out; i++) {
        const double u = (i + 0.5) * in / out - 0.5;
        double sum = 0, weights = 0;
        for (int j = -6 * in - 12; j <= 7 * in + 12; j++) {
            const double w = kernel((u - j) / s, out < in);
            const int inside = j < 0 ? 0 : j >= in ? in - 1 : j;
            sum += w * x[(size_t)inside * x_step];
            weights += w;
        }
        y[(size_t)i * y_step] = sum / weights;
    }
}

/* Columns first, then rows, the other way round than the library. */
static double *resize_literally(const float *x, size_t in_w, size_t in_h, size_t channels, size_t w, size_t h)
{
    double *from = malloc(in_w * in_h * channels * sizeof *from), *half = malloc(in_w * h * channels * sizeof *half);
    double *out = malloc(w * h * channels * sizeof *out);
    ck_assert(from && half && out);
    for (size_t i = 0; i < in_w * in_h * channels; i++)
        from[i] = (double)x[i];
    for (size_t i = 0; i < in_w * channels; i++)
        resize_axis(from + i, (int)in_h, in_w * channels, half + i, (int)h, in_w * channels);
    for (size_t y = 0; y < h; y++)
        for (size_t c = 0; c < channels; c++)
            resize_axis(half + y * in_w * channels + c, (int)in_w, channels, out + y * w * channels + c, (int)w,
                        channels);
    free(from);
    free(half);
    return out;
}

static const uint32_t shapes[][4] = {
    {20, 14, 10, 7}, {20, 14, 13, 9}, {20, 14, 41, 29}, {20, 14, 7, 40}, {20, 14, 40, 7}, {20, 14, 1, 1},
    {1, 1, 6, 5},    {1, 23, 1, 9},   {23, 1, 9, 1},    {1, 9, 1, 23},   {9, 1, 23, 1},   {17, 1, 5, 8},
    {64, 3, 21, 3},  {3, 64, 3, 21},  {2, 2, 3, 3},     {5, 5, 4, 4},    {101, 67, 3, 2}, {30, 20, 29, 19},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

START_TEST(the_formula_is_followed)
{
    for (size_t s = 0; s < SHAPES; s++) {
        const uint32_t *n = shapes[s];
        nst_image *image = noise(n[0], n[1], false, (uint32_t)s), *out = resized(image, n[2], n[3]);
        double *expected = resize_literally(image->pixels, n[0], n[1], 3, n[2], n[3]);
        for (size_t i = 0; i < 3 * (size_t)n[2] * n[3]; i++)
            ck_assert_double_eq_tol((double)out->pixels[i], expected[i], 2e-6);
        free(expected);
        nst_image_destroy(out);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(a_constant_stays_so)
{
    for (size_t s = 0; s < SHAPES; s++)
        for (int alpha = 0; alpha <= 1; alpha++) {
            const uint32_t *n = shapes[s];
            nst_image *image;
            ck_assert_int_eq(nst_image_create(&image, n[0], n[1], alpha), NST_OK);
            for (size_t i = 0; i < (size_t)n[0] * n[1]; i++) {
                image->pixels[3 * i] = 0.25f;
                image->pixels[3 * i + 1] = 0.7f;
                image->pixels[3 * i + 2] = 0.01f;
                if (alpha) image->alpha[i] = 0.3f;
            }
            nst_image *out = resized(image, n[2], n[3]);
            for (size_t i = 0; i < (size_t)n[2] * n[3]; i++) {
                ck_assert_float_eq_tol(out->pixels[3 * i], 0.25f, 1e-6f);
                ck_assert_float_eq_tol(out->pixels[3 * i + 1], 0.7f, 1e-6f);
                ck_assert_float_eq_tol(out->pixels[3 * i + 2], 0.01f, 1e-6f);
                if (alpha) ck_assert_float_eq_tol(out->alpha[i], 0.3f, 1e-6f);
            }
            nst_image_destroy(out);
            nst_image_destroy(image);
        }
}
END_TEST

static double mean(const nst_image *image)
{
    const size_t n = 3 * (size_t)image->width * image->height;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)image->pixels[i];
    return sum / (double)n;
}

START_TEST(the_mean_is_kept)
{
    static const uint32_t sizes[][2] = {{80, 60}, {61, 47}, {40, 30}, {20, 15}, {320, 240}, {200, 30}};
    nst_image *image = noise(160, 120, false, 5);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        nst_image *out = resized(image, sizes[i][0], sizes[i][1]);
        ck_assert_double_eq_tol(mean(out), mean(image), 2e-3);
        nst_image_destroy(out);
    }
    nst_image_destroy(image);
}
END_TEST

/* Squares of one and of two pixels are finer than any of these sizes can show: they must turn grey, not into
 * coarser patterns. */
START_TEST(fine_patterns_do_not_alias)
{
    static const uint32_t sizes[][2] = {{64, 64}, {60, 44}, {100, 90}, {37, 53}};
    for (uint32_t square = 1; square <= 2; square++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            if (square == 2 && sizes[i][0] > 64) continue;
            nst_image *image;
            ck_assert_int_eq(nst_image_create(&image, 256, 256, 0), NST_OK);
            for (uint32_t p = 0; p < 256 * 256; p++)
                for (uint32_t c = 0; c < 3; c++)
                    image->pixels[3 * p + c] = (float)((p % 256 / square + p / 256 / square) % 2);
            nst_image *out = resized(image, sizes[i][0], sizes[i][1]);
            for (uint32_t y = 3; y < out->height - 3; y++)
                for (uint32_t x = 3; x < out->width - 3; x++)
                    ck_assert_float_eq_tol(out->pixels[3 * (y * out->width + x)], 0.5f, 0.01f);
            nst_image_destroy(out);
            nst_image_destroy(image);
        }
}
END_TEST

/* And what the new size can show stays: a wave of 32 pixels, at a quarter of the size. */
START_TEST(coarse_waves_survive)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, 256, 4, 0), NST_OK);
    for (uint32_t p = 0; p < 256 * 4; p++)
        image->pixels[3 * p] = (float)(0.5 + 0.4 * sin(2 * pi * (p % 256 + 0.5) / 32));
    nst_image *out = resized(image, 64, 4);
    for (uint32_t x = 3; x < 61; x++)
        ck_assert_double_eq_tol((double)out->pixels[3 * x], 0.5 + 0.4 * sin(2 * pi * (x + 0.5) / 8), 0.02);
    nst_image_destroy(out);
    out = resized(image, 1024, 4);
    for (uint32_t x = 8; x < 1016; x++)
        ck_assert_double_eq_tol((double)out->pixels[3 * x], 0.5 + 0.4 * sin(2 * pi * (x + 0.5) / 128), 0.001);
    nst_image_destroy(out);
    nst_image_destroy(image);
}
END_TEST

/* A ramp stays a ramp where no border is in reach: nothing is shifted. */
START_TEST(nothing_is_shifted)
{
    static const uint32_t widths[] = {300, 173, 100, 61, 50, 33};
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, 100, 2, 0), NST_OK);
    for (uint32_t p = 0; p < 200; p++)
        image->pixels[3 * p + 1] = (float)((p % 100 + 0.5) / 100);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        const uint32_t w = widths[i], margin = 4 + 2 * w / 100;
        nst_image *out = resized(image, w, 2);
        for (uint32_t x = margin; x < w - margin; x++)
            ck_assert_double_eq_tol((double)out->pixels[3 * x + 1], (x + 0.5) / w, w >= 100 ? 1e-6 : 2e-4);
        nst_image_destroy(out);
    }
    nst_image_destroy(image);
}
END_TEST

START_TEST(the_same_size_is_a_copy)
{
    nst_image *image = noise(13, 7, true, 3), *out;
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, 40), NST_OK);
    out = resized(image, 13, 7);
    ck_assert_mem_eq(out->pixels, image->pixels, 13 * 7 * 3 * sizeof(float));
    ck_assert_mem_eq(out->alpha, image->alpha, 13 * 7 * sizeof(float));
    nst_image_destroy(out);
    out = resized(image, 5, 4);
    int64_t quality;
    ck_assert_int_eq(nst_image_get_int(out, NST_PARAM_JPEG_QUALITY, &quality), NST_OK);
    ck_assert_int_eq(quality, 40);
    nst_image_destroy(out);
    nst_image_destroy(image);
}
END_TEST

START_TEST(the_same_call_gives_the_same_bits)
{
    nst_image *image = noise(61, 47, true, 9), *a = resized(image, 40, 90), *b = resized(image, 40, 90);
    ck_assert_mem_eq(a->pixels, b->pixels, 40 * 90 * 3 * sizeof(float));
    ck_assert_mem_eq(a->alpha, b->alpha, 40 * 90 * sizeof(float));
    nst_image_destroy(a);
    nst_image_destroy(b);
    nst_image_destroy(image);
}
END_TEST

/* Opaque red on the left, clear green on the right: no green shows through, and none is lost. */
START_TEST(colours_do_not_leak_out_of_clear_pixels)
{
    static const uint32_t widths[] = {40, 27, 16, 150};
    nst_image *image;
    ck_assert_int_eq(nst_image_create(&image, 80, 3, 1), NST_OK);
    for (uint32_t p = 0; p < 240; p++) {
        const bool left = p % 80 < 41;
        image->pixels[3 * p] = left;
        image->pixels[3 * p + 1] = !left;
        image->alpha[p] = left;
    }
    for (size_t i = 0; i < 4; i++) {
        nst_image *out = resized(image, widths[i], 3);
        int partly = 0;
        for (uint32_t x = 0; x < widths[i]; x++) {
            const float *pixel = out->pixels + 3 * x, alpha = out->alpha[x];
            ck_assert(alpha >= 0 && alpha <= 1);
            partly += alpha > 0.05f && alpha < 0.95f;
            if (alpha >= 1.0f / 256) {
                ck_assert_float_eq_tol(pixel[0], 1, 1e-5f);
                ck_assert_float_eq_tol(pixel[1], 0, 1e-5f);
            }
        }
        ck_assert_int_gt(partly, 0);
        ck_assert_float_eq_tol(out->pixels[3 * (widths[i] - 2) + 1], 1, 1e-3f);
        ck_assert_float_eq(out->alpha[widths[i] - 1], 0);
        nst_image_destroy(out);
    }
    nst_image_destroy(image);
}
END_TEST

START_TEST(premultiplied_values_follow_the_formula)
{
    for (size_t s = 0; s < SHAPES; s++) {
        const uint32_t *n = shapes[s];
        const size_t in = (size_t)n[0] * n[1], outputs = (size_t)n[2] * n[3];
        nst_image *image = noise(n[0], n[1], true, (uint32_t)s + 50), *out = resized(image, n[2], n[3]);
        float *four = malloc(in * 4 * sizeof *four);
        ck_assert_ptr_nonnull(four);
        for (size_t i = 0; i < in; i++) {
            for (size_t c = 0; c < 3; c++)
                four[4 * i + c] = image->pixels[3 * i + c] * image->alpha[i];
            four[4 * i + 3] = image->alpha[i];
        }
        double *expected = resize_literally(four, n[0], n[1], 4, n[2], n[3]);
        for (size_t i = 0; i < outputs; i++) {
            const double a = expected[4 * i + 3];
            ck_assert_double_eq_tol((double)out->alpha[i], fmin(fmax(a, 0), 1), 2e-6);
            for (size_t c = 0; c < 3 && a > 0.01; c++)
                ck_assert_double_eq_tol((double)out->pixels[3 * i + c], fmin(fmax(expected[4 * i + c] / a, 0), 1),
                                        4e-6 / a);
        }
        free(expected);
        free(four);
        nst_image_destroy(out);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    nst_image *image = noise(3, 3, false, 1), *out;
    ck_assert_int_eq(nst_image_resize(&out, image, 0, 3), NST_ERR_RANGE);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(nst_image_resize(&out, image, 3, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_resize(&out, image, UINT32_MAX, UINT32_MAX), NST_ERR_TOO_LARGE);
    ck_assert_int_eq(nst_image_resize(&out, NULL, 3, 3), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_resize(NULL, image, 3, 3), NST_ERR_ARGUMENT);
    nst_image_destroy(image);
}
END_TEST

RUNNER("image_resize", the_formula_is_followed, a_constant_stays_so, the_mean_is_kept, fine_patterns_do_not_alias,
       coarse_waves_survive, nothing_is_shifted, the_same_size_is_a_copy, the_same_call_gives_the_same_bits,
       colours_do_not_leak_out_of_clear_pixels, premultiplied_values_follow_the_formula, impossible_sizes_are_refused)
