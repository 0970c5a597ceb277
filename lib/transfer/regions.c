#include "transfer/regions.h"
#include "base/alloc.h"
#include "image/image.h"

#include <math.h>
#include <stdio.h>
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

/* Of blended losses each style is a region of its own, which may be the same place as another. */
static bool blends_losses(const nst_transfer *transfer)
{
    return nst__settings_int(&transfer->settings, NST_PARAM_BLEND) == NST_BLEND_LOSS;
}

size_t nst__region_of(const nst_transfer *transfer, size_t index)
{
    if (blends_losses(transfer)) return index;
    const size_t first = first_alike(transfer, index);
    size_t region = 0;
    for (size_t i = 0; i < first; i++)
        region += first_alike(transfer, i) == i;
    return region;
}

nst_status nst__regions_config(nst__config *config, const nst_transfer *transfer)
{
    config->regions = 1;
    config->masked = transfer->freeze != NULL;
    config->content_map = transfer->content_map != NULL;
    for (size_t i = 0; i < NST__MAX_REGIONS; i++)
        config->region_weight[i] = 0;
    for (size_t i = 0; i < transfer->style_count; i++) {
        const size_t region = nst__region_of(transfer, i);
        if (region >= NST__MAX_REGIONS)
            return nst__fail(
                NST_ERR_RANGE,
                "styles: expected at most %d regions of the content, or styles with blend loss, found more",
                NST__MAX_REGIONS);
        if (region >= config->regions) config->regions = region + 1;
        config->region_weight[region] += transfer->styles[i].share;
        if (transfer->styles[i].mask) config->masked = true;
    }
    if (config->regions * config->style_taps > NST__MAX_STYLE_TERMS)
        return nst__fail(NST_ERR_RANGE,
                         "styles: expected at most %d style losses, found %zu regions with %zu layers each",
                         NST__MAX_STYLE_TERMS, config->regions, config->style_taps);
    return NST_OK;
}

/* A pixel more or less, and a hundredth, are the rounding of a smaller copy. */
static nst_status check_mask(const nst_image *mask, const nst_image *content, const char *what, const char *number)
{
    if (!mask) return NST_OK;
    const double wanted = (double)mask->height * content->width / content->height;
    if (fabs(wanted - mask->width) <= 1 + 0.01 * mask->width) return NST_OK;
    return nst__fail(NST_ERR_ARGUMENT, "%s%s: expected the proportions of the content, %ux%u, found %ux%u", what,
                     number, content->width, content->height, mask->width, mask->height);
}

nst_status nst__regions_check(const nst_transfer *transfer)
{
    const nst_image *content = transfer->content;
    nst_status status = NST_OK;
    if (!content && transfer->freeze) return nst__fail(NST_ERR_STATE, "freeze: no content picture is set");
    if (!content) return NST_OK;
    NST_TRY(check_mask(transfer->freeze, content, "freeze", ""));
    NST_TRY(check_mask(transfer->content_map, content, "content map", ""));
    for (size_t i = 0; i < transfer->style_count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        NST_TRY(check_mask(transfer->styles[i].mask, content, "mask of style ", number));
    }
out:
    return status;
}

/* ---- At a size ---- */

