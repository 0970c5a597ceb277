#include "transfer/style.h"
#include "base/alloc.h"

#include <math.h>

nst_status nst_style_create(nst_style **out, const nst_image *image)
{
    nst_status status = NST_OK;
    nst_style *style = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(image);
    NST_TRY(nst__image_check_range(image, "style"));
    style = nst__zalloc(1, sizeof *style);
    if (!style) return NST_ERR_OUT_OF_MEMORY;
    atomic_init(&style->references, 1);
    style->scale = 1;
    NST_TRY(nst_image_copy(&style->image, image));
    NST_TRY(nst__statistics_create(&style->statistics));
    *out = style;
    style = NULL;
out:
    nst_style_destroy(style);
    return status;
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

double nst_style_scale(const nst_style *style)
{
    return style ? style->scale : 0;
}
