#include "transfer/regions.h"
#include "base/alloc.h"
#include "image/image.h"

#include <math.h>
#include <string.h>

/* ---- Which there are ---- */

static bool same_mask(const nst_image *a, const nst_image *b)
{
    if (!a || !b) return a == b;
    if (a->width != b->width || a->height != b->height) return false;
    return memcmp(a->pixels, b->pixels, (size_t)a->width * a->height * 3 * sizeof *a->pixels) == 0;
}

/* The first style with the mask of style INDEX. */
static size_t first_alike(const nst_transfer *transfer, size_t index)
{
    size_t first = 0;
    while (!same_mask(transfer->styles[first].mask, transfer->styles[index].mask))
        first++;
    return first;
}

size_t nst__region_of(const nst_transfer *transfer, size_t index)
{
    const size_t first = first_alike(transfer, index);
    size_t region = 0;
    for (size_t i = 0; i < first; i++)
        region += first_alike(transfer, i) == i;
    return region;
}

nst_status nst__regions_config(nst__config *config, const nst_transfer *transfer)
{
    config->regions = 1;
    config->masked = false;
    for (size_t i = 0; i < NST__MAX_REGIONS; i++)
        config->region_weight[i] = 0;
    for (size_t i = 0; i < transfer->style_count; i++) {
        const size_t region = nst__region_of(transfer, i);
        if (region >= NST__MAX_REGIONS)
            return nst__fail(NST_ERR_RANGE, "masks: expected at most %d regions of the content, found more",
                             NST__MAX_REGIONS);
        if (region >= config->regions) config->regions = region + 1;
        config->region_weight[region] += transfer->styles[i].share;
        if (transfer->styles[i].mask) config->masked = true;
    }
    if (config->regions * config->style_taps > NST__MAX_STYLE_TERMS)
        return nst__fail(NST_ERR_RANGE,
                         "masks: expected at most %d style losses, found %zu regions with %zu layers each",
                         NST__MAX_STYLE_TERMS, config->regions, config->style_taps);
    return NST_OK;
}

/* A pixel more or less, and a hundredth, are the rounding of a smaller copy. */
nst_status nst__regions_check(const nst_transfer *transfer)
{
    const nst_image *content = transfer->content;
    for (size_t i = 0; content && i < transfer->style_count; i++) {
        const nst_image *mask = transfer->styles[i].mask;
        if (!mask) continue;
        const double wanted = (double)mask->height * content->width / content->height;
        if (fabs(wanted - mask->width) > 1 + 0.01 * mask->width)
            return nst__fail(NST_ERR_ARGUMENT,
                             "mask of style %zu: expected the proportions of the content, %ux%u, found %ux%u", i + 1,
                             content->width, content->height, mask->width, mask->height);
    }
    return NST_OK;
}

/* ---- At a size ---- */

/* OUT [height, width] = the grey of IMAGE in 0..1. */
static nst_status plane_of(float *out, const nst_image *image, size_t height, size_t width)
{
    nst_status status = NST_OK;
    const nst_image *ready;
    nst_image *resized = NULL;
    NST_TRY(nst__image_at_size(&ready, &resized, image, height, width));
    for (size_t i = 0; i < height * width; i++)
        out[i] = fminf(fmaxf(ready->pixels[3 * i], 0), 1);
out:
    nst_image_destroy(resized);
    return status;
}

/* Divides the masks by their sum where that is above 1. REST, of the styles without a mask, gets what is left; NULL:
 * there are none. */
static void share_out(float *masks, float *rest, size_t regions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t r = 0; r < regions; r++)
            if (masks + r * count != rest) sum += masks[r * count + i];
        for (size_t r = 0; sum > 1 && r < regions; r++)
            masks[r * count + i] /= sum;
        if (rest) rest[i] = sum > 1 ? 0 : 1 - sum;
    }
}

static nst_status multiply_by_alpha(float *masks, size_t regions, const nst_image *content, size_t height, size_t width)
{
    nst_status status = NST_OK;
    const nst_image *ready;
    nst_image *resized = NULL;
    const size_t count = height * width;
    NST_TRY(nst__image_at_size(&ready, &resized, content, height, width));
    for (size_t i = 0; i < regions * count; i++)
        masks[i] *= fminf(fmaxf(ready->alpha[i % count], 0), 1);
out:
    nst_image_destroy(resized);
    return status;
}

nst_status nst__regions_masks(float **out, const nst_transfer *transfer, const nst__config *config, size_t height,
                              size_t width, bool alpha)
{
    const size_t count = height * width;
    nst_status status = NST_OK;
    float *rest = NULL;
    *out = NULL;
    if (!config->masked) return NST_OK;
    *out = nst__alloc(config->regions * count, sizeof **out);
    if (!*out) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = 0; i < transfer->style_count; i++) {
        float *plane = *out + nst__region_of(transfer, i) * count;
        if (!transfer->styles[i].mask) rest = plane;
        if (transfer->styles[i].mask && first_alike(transfer, i) == i)
            NST_TRY(plane_of(plane, transfer->styles[i].mask, height, width));
    }
    if (rest) memset(rest, 0, count * sizeof *rest);
    share_out(*out, rest, config->regions, count);
    if (alpha && transfer->content->alpha)
        NST_TRY(multiply_by_alpha(*out, config->regions, transfer->content, height, width));
out:
    if (status != NST_OK) {
        nst__free(*out);
        *out = NULL;
    }
    return status;
}
