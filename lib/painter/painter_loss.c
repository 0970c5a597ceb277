/* A painter's loss on one photo: what a training minimises. */
#include "base/alloc.h"
#include "image/image.h"
#include "nn/engine_handle.h"
#include "painter/painter.h"
#include "painter/painter_noise.h"
#include "painter/painter_run.h"
#include "tensor/gemm.h"

#include <string.h>

static nst_status check_sides(const nst_image *photo)
{
    const uint32_t step = NST__PAINTER_STEP, least = NST__PAINTER_LEAST;
    if (photo->width % step == 0 && photo->height % step == 0 && photo->width >= least && photo->height >= least)
        return NST_OK;
    return nst__fail(NST_ERR_ARGUMENT, "photo: expected sides that are multiples of %u, at least %u, found %ux%u", step,
                     least, photo->width, photo->height);
}

/* The value and gradient of TRANSFER at the pixels that were painted from PHOTO. */
static nst_status judge(nst_transfer *transfer, const nst_image *photo, float *pixels, double *total, float *gradient)
{
    nst_status status = NST_OK;
    const nst_image painted = {.width = photo->width, .height = photo->height, .pixels = pixels, .borrowed = true};
    NST_TRY(nst_transfer_set_content(transfer, photo));
    NST_TRY(nst_transfer_evaluate(transfer, &painted, total, gradient));
out:
    return status;
}

nst_status nst_painter_evaluate(nst_painter *painter, nst_transfer *transfer, const nst_image *photo, double *total,
                                float *gradient)
{
    nst_status status = NST_OK;
    nst__engine *engine = NULL;
    float *slopes = NULL, *input = NULL;
    if (total) *total = 0;
    NST_NEED(painter);
    NST_NEED(transfer);
    NST_NEED(photo);
    NST_NEED(total);
    if (gradient && !NST__TRAINING)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: this build of libnst trains no painters", __func__);
    NST_TRY(check_sides(photo));
    NST_TRY(nst__image_check_range(photo, "photo"));
    NST_TRY(nst__painter_enter(&engine, painter));
    nst__painter_run run = {.net = painter->net, .engine = engine, .training = gradient != NULL};
    nst__painter_run_plan(&run, photo->height, photo->width);
    NST_TRY(nst__painter_run_prepare(&run));
    input = nst__alloc_aligned((size_t)photo->height * photo->width * 3, sizeof *input);
    slopes = gradient ? nst__alloc_aligned((size_t)photo->height * photo->width * 3, sizeof *slopes) : NULL;
    if (!input || (gradient && !slopes)) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    memcpy(input, photo->pixels, (size_t)photo->height * photo->width * 3 * sizeof *input);
    for (size_t row = 0; row < photo->height; row++)
        nst__painter_add_noise(row, 0, photo->width, input + row * photo->width * 3);
    nst__blas_enter();
    float *pixels = nst__painter_run_forward(&run, input, NULL).data;
    nst__blas_leave();
    NST_TRY(judge(transfer, photo, pixels, total, slopes));
    if (!gradient) goto out;
    nst__blas_enter();
    nst__painter_run_backward(&run, input, slopes, gradient);
    nst__blas_leave();
out:
    if (engine) nst__engine_leave(painter->engine, engine);
    nst__free_aligned(slopes);
    nst__free_aligned(input);
    return status;
}
