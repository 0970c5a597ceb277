/*
 * The picture handle: create and destroy, settings, access to pixels.
 */
#include "image/image.h"
#include "base/alloc.h"
#include "base/log.h"
#include "image/background.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* PIXELS NULL: allocated. */
static nst_status create(nst_image **out, uint32_t width, uint32_t height, bool alpha, float *pixels)
{
    size_t count, values, bytes;
    *out = NULL;
    if (width == 0 || height == 0)
        return nst__fail(NST_ERR_RANGE, "a picture needs at least 1x1 pixels, found %ux%u", width, height);
    /* Indices of pixels are also taken as ptrdiff_t, half of what size_t holds: the bytes of a pixel leave
     * room. */
    if (!nst__multiply(&count, width, height) || !nst__multiply(&values, count, 3) ||
        !nst__multiply(&bytes, values, sizeof(float)))
        return nst__fail(NST_ERR_TOO_LARGE, "%ux%u pixels are beyond what can be addressed", width, height);
    nst_image *image = nst__zalloc(1, sizeof *image);
    if (!image) return NST_ERR_OUT_OF_MEMORY;
    image->width = width;
    image->height = height;
    const nst_status status = nst__settings_init(&image->settings, NST_OBJECT_IMAGE);
    image->borrowed = pixels != NULL;
    if (status == NST_OK) image->pixels = pixels ? pixels : nst__alloc_aligned(values, sizeof(float));
    if (image->pixels && alpha) image->alpha = nst__alloc_aligned(count, sizeof(float));
    if (!image->pixels || (alpha && !image->alpha)) {
        nst_image_destroy(image);
        return NST_ERR_OUT_OF_MEMORY;
    }
    *out = image;
    return NST_OK;
}

nst_status nst__image_create(nst_image **out, uint32_t width, uint32_t height, bool alpha)
{
    return create(out, width, height, alpha, NULL);
}

nst_status nst_image_borrow(nst_image **out, float *pixels, float *alpha, uint32_t width, uint32_t height,
                            nst_release_fn release, void *user)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(pixels);
    NST_TRY(create(out, width, height, false, pixels));
    (*out)->alpha = alpha;
    (*out)->release = release;
    (*out)->release_user = user;
out:
    return status;
}

nst_status nst_image_create(nst_image **out, uint32_t width, uint32_t height, int alpha)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    NST_TRY(nst__image_create(out, width, height, alpha != 0));
    size_t count = (size_t)width * height;
    memset((*out)->pixels, 0, count * 3 * sizeof(float));
    if (alpha)
        for (size_t i = 0; i < count; i++)
            (*out)->alpha[i] = 1;
out:
    return status;
}

nst_status nst_image_copy(nst_image **out, const nst_image *image)
{
    nst_status status = NST_OK;
    nst_image *copy = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(image);
    NST_TRY(nst__image_create(&copy, image->width, image->height, image->alpha != NULL));
    size_t count = (size_t)image->width * image->height;
    memcpy(copy->pixels, image->pixels, count * 3 * sizeof(float));
    if (image->alpha) memcpy(copy->alpha, image->alpha, count * sizeof(float));
    nst__settings_free(&copy->settings);
    NST_TRY(nst__settings_copy(&copy->settings, &image->settings));
    copy->top = image->top;
    copy->whole = image->whole;
    memcpy(copy->warnings, image->warnings, sizeof copy->warnings);
    *out = copy;
    copy = NULL;
out:
    nst_image_destroy(copy);
    return status;
}

void nst_image_destroy(nst_image *image)
{
    if (!image) return;
    if (!image->borrowed) {
        nst__free_aligned(image->pixels);
        nst__free_aligned(image->alpha);
    } else if (image->release) {
        image->release(image->pixels, image->release_user);
    }
    nst__settings_free(&image->settings);
    nst__free(image);
}

void nst_bytes_destroy(void *bytes)
{
    nst__free(bytes);
}

nst_status nst_image_set_int(nst_image *image, nst_param param, int64_t value)
{
    NST_NEED(image);
    return nst__settings_set_int(&image->settings, param, value);
}

nst_status nst_image_get_int(const nst_image *image, nst_param param, int64_t *value)
{
    NST_NEED(value);
    *value = 0;
    NST_NEED(image);
    return nst__settings_get_int(&image->settings, param, value);
}

nst_status nst_image_set_text(nst_image *image, nst_param param, const char *value)
{
    NST_NEED(image);
    NST_NEED(value);
    float rgb[3];
    nst_status status = param == NST_PARAM_BACKGROUND ? nst__background_parse(rgb, value) : NST_OK;
    if (status == NST_OK) status = nst__settings_set_text(&image->settings, param, value);
    return status;
}

nst_status nst_image_get_text(const nst_image *image, nst_param param, const char **value)
{
    NST_NEED(value);
    *value = "";
    NST_NEED(image);
    return nst__settings_get_text(&image->settings, param, value);
}

void nst__image_warn(nst_image *image, const char *format, ...)
{
    char raw[256];
    const size_t before = strlen(image->warnings), from = before + (before > 0);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    nst__log(NST_LOG_WARNING, "picture: %s", raw);
    if (from + 1 >= sizeof image->warnings) return;
    nst_text_escape(image->warnings + from, sizeof image->warnings - from, raw);
    if (before > 0) image->warnings[before] = '\n';
}

const char *nst_image_warnings(const nst_image *image)
{
    return image ? image->warnings : "";
}

uint32_t nst_image_width(const nst_image *image)
{
    return image ? image->width : 0;
}

uint32_t nst_image_height(const nst_image *image)
{
    return image ? image->height : 0;
}

void nst__image_place(nst_image *image, size_t top, size_t whole)
{
    image->top = (uint32_t)top;
    image->whole = (uint32_t)whole;
}

nst_status nst_image_set_band(nst_image *image, uint32_t top, uint32_t whole_height)
{
    NST_NEED(image);
    if (top > whole_height || whole_height - top < image->height)
        return nst__fail(NST_ERR_RANGE, "band: expected %u rows from row %u on within %u", image->height, top,
                         whole_height);
    nst__image_place(image, top, whole_height);
    return NST_OK;
}

uint32_t nst_image_top(const nst_image *image)
{
    return image ? image->top : 0;
}

uint32_t nst_image_whole_height(const nst_image *image)
{
    return image && image->whole ? image->whole : nst_image_height(image);
}

int nst_image_has_alpha(const nst_image *image)
{
    return image && image->alpha;
}

const float *nst_image_pixels(const nst_image *image)
{
    return image ? image->pixels : NULL;
}

const float *nst_image_alpha(const nst_image *image)
{
    return image ? image->alpha : NULL;
}

float *nst_image_mutable_pixels(nst_image *image)
{
    return image ? image->pixels : NULL;
}

float *nst_image_mutable_alpha(nst_image *image)
{
    return image ? image->alpha : NULL;
}
