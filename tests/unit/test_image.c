/* The picture handle: pixels in and out in every form, settings, copies. */
#include "unit/runner.h"

#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 16777216.0f;
}

START_TEST(created_pictures_are_black_and_opaque)
{
    for (int alpha = 0; alpha <= 1; alpha++) {
        nst_image *image;
        ck_assert_int_eq(nst_image_create(&image, 3, 2, alpha), NST_OK);
        ck_assert_uint_eq(nst_image_width(image), 3);
        ck_assert_uint_eq(nst_image_height(image), 2);
        ck_assert_int_eq(nst_image_has_alpha(image), alpha);
        for (int i = 0; i < 18; i++)
            ck_assert_float_eq(nst_image_pixels(image)[i], 0);
        ck_assert_int_eq(nst_image_alpha(image) != NULL, alpha);
        for (int i = 0; i < 6 && alpha; i++)
            ck_assert_float_eq(nst_image_alpha(image)[i], 1);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    nst_image *image = (nst_image *)&image;
    ck_assert_int_eq(nst_image_create(&image, 0, 5, 0), NST_ERR_RANGE);
    ck_assert_ptr_null(image);
    ck_assert_int_eq(nst_image_create(&image, 5, 0, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_create(&image, UINT32_MAX, UINT32_MAX, 0), NST_ERR_TOO_LARGE);
    ck_assert_str_eq(nst_last_error(), "4294967295x4294967295 pixels are beyond what can be addressed");
    ck_assert_int_eq(nst_image_create(NULL, 5, 5, 0), NST_ERR_ARGUMENT);
    nst_image_destroy(NULL);
    nst_bytes_destroy(NULL);
}
END_TEST

/* Every 8-bit value in every channel, in every number of channels, with padded rows on both sides. */
START_TEST(bytes_come_back_exactly)
{
    enum { W = 16, H = 16, PAD = 5 };
    for (int channels = 1; channels <= 4; channels++) {
        const size_t stride = (size_t)(W * channels + PAD);
        uint8_t in[H * (W * 4 + PAD)], out[H * (W * 4 + PAD)];
        nst_image *image;
        memset(in, 0xaa, sizeof in);
        memset(out, 0x55, sizeof out);
        for (size_t y = 0; y < H; y++)
            for (size_t x = 0; x < W; x++)
                for (size_t c = 0; c < (size_t)channels; c++)
                    in[y * stride + x * (size_t)channels + c] = (uint8_t)((y * W + x) * (2 * c + 1) + c);
        ck_assert_int_eq(nst_image_from_u8(&image, in, W, H, channels, stride), NST_OK);
        ck_assert_int_eq(nst_image_has_alpha(image), channels % 2 == 0);
        ck_assert_int_eq(nst_image_to_u8(image, out, channels, stride), NST_OK);
        for (size_t y = 0; y < H; y++) {
            ck_assert_mem_eq(out + y * stride, in + y * stride, (size_t)(W * channels));
            for (size_t i = (size_t)(W * channels); i < stride; i++)
                ck_assert_uint_eq(out[y * stride + i], 0x55);
        }
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(floats_come_back_exactly)
{
    enum { W = 7, H = 5, PAD = 3 };
    uint32_t seed = 1;
    for (int channels = 1; channels <= 4; channels++) {
        const size_t row = (size_t)(W * channels + PAD);
        float in[H * (W * 4 + PAD)], out[H * (W * 4 + PAD)];
        nst_image *image;
        for (size_t i = 0; i < H * row; i++)
            in[i] = noise(&seed);
        ck_assert_int_eq(nst_image_from_f32(&image, in, W, H, channels, row * sizeof *in), NST_OK);
        ck_assert_int_eq(nst_image_to_f32(image, out, channels, row * sizeof *out), NST_OK);
        for (size_t y = 0; y < H; y++)
            ck_assert_mem_eq(out + y * row, in + y * row, (size_t)(W * channels) * sizeof *in);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(packed_is_the_default_stride)
{
    const uint8_t in[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
    uint8_t out[12];
    nst_image *image;
    ck_assert_int_eq(nst_image_from_u8(&image, in, 2, 2, 3, 0), NST_OK);
    ck_assert_float_eq(nst_image_pixels(image)[3 * 2 + 1], 80.0f / 255.0f);
    ck_assert_int_eq(nst_image_to_u8(image, out, 3, 0), NST_OK);
    ck_assert_mem_eq(in, out, sizeof in);
    nst_image_destroy(image);
}
END_TEST

START_TEST(channels_are_added_and_mixed)
{
    const float rgb[] = {0.5f, 0.25f, 1};
    float rgba[4], grey[2];
    uint8_t bytes[4];
    nst_image *image;
    ck_assert_int_eq(nst_image_from_f32(&image, rgb, 1, 1, 3, 0), NST_OK);
    ck_assert_int_eq(nst_image_to_f32(image, rgba, 4, 0), NST_OK);
    ck_assert_float_eq(rgba[2], 1);
    ck_assert_float_eq(rgba[3], 1);
    ck_assert_int_eq(nst_image_to_f32(image, grey, 2, 0), NST_OK);
    ck_assert_float_eq_tol(grey[0], 0.2126f * 0.5f + 0.7152f * 0.25f + 0.0722f, 1e-6f);
    ck_assert_float_eq(grey[1], 1);
    ck_assert_int_eq(nst_image_to_u8(image, bytes, 4, 0), NST_OK);
    ck_assert_uint_eq(bytes[0], 128); /* 127.5 */
    ck_assert_uint_eq(bytes[1], 64);  /* 63.75 */
    ck_assert_uint_eq(bytes[3], 255);
    nst_image_destroy(image);
}
END_TEST

START_TEST(what_is_written_is_clamped)
{
    nst_image *image;
    float out[3], grey;
    uint8_t bytes[3];
    ck_assert_int_eq(nst_image_from_f32(&image, (const float[]){-0.5f, 1.5f, 0.5f}, 1, 1, 3, 0), NST_OK);
    ck_assert_float_eq(nst_image_pixels(image)[1], 1.5f); /* inside, they stay */
    ck_assert_int_eq(nst_image_to_f32(image, out, 3, 0), NST_OK);
    ck_assert(out[0] == 0 && out[1] == 1 && out[2] == 0.5f);
    nst_image_mutable_pixels(image)[2] = NAN;
    nst_image_mutable_pixels(image)[0] = -INFINITY;
    nst_image_mutable_pixels(image)[1] = INFINITY;
    ck_assert_int_eq(nst_image_to_u8(image, bytes, 3, 0), NST_OK);
    ck_assert(bytes[0] == 0 && bytes[1] == 255 && bytes[2] == 0);
    ck_assert_int_eq(nst_image_to_f32(image, &grey, 1, 0), NST_OK);
    ck_assert_float_eq_tol(grey, 0.7152f, 1e-6f);
    nst_image_destroy(image);
}
END_TEST

START_TEST(bad_pixels_and_layouts_are_refused)
{
    float pixels[8] = {0};
    nst_image *image;
    pixels[5] = NAN;
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 4, 0), NST_ERR_NON_FINITE);
    ck_assert_str_eq(nst_last_error(), "pixel (1, 0), channel 1 is not a finite number");
    ck_assert_ptr_null(image);
    pixels[5] = INFINITY;
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 4, 0), NST_ERR_NON_FINITE);
    pixels[5] = 0;
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 5, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 0, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 4, 31), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_from_f32(&image, pixels, 2, 1, 4, 33), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_from_f32(&image, NULL, 2, 1, 4, 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_from_u8(&image, (uint8_t *)pixels, 9, 1, 3, 26), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "stride: 9 pixels of 3 channels need 27 bytes, found 26");
    ck_assert_int_eq(nst_image_create(&image, 2, 1, 0), NST_OK);
    ck_assert_int_eq(nst_image_to_f32(image, pixels, -1, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_to_u8(image, (uint8_t *)pixels, 3, 5), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_to_u8(image, NULL, 3, 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_to_u8(NULL, (uint8_t *)pixels, 3, 0), NST_ERR_ARGUMENT);
    nst_image_destroy(image);
}
END_TEST

START_TEST(a_copy_has_everything_and_is_its_own)
{
    const uint8_t in[] = {10, 20, 30, 40, 50, 60, 70, 80};
    nst_image *image, *copy;
    int64_t value;
    uint8_t out[8];
    ck_assert_int_eq(nst_image_from_u8(&image, in, 2, 1, 4, 0), NST_OK);
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, 31), NST_OK);
    ck_assert_int_eq(nst_image_copy(&copy, image), NST_OK);
    nst_image_mutable_pixels(image)[0] = 1;
    nst_image_destroy(image);
    ck_assert_int_eq(nst_image_to_u8(copy, out, 4, 0), NST_OK);
    ck_assert_mem_eq(in, out, sizeof in);
    ck_assert_int_eq(nst_image_get_int(copy, NST_PARAM_JPEG_QUALITY, &value), NST_OK);
    ck_assert_int_eq(value, 31);
    nst_image_destroy(copy);
    ck_assert_int_eq(nst_image_copy(&copy, NULL), NST_ERR_ARGUMENT);
    ck_assert_ptr_null(copy);
}
END_TEST

START_TEST(settings_are_those_of_images)
{
    nst_image *image;
    int64_t value;
    const char *text;
    ck_assert_int_eq(nst_image_create(&image, 1, 1, 0), NST_OK);
    ck_assert_int_eq(nst_image_get_int(image, NST_PARAM_JPEG_QUALITY, &value), NST_OK);
    ck_assert_int_eq(value, 95);
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_PNG_DEPTH, "16"), NST_OK);
    ck_assert_int_eq(nst_image_get_int(image, NST_PARAM_PNG_DEPTH, &value), NST_OK);
    ck_assert_int_eq(value, NST_PNG_DEPTH_16);
    ck_assert_int_eq(nst_image_get_text(image, NST_PARAM_PNG_DEPTH, &text), NST_OK);
    ck_assert_str_eq(text, "16");
    ck_assert_int_eq(nst_image_get_text(image, NST_PARAM_JPEG_QUALITY, &text), NST_OK);
    ck_assert_str_eq(text, "95");
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_PNG_DEPTH, 1), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "png-depth: expected one of 8, 16, found 1");
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_PNG_DEPTH, "12"), NST_ERR_NAME);
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, 0), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, 101), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_SIZE, 5), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_JPEG_SUBSAMPLING, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_set_int(NULL, NST_PARAM_JPEG_QUALITY, 5), NST_ERR_ARGUMENT);
    nst_image_destroy(image);
}
END_TEST

