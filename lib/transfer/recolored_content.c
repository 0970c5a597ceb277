#include "transfer/recolored_content.h"
#include "transfer/painted_colors.h"
#include "transfer/region_seams.h"
#include "transfer/regions.h"

#include <math.h>

/* The moments of the styles of a REGION together, each as it is measured. */
static nst__color_moments moments_of_styles(const nst_transfer *transfer, size_t region)
{
    nst__color_moments sum = {.mass = 0}, own;
    const nst__recolor none = nst__recolor_none();
    for (size_t i = 0; i < transfer->style_count; i++) {
        const struct nst__styling *styling = &transfer->styles[i];
        const nst_image *image = styling->style->image;
        const nst__pixel_weights weights = {image->alpha, image->height, image->width};
        if (nst__region_of(transfer, i) != region) continue;
        nst__color_moments_of(&own, image, &weights, styling->recolors ? &styling->recolor : &none);
        nst__color_moments_add(&sum, &own, styling->share);
    }
    return sum;
}

static nst_status find_maps(nst__recolor maps[NST__MAX_REGIONS], const nst_transfer *transfer,
                            const nst__config *config)
{
    const nst__recolor as_painted = nst__paints_grey(transfer) ? nst__recolor_to_grey() : nst__recolor_none();
    nst_status status = NST_OK;
    nst__masks masks = {.content = NULL};
    nst__pixel_weights weights;
    nst__distributed content;
    NST_TRY(nst__distributed_open(&content, nst__engine_ranks(config->engine), transfer->content));
    NST_TRY(nst__color_masks(&masks, &weights, transfer, config));
    for (size_t r = 0; r < config->regions; r++) {
        const nst__color_moments styles = moments_of_styles(transfer, r);
        nst__color_moments own;
        if (config->masked) weights.values = masks.region[r];
        nst__color_moments_of_all(&own, &content, &weights, &as_painted);
        maps[r] = nst__recolor_none();
        nst__recolor_match(&maps[r], &own, &styles);
    }
out:
    nst__masks_release(&masks);
    nst__distributed_close(&content);
    return status;
}

/* Where regions overlap, each counts by its mask and the weight of its styles. What no region covers stays. */
static void recolor_pixel(float *pixel, size_t index, const nst__recolor *maps, const nst__masks *masks,
                          const nst__config *config)
{
    const double x[3] = {(double)pixel[0], (double)pixel[1], (double)pixel[2]};
    double covered = 0, sum = 0, change[3] = {0}, y[3];
    for (size_t r = 0; r < config->regions; r++) {
        const double mask = config->masked ? (double)masks->region[r][index] : 1;
        const double weight = mask * config->region_weight[r];
        nst__recolor_pixel(&maps[r], x, y);
        covered += mask;
        sum += weight;
        for (size_t c = 0; c < 3; c++)
            change[c] += weight * (y[c] - x[c]);
    }
    for (size_t c = 0; c < 3 && sum > 0; c++)
        pixel[c] = (float)(x[c] + fmin(covered, 1) * change[c] / sum);
}

nst_status nst__recolored_content(nst_image **out, const nst_transfer *transfer, const nst__config *config,
                                  const nst_image *content)
{
    nst_status status = NST_OK;
    nst__recolor maps[NST__MAX_REGIONS];
    nst__masks masks = {.content = NULL};
    nst_image *copy = NULL;
    *out = NULL;
    NST_TRY(find_maps(maps, transfer, config));
    NST_TRY(nst__masks_create(&masks, transfer, config, content->height, content->width));
    NST_TRY(nst_image_copy(&copy, content));
    for (size_t i = 0; i < (size_t)copy->width * copy->height; i++)
        recolor_pixel(copy->pixels + 3 * i, i, maps, &masks, config);
    if (config->regions > 1) NST_TRY(nst__smooth_seams(copy, content, &masks, config->regions));
    *out = copy;
    copy = NULL;
out:
    nst__masks_release(&masks);
    nst_image_destroy(copy);
    return status;
}
