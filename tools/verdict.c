#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was seen of two pairs at 192 pixels: the default differs from its content by 38 and 46 of 255 in the mean and
 * brings the style loss to a thousandth; 3 evaluations give 2.4 and 0.77, a content weight of 20 gives 29 and 0.47. */
#define NEAR   (4.0 / 255) /* mean difference from the content, below which it hardly differs */
#define UNSEEN 0.4         /* what is left of the style loss, above which the style hardly shows */
#define ALIKE  0.01        /* style loss of form relative between a picture and itself, scaled otherwise, at most */
#define FEW    10          /* evaluations of the last size: with fewer, more of them help */
#define FALLS  0.95        /* best loss over that of half the evaluations, below which it was still falling */

enum { LONGEST = 512 }; /* pixels of the longer side of what is compared */

nst_status verdict_start(verdict *a, const nst_image *content)
{
    const uint32_t width = nst_image_width(content), height = nst_image_height(content);
    const double longer = width > height ? width : height, scale = longer > LONGEST ? LONGEST / longer : 1;
    *a = (verdict){0};
    return nst_image_resize(&a->content, content, (uint32_t)fmax(1, width * scale), (uint32_t)fmax(1, height * scale));
}

void verdict_free(verdict *a)
{
    nst_image_destroy(a->content);
    *a = (verdict){0};
}

void verdict_follow(verdict *a, const nst_transfer *transfer)
{
    const losses now = losses_of(transfer);
    const double evaluation = nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION);
    if (evaluation == 1 && nst_transfer_progress(transfer, NST_PROGRESS_LEVEL) == 1) a->first = now;
    if (evaluation == 1 || now.total < a->best.total) a->best = now;
    if (2 * evaluation <= nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS)) a->half = a->best.total;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Mean over all values, at the smaller of the two sizes. */
static nst_status difference(double *out, const nst_image *content, const nst_image *result)
{
    const uint32_t width = lesser(nst_image_width(content), nst_image_width(result));
    const uint32_t height = lesser(nst_image_height(content), nst_image_height(result));
    nst_image *a = NULL, *b = NULL;
    nst_status status = nst_image_resize(&a, content, width, height);
    if (status == NST_OK) status = nst_image_resize(&b, result, width, height);
    if (status == NST_OK) {
        const float *x = nst_image_pixels(a), *y = nst_image_pixels(b);
        const size_t count = (size_t)width * height * 3;
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += fabs((double)x[i] - (double)y[i]);
        *out = sum / (double)count;
    }
    nst_image_destroy(a);
    nst_image_destroy(b);
    return status;
}

/* It began as a content or as noise, which have little of the style. A picture may have been painted before, and a
 * recoloured content has the style's colours. */
static bool is_unpainted(const nst_transfer *transfer)
{
    int64_t init = NST_INIT_CONTENT;
    nst_transfer_get_int(transfer, NST_PARAM_INIT, &init);
    return init == NST_INIT_CONTENT || init == NST_INIT_NOISE;
}

/* The content had the style from the beginning, or has got it and looks as before. */
static bool is_alike(const verdict *a, const nst_transfer *transfer)
{
    int64_t form = NST_FORM_GATYS;
    nst_transfer_get_int(transfer, NST_PARAM_FORM, &form);
    return a->best.style <= UNSEEN * a->first.style || (form == NST_FORM_RELATIVE && a->first.style < ALIKE);
}

/* To be freed. */
static char *knob(const verdict *a, const nst_transfer *transfer)
{
    const char *sizes;
    const double evaluations = nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS);
    double weight = 0, style_weight = 1;
    nst_transfer_get_text(transfer, NST_PARAM_SIZES, &sizes);
    nst_transfer_get_float(transfer, NST_PARAM_CONTENT_WEIGHT, &weight);
    nst_transfer_get_float(transfer, NST_PARAM_STYLE_WEIGHT, &style_weight);
    if (!(style_weight > 0)) return print_text("a --style-weight above 0");
    if (is_alike(a, transfer)) return print_text("another style, or --style-scale 2");
    if (weight > 0 && evaluations >= FEW && a->best.total > FALLS * a->half)
        return print_text("--content-weight %.5g", weight / 10);
    if (sizes[strcspn(sizes, "0123456789")]) return print_text("more evaluations in --sizes");
    return print_text("--steps %.0f", 4 * evaluations);
}

nst_status verdict_tell(const verdict *a, const nst_transfer *transfer, const nst_image *result)
{
    const bool unseen = is_unpainted(transfer) && a->best.style > UNSEEN * a->first.style;
    double off = 1;
    const nst_status status = difference(&off, a->content, result);
    if (status != NST_OK || (!unseen && off >= NEAR)) return status;
    char *turn = knob(a, transfer);
    if (off < NEAR)
        tell("nst: note: the result hardly differs from its content, by %.1f of 255 in the mean: try %s", 255 * off,
             turn);
    else
        tell("nst: note: the style hardly shows, %.0f %% of its loss is left: try %s",
             100 * a->best.style / a->first.style, turn);
    free(turn);
    return NST_OK;
}
