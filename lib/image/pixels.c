/*
 * Converts pixels of 8 or 16 bits or floats a channel, 1 to 4 channels, from and to the handle.
 *
 * An integer v of n bits is the float v / (2^n - 1), divided, not multiplied by a reciprocal: so each value
 * comes back exactly, and 8 bits give the same floats as the same 8 bits widened to 16.
 */
#include "image/image.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

nst__placement nst__orient(int orientation, uint32_t width, uint32_t height)
{
    const ptrdiff_t w = (ptrdiff_t)width, h = (ptrdiff_t)height;
    switch (orientation) {
    case 2: return (nst__placement){width, height, w - 1, -1, w};       /* mirrored left to right */
    case 3: return (nst__placement){width, height, w * h - 1, -1, -w};  /* turned by 180 degrees */
    case 4: return (nst__placement){width, height, w * (h - 1), 1, -w}; /* mirrored top to bottom */
    case 5: return (nst__placement){height, width, 0, h, 1};            /* transposed */
    case 6: return (nst__placement){height, width, h - 1, h, -1};       /* needs a clockwise turn */
    case 7: return (nst__placement){height, width, w * h - 1, -h, -1};  /* transposed on the other diagonal */
    case 8: return (nst__placement){height, width, h * (w - 1), -h, 1}; /* needs a counterclockwise turn */
    default: return (nst__placement){width, height, 0, 1, w};
    }
}

/* Grey becomes three equal channels. With a constant number of channels the compiler makes a loop for each. */
#define PUT_ROW(name, type, largest) \
    void name(nst_image *image, const nst__placement *place, nst__span span, uint32_t y, const type *row, \
              int channels) \
    { \
        const int grey = channels <= 2, colours = grey ? 1 : 3; \
        ptrdiff_t at = place->first + (ptrdiff_t)y * place->dy + (ptrdiff_t)span.begin * place->dx; \
        row += (size_t)span.begin * (size_t)channels; \
        for (uint32_t x = span.begin; x < span.end; x++, row += channels, at += place->dx) { \
            float *pixel = image->pixels + 3 * at; \
            pixel[0] = (float)row[0] / (largest); \
            pixel[1] = grey ? pixel[0] : (float)row[1] / (largest); \
            pixel[2] = grey ? pixel[0] : (float)row[2] / (largest); \
            if (channels > colours) image->alpha[at] = (float)row[colours] / (largest); \
        } \
    }

PUT_ROW(nst__put_row_u8, uint8_t, 255.0f)
PUT_ROW(nst__put_row_u16, uint16_t, 65535.0f)

/* NaN becomes 0. */
static float clamp(float x)
{
    return x > 0 ? (x < 1 ? x : 1) : 0;
}

/* Rec. 709 luma of the encoded values, written so that grey stays exactly the same. */
static float luma(const float *pixel)
{
    return clamp(pixel[1] + 0.2126f * (pixel[0] - pixel[1]) + 0.0722f * (pixel[2] - pixel[1]));
}

static void get_pixel(const nst_image *image, const float *rgb, size_t at, float *out, int channels,
                      const float *background)
{
    float pixel[3];
    for (int c = 0; c < 3; c++)
        pixel[c] = clamp(rgb[c]);
    if (background && image->alpha && channels % 2 == 1) {
        const float alpha = clamp(image->alpha[at]);
        for (int c = 0; c < 3; c++)
            pixel[c] = alpha * pixel[c] + (1 - alpha) * background[c];
    }
    if (channels <= 2)
        out[0] = luma(pixel);
    else
        memcpy(out, pixel, sizeof pixel);
    if (channels == 2 || channels == 4) out[channels - 1] = image->alpha ? clamp(image->alpha[at]) : 1;
}

#define GET_ROW(name, type, largest) \
    void name(const nst_image *image, uint32_t y, type *row, int channels, const float *background) \
    { \
        const size_t first = (size_t)y * image->width; \
        const float *rgb = image->rows ? image->rows->row(image->rows->user, y) : image->pixels + 3 * first; \
        for (uint32_t x = 0; x < image->width; x++, row += channels, rgb += 3) { \
            float pixel[4]; \
            get_pixel(image, rgb, first + x, pixel, channels, background); \
            for (int c = 0; c < channels; c++) \
                row[c] = (type)(pixel[c] * (largest) + 0.5f); \
        } \
    }

