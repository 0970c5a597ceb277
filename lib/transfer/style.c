#include "transfer/style.h"
#include "base/alloc.h"

#include <math.h>

static nst_status make_style(nst_style **out, size_t height, size_t width)
{
    nst_style *style = nst__zalloc(1, sizeof *style);
    *out = style;
    if (!style) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&style->references, 1);
    style->height = height;
    style->width = width;
    style->scale = 1;
    return nst__statistics_create(&style->statistics);
}

nst_status nst_style_create(nst_style **out, const nst_image *image)
{
    nst_status status = NST_OK;
    nst_style *style = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(image);
    NST_TRY(nst__image_check_range(image, "style"));
    NST_TRY(make_style(&style, image->height, image->width));
    NST_TRY(nst_image_copy(&style->image, image));
    nst__image_place(style->image, 0, 0); /* no band */
    *out = style;
    style = NULL;
out:
    nst_style_destroy(style);
    return status;
}

nst_status nst__style_of_file(nst_style **out, nst__saved_style *saved)
{
    nst_style *style;
    const nst_status status = make_style(&style, saved->height, saved->width);
    *out = status == NST_OK ? style : NULL;
    if (status == NST_OK) {
        style->saved = saved;
        return status;
    }
    nst__saved_style_destroy(saved);
    nst_style_destroy(style);
    return status;
}

uint64_t nst__style_bytes(const nst_style *style)
{
    const nst_image *image = style->image;
    uint64_t bytes = nst__statistics_bytes(style->statistics);
    if (image) bytes += (uint64_t)image->width * image->height * (image->alpha ? 4 : 3) * sizeof(float);
    if (style->saved) bytes += nst__saved_style_bytes(style->saved);
    return bytes;
}

nst_style *nst__style_hold(nst_style *style)
{
    atomic_fetch_add(&style->references, 1);
    return style;
}

void nst_style_destroy(nst_style *style)
{
    if (!style || atomic_fetch_sub(&style->references, 1) != 1) return;
    nst_image_destroy(style->image);
    nst__saved_style_destroy(style->saved);
    nst__statistics_destroy(style->statistics);
    nst__free(style);
}

nst_status nst_style_set_scale(nst_style *style, double scale)
{
    NST_NEED(style);
    const double most = nst_param_maximum(NST_PARAM_STYLE_SCALE);
    if (isnan(scale))
        return nst__fail(NST_ERR_ARGUMENT, "scale of a style: expected above 0 and at most %g, found NaN", most);
    if (!(scale > 0 && scale <= most))
        return nst__fail(NST_ERR_RANGE, "scale of a style: expected above 0 and at most %g, found %g", most, scale);
    if (atomic_load(&style->references) > 1)
        return nst__fail(NST_ERR_STATE, "nst_style_set_scale: a transfer has this style already");
    style->scale = scale;
    return NST_OK;
}

nst_status nst__mask_copy(nst_image **out, const nst_image *mask, float limit)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL;
    float most = 0;
    *out = NULL;
    if (limit <= 1) NST_TRY(nst__image_check_range(mask, "mask"));
    NST_TRY(nst_image_create(&grey, mask->width, mask->height, 0));
    for (size_t i = 0; i < (size_t)mask->width * mask->height; i++) {
        const float *pixel = mask->pixels + 3 * i;
        const float value = (pixel[0] + pixel[1] + pixel[2]) / 3 * (mask->alpha ? mask->alpha[i] : 1);
        for (size_t c = 0; c < 3; c++)
            grey->pixels[3 * i + c] = fminf(fmaxf(value, 0), limit);
        most = fmaxf(most, value);
    }
    if (most > 0) {
        *out = grey;
        grey = NULL;
    } else {
        status = nst__fail(NST_ERR_ARGUMENT, "mask: expected a part that is not black");
    }
out:
    nst_image_destroy(grey);
    return status;
}

/* The mask becomes the alpha of the painting. */
nst_status nst_style_set_mask(nst_style *style, const nst_image *mask)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL, *resized = NULL;
    const nst_image *ready;
    NST_NEED(style);
    NST_NEED(mask);
    if (atomic_load(&style->references) > 1)
        return nst__fail(NST_ERR_STATE, "nst_style_set_mask: a transfer has this style already");
    nst_image *image = style->image;
    if (!image)
        return nst__fail(NST_ERR_STATE, "%s: a mask is given when the style is saved: this one has no picture",
                         style->saved->text[NST_STYLE_SOURCE]);
    const size_t count = (size_t)image->width * image->height;
    const double wanted = (double)mask->height * image->width / image->height;
    if (fabs(wanted - mask->width) > 1 + 0.01 * mask->width)
        return nst__fail(NST_ERR_ARGUMENT, "mask: expected the proportions of the style, %ux%u, found %ux%u",
                         image->width, image->height, mask->width, mask->height);
    NST_TRY(nst__mask_copy(&grey, mask, 1));
    NST_TRY(nst__image_at_size(&ready, &resized, grey, image->height, image->width));
    float *alpha = nst__alloc_aligned(count, sizeof *alpha);
    if (!alpha) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        alpha[i] = fminf(fmaxf(ready->pixels[3 * i], 0), 1) * (image->alpha ? image->alpha[i] : 1);
    nst__free_aligned(image->alpha);
    image->alpha = alpha;
out:
    nst_image_destroy(grey);
    nst_image_destroy(resized);
    return status;
}

const char *nst_style_text(const nst_style *style, nst_style_key key)
{
    if (!style || !style->saved || key < NST_STYLE_SOURCE || key > NST_STYLE_VERSION) return "";
    return style->saved->text[key] ? style->saved->text[key] : "";
}

double nst_style_scale(const nst_style *style)
{
    return style ? style->scale : 0;
}
