#include "transfer/finish.h"
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/freeze.h"
#include "transfer/painted_colors.h"
#include "transfer/painting.h"
#include "transfer/screened_poisson.h"

#include <math.h>

static void clamp(nst_image *image)
{
    const size_t values = (size_t)image->width * image->height * 3;
    for (size_t i = 0; i < values; i++)
        image->pixels[i] = fminf(fmaxf(image->pixels[i], 0), 1);
}

/* By NST_PARAM_POISSON_RADIUS, those of FROM. */
static nst_status take_gradients(nst_image *image, nst_transfer *transfer, const nst_image *from)
{
    nst_image *resized = NULL;
    const double longer = fmax(image->width, image->height);
    const double radius = longer * nst__settings_float(&transfer->settings, NST_PARAM_POISSON_RADIUS);
    const nst_image *ready;
    nst_status status = NST_OK;
    if (!(radius > 0)) return NST_OK;
    NST_TRY(nst__content_in_colors(&ready, &resized, transfer, from, image->height, image->width));
    NST_TRY(nst__screened_poisson(image, ready, radius, transfer->engine));
    clamp(image);
out:
    nst_image_destroy(resized);
    return status;
}

static nst_status take_frozen(nst_image *image, const nst_transfer *transfer, const nst_image *content)
{
    nst__freeze *freeze;
    if (!transfer->freeze) return NST_OK;
    const nst_status status = nst__freeze_create(&freeze, transfer->freeze, content, image->height, image->width);
    if (status != NST_OK) return status;
    nst__freeze_restore(freeze, image->pixels);
    nst__freeze_destroy(freeze);
    return NST_OK;
}

static nst_status take_alpha(nst_image *image, const nst_image *content)
{
    nst_image *resized;
    nst__free_aligned(image->alpha);
    image->alpha = NULL;
    if (!content->alpha) return NST_OK;
    const nst_status status = nst_image_resize(&resized, content, image->width, image->height);
    if (status != NST_OK) return status;
    image->alpha = resized->alpha;
    resized->alpha = NULL;
    nst_image_destroy(resized);
    return NST_OK;
}

/* The result is written with the bits that the content has. */
static nst_status take_depth(nst_image *image, const nst_transfer *transfer)
{
    const int64_t depth = nst__settings_int(&transfer->content->settings, NST_PARAM_PNG_DEPTH);
    return nst__settings_set_int(&image->settings, NST_PARAM_PNG_DEPTH, depth);
}

nst_status nst__finish_picture(nst_image *image, nst_transfer *transfer, nst_image **copy, const nst_image *recolored)
{
    nst_status status = NST_OK;
    const nst_image *content = *copy ? *copy : transfer->content;
    clamp(image);
    /* Where the light of the content turns from blue to orange, its own gradients would leave a blue seam along edges;
     * those of the recoloured content do not. */
    NST_TRY(take_gradients(image, transfer, recolored ? recolored : content));
    if (nst__paints_grey(transfer)) { /* the copy makes room for another in colour */
        nst_image_destroy(*copy);
        *copy = NULL;
        content = transfer->content;
        NST_TRY(nst__finish_colors(image, transfer));
    }
    NST_TRY(take_frozen(image, transfer, content));
    NST_TRY(take_alpha(image, content));
    NST_TRY(take_depth(image, transfer));
out:
    return status;
}

nst_status nst_transfer_snapshot(nst_image **out, nst_transfer *transfer)
{
    nst_status status = NST_OK;
    nst_image *copy = NULL;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(transfer);
    if (!transfer->at_work) return nst__fail(NST_ERR_STATE, "a snapshot can only be taken from the progress callback");
    NST_TRY(nst__painting_seen(&copy, transfer->at_work, transfer->at_work_larger));
    NST_TRY(nst__finish_colors(copy, transfer));
    NST_TRY(take_depth(copy, transfer));
    *out = copy;
    copy = NULL;
out:
    nst_image_destroy(copy);
    return status;
}