/* A file without transparency shows the background through it; to_u8() leaves the colours alone. */
START_TEST(transparency_is_laid_on_the_background)
{
    static const struct {
        const char *text;
        uint8_t rgb[3];
    } backgrounds[] = {{"white", {255, 255, 255}}, {"black", {0, 0, 0}}, {"#0080fF", {0, 128, 255}}};
    static const char *const bad[] = {"", "red", "#12345", "#1234567", "#00g000", "0080ff", "#-1-1-1", "White"};
    nst_image *image, *again;
    const char *text;
    void *bytes;
    size_t size;
    uint8_t out[3];
    ck_assert_int_eq(nst_image_create(&image, 16, 16, 1), NST_OK);
    ck_assert(nst_image_get_text(image, NST_PARAM_BACKGROUND, &text) == NST_OK && strcmp(text, "white") == 0);
    for (int alpha = 0; alpha <= 4; alpha++)
        for (size_t b = 0; b < 3; b++) {
            for (size_t i = 0; i < 256; i++) {
                nst_image_mutable_alpha(image)[i] = (float)alpha / 4;
                for (int c = 0; c < 3; c++)
                    nst_image_mutable_pixels(image)[3 * i + (size_t)c] = 0.2f;
            }
            ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_BACKGROUND, backgrounds[b].text), NST_OK);
            ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, 100), NST_OK);
            ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "jpg"), NST_OK);
            ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
            for (int c = 0; c < 3; c++)
                ck_assert_float_eq_tol(
                    nst_image_pixels(again)[c],
                    0.2f * (float)alpha / 4 + (float)backgrounds[b].rgb[c] / 255 * (1 - (float)alpha / 4), 2.5f / 255);
            nst_image_destroy(again);
            nst_bytes_destroy(bytes);
            ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "png"), NST_OK);
            ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
            ck_assert_float_eq_tol(nst_image_pixels(again)[0], 0.2f, 1e-6f);
            nst_image_destroy(again);
            nst_bytes_destroy(bytes);
        }
    nst_image_mutable_alpha(image)[0] = 0;
    uint8_t *all = malloc(256 * 3);
    ck_assert_ptr_nonnull(all);
    ck_assert_int_eq(nst_image_to_u8(image, all, 3, 0), NST_OK);
    memcpy(out, all, 3);
    free(all);
    ck_assert(out[0] == 51 && out[1] == 51 && out[2] == 51);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_BACKGROUND, bad[i]), NST_ERR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(nst_last_error(), "background: expected white, black or #rrggbb, found '"));
    }
    ck_assert(nst_image_get_text(image, NST_PARAM_BACKGROUND, &text) == NST_OK && strcmp(text, "#0080fF") == 0);
    ck_assert_int_eq(nst_image_copy(&again, image), NST_OK);
    ck_assert(nst_image_get_text(again, NST_PARAM_BACKGROUND, &text) == NST_OK && strcmp(text, "#0080fF") == 0);
    ck_assert(nst_image_get_text(again, NST_PARAM_PNG_DEPTH, &text) == NST_OK && strcmp(text, "8") == 0);
    ck_assert(nst_image_get_text(again, NST_PARAM_SIZES, &text) == NST_ERR_ARGUMENT && strcmp(text, "") == 0);
    ck_assert(nst_image_get_text(NULL, NST_PARAM_BACKGROUND, &text) == NST_ERR_ARGUMENT && strcmp(text, "") == 0);
    ck_assert(nst_image_type_has_alpha("png") && !nst_image_type_has_alpha("jpeg") && !nst_image_type_has_alpha("gif"));
    nst_image_destroy(again);
    nst_image_destroy(image);
}
END_TEST

