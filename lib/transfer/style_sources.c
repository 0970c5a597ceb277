#include "transfer/style_sources.h"
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/regions.h"
#include "transfer/painted_colors.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(nst__recolor) == NST__PIXEL_CHANGE * sizeof(double), "the key holds all of it");

/* Side number STEP of the grid of style sizes, 2^(STEP/4) pixels. By a table: pow() differs from machine to machine. */
static double grid_side(int step)
{
    static const double root[] = {1, 1.189207115002721, 1.4142135623730951, 1.6817928305074290};
    return ldexp(root[step % 4], step / 4);
}

/* Returns the square root of a style's area: WANTED, rounded to the grid, at most 9 % off. If only the last step would
 * enlarge a style beyond its OWN pixels, it is one step smaller. The shorter side, SHORTER times the result, is at
 * least LEAST, which the layers need. */
static double style_side(double wanted, double own, double shorter, size_t least)
{
    const double half_a_step = 1.0905077326652577; /* 2^(1/8) */
    int step = 0;
    while (grid_side(step) * half_a_step < wanted)
        step++;
    if (step > 0 && grid_side(step) > own && grid_side(step - 1) <= own) step--;
    while (grid_side(step) * shorter < (double)least)
        step++;
    return grid_side(step);
}

/* The size of STYLE for a picture of HEIGHT x WIDTH: STYLE_SCALE^2 times its area, rounded to a grid of sizes. The grid
 * is the same for all pictures, so the statistics of a style serve all pictures of about one size. */
static void style_size(const nst_transfer *transfer, const nst__config *config, const nst_style *style, size_t height,
                       size_t width, size_t *style_height, size_t *style_width)
{
    const double scale = nst__settings_float(&transfer->settings, NST_PARAM_STYLE_SCALE) * style->scale;
    const double own = sqrt((double)style->height * (double)style->width);
    const double tall = sqrt((double)style->height / (double)style->width);
    const nst__net net = nst__config_net(config, false);
    const size_t least = nst__net_least(&net);
    *style_height = style->height;
    *style_width = style->width;
    if (scale > 0 || style->height < least || style->width < least) {
        const double wanted = scale > 0 ? scale * sqrt((double)height * (double)width) : own;
        const double side = style_side(wanted, own, fmin(tall, 1 / tall), least);
        *style_height = (size_t)fmax(round(side * tall), (double)least);
        *style_width = (size_t)fmax(round(side / tall), (double)least);
    }
}

/* Rows of the painting itself, if it has the size and the colours. */
static nst_status open_style(nst__picture *out, void **token, const nst__style_source *source, nst__rows rows)
{
    const struct nst__styling *styling = source->user;
    const nst_image *image = styling->style->image;
    nst_status status = NST_OK;
    nst_image *made = NULL;
    if (source->row_bytes > 0) NST_TRY(nst__style_in_colors(&made, styling, source->height, source->width, rows));
    const size_t above = made ? 0 : rows.first * source->width;
    if (made) image = made;
    *out = (nst__picture){nst__rows_count(rows), source->width, image->pixels + 3 * above,
                          image->alpha ? image->alpha + above : NULL};
    *token = made;
out:
    return status;
}

static void close_style(void *token)
{
    nst_image_destroy(token);
}

static void recall_style(float *out, const nst__style_source *source, const nst__config *config)
{
    const struct nst__styling *styling = source->user;
    nst__saved_style_recall(out, styling->style->saved, config, source->height, source->width);
}

nst__style_source nst__style_source_at(const struct nst__styling *styling, size_t height, size_t width)
{
    const nst_style *style = styling->style;
    nst__style_source source = {.height = height,
                                .width = width,
                                .alpha = style->image && style->image->alpha,
                                .weight = styling->share,
                                .statistics = style->statistics,
                                .open = open_style,
                                .close = close_style,
                                .recall = style->saved ? recall_style : NULL,
                                .user = styling};
    if (styling->recolors) memcpy(source.pixel_change, &styling->recolor, sizeof styling->recolor);
    if (styling->recolors || (style->image && (height != style->height || width != style->width)))
        source.row_bytes = width * (source.alpha ? 4 : 3) * sizeof(float);
    return source;
}

nst__style_source nst__style_source_of(const nst_transfer *transfer, const nst__config *config,
                                       const struct nst__styling *styling, size_t height, size_t width)
{
    size_t style_height, style_width;
    style_size(transfer, config, styling->style, height, width, &style_height, &style_width);
    return nst__style_source_at(styling, style_height, style_width);
}

nst_status nst__style_sources(nst__style_source **out, size_t *count, const nst_transfer *transfer,
                              const nst__config *config, size_t height, size_t width)
{
    nst_status status = NST_OK;
    *count = config->style_taps ? transfer->style_count : 0;
    *out = nst__zalloc(*count, sizeof **out);
    if (!*out) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const nst__saved_style *saved = transfer->styles[i].style->saved;
        nst__style_source *source = &(*out)[i];
        *source = nst__style_source_of(transfer, config, &transfer->styles[i], height, width);
        source->region = nst__region_of(transfer, i);
        const struct nst__saved_size size = {source->height, source->width};
        if (saved) NST_TRY(nst__saved_style_check(saved, config, size, height, width));
    }
out:
    return status;
}