GET_ROW(nst__get_row_u8, uint8_t, 255.0f)
GET_ROW(nst__get_row_u16, uint16_t, 65535.0f)

/* Replaces a STRIDE of 0 and checks the arguments of the caller. */
static nst_status check_layout(size_t *stride, uint32_t width, int channels, size_t value_size)
{
    size_t row;
    if (channels < 1 || channels > 4) return nst__fail(NST_ERR_RANGE, "channels: expected 1 to 4, found %d", channels);
    if (!nst__multiply(&row, width, (size_t)channels * value_size))
        return nst__fail(NST_ERR_TOO_LARGE, "a row of %u pixels is beyond what can be addressed", width);
    if (*stride == 0) *stride = row;
    if (*stride < row)
        return nst__fail(NST_ERR_RANGE, "stride: %u pixels of %d channels need %zu bytes, found %zu", width, channels,
                         row, *stride);
    if (*stride % value_size != 0)
        return nst__fail(NST_ERR_ARGUMENT, "stride: expected a multiple of %zu, found %zu", value_size, *stride);
    return NST_OK;
}

nst_status nst_image_from_u8(nst_image **out, const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                             size_t stride)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(pixels);
    NST_TRY(check_layout(&stride, width, channels, 1));
    NST_TRY(nst__image_create(out, width, height, channels % 2 == 0));
    nst__placement place = nst__orient(1, width, height);
    for (uint32_t y = 0; y < height; y++)
        nst__put_row_u8(*out, &place, (nst__span){0, width}, y, pixels + y * stride, channels);
out:
    return status;
}

nst_status nst_image_from_f32(nst_image **out, const float *pixels, uint32_t width, uint32_t height, int channels,
                              size_t stride)
{
    nst_status status = NST_OK;
    nst_image *image = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(pixels);
    NST_TRY(check_layout(&stride, width, channels, sizeof(float)));
    NST_TRY(nst__image_create(&image, width, height, channels % 2 == 0));
    size_t at = 0;
    for (uint32_t y = 0; y < height; y++) {
        const float *from = pixels + y * (stride / sizeof(float));
        for (uint32_t x = 0; x < width; x++, from += channels, at++) {
            for (int c = 0; c < channels; c++)
                if (!isfinite(from[c])) {
                    status =
                        nst__fail(NST_ERR_NON_FINITE, "pixel (%u, %u), channel %d is not a finite number", x, y, c);
                    goto out;
                }
            for (int c = 0; c < 3; c++)
                image->pixels[3 * at + (size_t)c] = from[channels <= 2 ? 0 : c];
            if (image->alpha) image->alpha[at] = from[channels - 1];
        }
    }
    *out = image;
    image = NULL;
out:
    nst_image_destroy(image);
    return status;
}

nst_status nst_image_to_u8(const nst_image *image, uint8_t *pixels, int channels, size_t stride)
{
    nst_status status = NST_OK;
    NST_NEED(image);
    NST_NEED(pixels);
    NST_TRY(check_layout(&stride, image->width, channels, 1));
    for (uint32_t y = 0; y < image->height; y++)
        nst__get_row_u8(image, y, pixels + y * stride, channels, NULL);
out:
    return status;
}

nst_status nst_image_to_f32(const nst_image *image, float *pixels, int channels, size_t stride)
{
    nst_status status = NST_OK;
    NST_NEED(image);
    NST_NEED(pixels);
    NST_TRY(check_layout(&stride, image->width, channels, sizeof(float)));
    size_t at = 0;
    for (uint32_t y = 0; y < image->height; y++) {
        float *to = pixels + y * (stride / sizeof(float));
        for (uint32_t x = 0; x < image->width; x++, at++, to += channels)
            get_pixel(image, image->pixels + 3 * at, at, to, channels, NULL);
    }
out:
    return status;
}