static void release(float *pixels, void *user)
{
    pixels[0] = -1;
    ++*(int *)user;
}

START_TEST(borrowed_pixels_are_those_of_the_host)
{
    float pixels[2 * 3 * 3];
    int released = 0;
    nst_image *image, *copy;
    for (size_t i = 0; i < 18; i++)
        pixels[i] = (float)i / 18;
    ck_assert_int_eq(nst_image_borrow(&image, pixels, NULL, 3, 2, release, &released), NST_OK);
    ck_assert_ptr_eq(nst_image_pixels(image), pixels);
    ck_assert_ptr_eq(nst_image_mutable_pixels(image), pixels);
    ck_assert_int_eq(nst_image_has_alpha(image), 0);
    ck_assert_int_eq(nst_image_copy(&copy, image), NST_OK);
    pixels[7] = 0.75F;
    ck_assert(nst_image_pixels(image)[7] == 0.75F && nst_image_pixels(copy)[7] == 7.0F / 18);
    nst_image_destroy(copy);
    ck_assert_int_eq(released, 0);
    nst_image_destroy(image);
    ck_assert_int_eq(released, 1);
    ck_assert(pixels[0] == -1);
    ck_assert_int_eq(nst_image_borrow(&image, pixels, NULL, 3, 2, NULL, NULL), NST_OK);
    nst_image_destroy(image);
    float alpha[2 * 3] = {0, 0.25F, 0.5F, 0.75F, 1, 1};
    ck_assert_int_eq(nst_image_borrow(&image, pixels, alpha, 3, 2, release, &released), NST_OK);
    ck_assert(nst_image_has_alpha(image) && nst_image_alpha(image) == alpha);
    ck_assert_int_eq(nst_image_copy(&copy, image), NST_OK);
    nst_image_destroy(image);
    ck_assert_int_eq(released, 2);
    ck_assert(alpha[1] == 0.25F && nst_image_alpha(copy) != alpha && nst_image_alpha(copy)[1] == 0.25F);
    nst_image_destroy(copy);
    ck_assert_int_eq(released, 2);
    ck_assert_int_eq(nst_image_borrow(&image, pixels, NULL, 0, 2, release, &released), NST_ERR_RANGE);
    ck_assert_int_eq(nst_image_borrow(&image, NULL, NULL, 3, 2, release, &released), NST_ERR_ARGUMENT);
    ck_assert_ptr_null(image);
    ck_assert_int_eq(released, 2);
}
END_TEST

RUNNER("image", created_pictures_are_black_and_opaque, impossible_sizes_are_refused, bytes_come_back_exactly,
       floats_come_back_exactly, packed_is_the_default_stride, channels_are_added_and_mixed, what_is_written_is_clamped,
       bad_pixels_and_layouts_are_refused, a_copy_has_everything_and_is_its_own, settings_are_those_of_images,
       transparency_is_laid_on_the_background, borrowed_pixels_are_those_of_the_host)