/* OUT [height, width] = the grey of IMAGE, from 0 to MOST. */
static nst_status plane_of(float *out, const nst_image *image, float most, size_t height, size_t width)
{
    nst_status status = NST_OK;
    const nst_image *ready;
    nst_image *resized = NULL;
    NST_TRY(nst__image_at_size(&ready, &resized, image, height, width));
    for (size_t i = 0; i < height * width; i++)
        out[i] = fminf(fmaxf(ready->pixels[3 * i], 0), most);
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

/* Multiplies all masks by FACTORS, or by 1 - FACTORS. */
static void multiply(float *masks, size_t regions, const float *factors, bool rest, size_t count)
{
    for (size_t i = 0; i < regions * count; i++) {
        const float factor = fminf(fmaxf(factors[i % count], 0), 1);
        masks[i] *= rest ? 1 - factor : factor;
    }
}

static nst_status multiply_by_alpha(float *masks, size_t regions, const nst_image *content, size_t height, size_t width)
{
    nst_status status = NST_OK;
    const nst_image *ready;
    nst_image *resized = NULL;
    NST_TRY(nst__image_at_size(&ready, &resized, content, height, width));
    multiply(masks, regions, ready->alpha, false, height * width);
out:
    nst_image_destroy(resized);
    return status;
}

static nst_status thaw(float *masks, size_t regions, const nst_image *freeze, size_t height, size_t width)
{
    nst_status status = NST_OK;
    float *frozen = nst__alloc(height * width, sizeof *frozen);
    if (!frozen) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(plane_of(frozen, freeze, 1, height, width));
    multiply(masks, regions, frozen, true, height * width);
out:
    nst__free(frozen);
    return status;
}

/* PLANES [regions, height, width], zero: the masks as they are given. *REST: of the styles without one, or NULL. */
static nst_status load_masks(float *planes, float **rest, const nst_transfer *transfer, size_t height, size_t width)
{
    const size_t count = height * width;
    nst_status status = NST_OK;
    *rest = NULL;
    for (size_t i = 0; i < transfer->style_count; i++) {
        float *plane = planes + nst__region_of(transfer, i) * count;
        if (first_alike(transfer, i) != i) continue;
        if (transfer->styles[i].mask)
            NST_TRY(plane_of(plane, transfer->styles[i].mask, 1, height, width));
        else
            *rest = plane;
    }
out:
    return status;
}

/* Of blended losses the styles of one place each get a copy of its mask. */
static void copy_alike(float *planes, const nst_transfer *transfer, size_t count)
{
    for (size_t i = 0; blends_losses(transfer) && i < transfer->style_count; i++)
        if (first_alike(transfer, i) != i)
            memcpy(planes + i * count, planes + first_alike(transfer, i) * count, count * sizeof *planes);
}

static nst_status fill_regions(float *planes, const nst_transfer *transfer, size_t regions, size_t height, size_t width)
{
    const size_t count = height * width;
    nst_status status = NST_OK;
    float *rest;
    NST_TRY(load_masks(planes, &rest, transfer, height, width));
    share_out(planes, rest, regions, count);
    copy_alike(planes, transfer, count);
    if (transfer->content && transfer->content->alpha)
        NST_TRY(multiply_by_alpha(planes, regions, transfer->content, height, width));
    if (transfer->freeze) NST_TRY(thaw(planes, regions, transfer->freeze, height, width));
out:
    return status;
}

nst_status nst__masks_create(nst__masks *out, const nst_transfer *transfer, const nst__config *config, size_t height,
                             size_t width)
{
    const size_t count = height * width, regions = config->masked ? config->regions : 0;
    nst_status status = NST_OK;
    *out = (nst__masks){.content = NULL};
    if (regions > 0) {
        float *planes = nst__zalloc(regions * count, sizeof *planes);
        if (!planes) return NST_ERR_OUT_OF_MEMORY;
        for (size_t r = 0; r < regions; r++)
            out->region[r] = planes + r * count;
        NST_TRY(fill_regions(planes, transfer, regions, height, width));
    }
    if (config->content_map) {
        float *plane = nst__alloc(count, sizeof *plane);
        if (!plane) return NST_ERR_OUT_OF_MEMORY;
        out->content = plane;
        NST_TRY(plane_of(plane, transfer->content_map, INFINITY, height, width));
    }
out:
    return status;
}

void nst__masks_release(nst__masks *masks)
{
    nst__free((float *)(uintptr_t)masks->region[0]); /* the first of all */
    nst__free((float *)(uintptr_t)masks->content);
}

nst_status nst__regions_survey(nst__survey *out, const nst_transfer *transfer, const nst__config *config, size_t height,
                               size_t width)
{
    const size_t count = height * width;
    nst_status status = NST_OK;
    float *planes = nst__zalloc(config->regions * count, sizeof *planes), *rest;
    *out = (nst__survey){.overlap = 0};
    if (!planes) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(load_masks(planes, &rest, transfer, height, width));
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t r = 0; r < config->regions; r++)
            sum += planes[r * count + i];
        out->overlap += sum > 1.01F ? 1 / (double)count : 0;
        out->hole += !rest && sum < 0.99F ? 1 / (double)count : 0;
    }
    share_out(planes, rest, config->regions, count);
    copy_alike(planes, transfer, count);
    for (size_t r = 0; r < config->regions; r++)
        for (size_t i = 0; i < count; i++)
            out->pixels[r] += (double)planes[r * count + i];
out:
    nst__free(planes);
    return status;
}
