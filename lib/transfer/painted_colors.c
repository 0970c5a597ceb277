#include "transfer/painted_colors.h"
#include "image/image.h"
#include "image/oklab.h"
#include "transfer/regions.h"

#include <math.h>

enum { MASK_SIDE = 512 };

static nst_color color_of(const nst_transfer *transfer)
{
    return (nst_color)nst__settings_int(&transfer->settings, NST_PARAM_COLOR);
}

bool nst__paints_grey(const nst_transfer *transfer)
{
    const nst_color color = color_of(transfer);
    return color == NST_COLOR_LUMA || color == NST_COLOR_BOTH;
}

/* ---- How styles are recoloured ---- */

static nst__color_moments moments_of(const nst__distributed *picture, const nst__pixel_weights *weights,
                                     const nst__recolor *recolor)
{
    nst__color_moments moments;
    nst__color_moments_of_all(&moments, picture, weights, recolor);
    return moments;
}

/* Both: the greys are those of the style after the match of its colours. WEIGHTS: of the content. */
static nst__recolor recolor_of(const nst_image *painting, const nst__distributed *content,
                               const nst__pixel_weights *weights, nst_color color)
{
    const nst__pixel_weights all = {painting->alpha, painting->height, painting->width};
    const nst__distributed alone = nst__distributed_alone(painting), *style = &alone;
    const nst__recolor grey = nst__recolor_to_grey();
    nst__recolor recolor = nst__recolor_none();
    if (color == NST_COLOR_MATCH || color == NST_COLOR_BOTH) {
        const nst__color_moments from = moments_of(style, &all, &recolor), to = moments_of(content, weights, &recolor);
        nst__recolor_match(&recolor, &from, &to);
    }
    if (color == NST_COLOR_LUMA || color == NST_COLOR_BOTH) {
        recolor.grey = 1;
        const nst__color_moments from = moments_of(style, &all, &recolor), to = moments_of(content, weights, &grey);
        nst__recolor_match_grey(&recolor, &from, &to);
    }
    return recolor;
}

/* At most MASK_SIDE long: small beside the memory of a run, and fine enough for means. */
nst_status nst__color_masks(nst__masks *out, nst__pixel_weights *size, const nst_transfer *transfer,
                            const nst__config *config)
{
    const nst_image *content = transfer->content;
    *out = (nst__masks){.content = NULL};
    *size = (nst__pixel_weights){content->alpha, content->height, content->width};
    if (!config->masked) return NST_OK;
    const double longer = fmax(content->height, content->width), scale = fmin(1, MASK_SIDE / longer);
    size->height = (size_t)fmax(1, round(scale * content->height));
    size->width = (size_t)fmax(1, round(scale * content->width));
    return nst__masks_create(out, transfer, config, size->height, size->width);
}

nst_status nst__match_colors(nst_transfer *transfer, const nst__config *config)
{
    const nst_color color = color_of(transfer);
    nst_status status = NST_OK;
    nst__pixel_weights weights;
    nst__masks masks = {.content = NULL};
    nst__distributed content;
    if (color == NST_COLOR_STYLE || transfer->colors_known) return NST_OK;
    if (!transfer->content)
        return nst__fail(NST_ERR_STATE, "color %s: no content picture is set to take colours from",
                         nst__settings_text(&transfer->settings, NST_PARAM_COLOR));
    NST_TRY(nst__distributed_open(&content, nst__engine_ranks(config->engine), transfer->content));
    NST_TRY(nst__color_masks(&masks, &weights, transfer, config));
    for (size_t i = 0; i < transfer->style_count; i++) {
        struct nst__styling *styling = &transfer->styles[i];
        if (styling->style->saved)
            NST_TRY(nst__fail(NST_ERR_STATE, "color %s: style %zu has no picture whose colours could be changed: %s",
                              nst__settings_text(&transfer->settings, NST_PARAM_COLOR), i + 1,
                              styling->style->saved->text[NST_STYLE_SOURCE]));
        if (config->masked) weights.values = masks.region[nst__region_of(transfer, i)];
        styling->recolors = true;
        styling->recolor = recolor_of(styling->style->image, &content, &weights, color);
    }
    transfer->colors_known = true;
out:
    nst__masks_release(&masks);
    nst__distributed_close(&content);
    return status;
}

void nst__forget_colors(nst_transfer *transfer)
{
    for (size_t i = 0; i < transfer->style_count; i++)
        transfer->styles[i].recolors = false;
    transfer->colors_known = false;
}

/* ---- Pictures ---- */

/* As nst__image_at_size(), but the caller may change *OUT, if COPY is true. */
static nst_status at_size(const nst_image **out, nst_image **owned, const nst_image *image, size_t height, size_t width,
                          bool copy)
{
    nst_status status = NST_OK;
    NST_TRY(nst__image_at_size(out, owned, image, height, width));
    if (copy && !*owned) {
        NST_TRY(nst_image_copy(owned, image));
        *out = *owned;
    }
out:
    return status;
}

nst_status nst__style_in_colors(nst_image **out, const struct nst__styling *styling, size_t height, size_t width,
                                nst__rows rows)
{
    nst_status status = NST_OK;
    NST_TRY(nst__image_resize_rows(out, styling->style->image, width, height, rows));
    if (styling->recolors) nst__image_recolor(*out, &styling->recolor);
out:
    return status;
}

nst_status nst__content_in_colors(const nst_image **out, nst_image **owned, const nst_transfer *transfer,
                                  const nst_image *content, size_t height, size_t width)
{
    const bool grey = nst__paints_grey(transfer);
    nst_status status = NST_OK;
    NST_TRY(at_size(out, owned, content, height, width, grey && content == transfer->content));
    if (grey && *owned) nst__image_to_grey(*owned);
out:
    return status;
}

void nst__grey_gradient(float *gradient, size_t count)
{
    for (size_t i = 0; i < count; i += 3) {
        const float mean = (gradient[i] + gradient[i + 1] + gradient[i + 2]) / 3;
        gradient[i] = gradient[i + 1] = gradient[i + 2] = mean;
    }
}

nst_status nst__finish_colors(nst_image *painting, const nst_transfer *transfer)
{
    nst_status status = NST_OK;
    const nst_image *content;
    nst_image *resized = NULL;
    if (!nst__paints_grey(transfer)) return NST_OK;
    NST_TRY(nst__image_at_size(&content, &resized, transfer->content, painting->height, painting->width));
    nst__image_put_colors(painting, content);
out:
    nst_image_destroy(resized);
    return status;
}
