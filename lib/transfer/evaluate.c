/* The objective for a caller with a solver of its own. The stage is kept for the next picture of the same size. */
#include "image/image.h"
#include "image/oklab.h"
#include "transfer/painted_colors.h"
#include "transfer/run_ranks.h"
#include "transfer/stage.h"
#include "transfer/transfer.h"
#include "transfer/warnings.h"

#include <math.h>

/* The picture and the gradient of the caller, and a copy of the picture if it is looked at in grey. */
static uint64_t caller_bytes(const nst_transfer *transfer, size_t height, size_t width)
{
    return (nst__paints_grey(transfer) ? 3 : 2) * (uint64_t)height * width * 3 * sizeof(float);
}

static nst_status stage_for(nst_transfer *transfer, size_t height, size_t width)
{
    nst_status status = NST_OK;
    nst__config config;
    nst__stage_plan plan = {.bytes = 0};
    const nst__distributed content = nst__distributed_alone(transfer->content);
    if (transfer->stage && transfer->stage->height == height && transfer->stage->width == width) return NST_OK;
    nst__transfer_forget(transfer, false);
    nst__kept_content_clear(&transfer->kept);
    transfer->resumes = false;
    NST_TRY(nst__transfer_enter(transfer));
    NST_TRY(nst__run_ranks_refuse(transfer, "nst_transfer_evaluate"));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(nst__stage_check(transfer, &config, height, width));
    NST_TRY(nst__stage_plan_make(&plan, transfer, &config, height, width, caller_bytes(transfer, height, width), 0));
    NST_TRY(nst__stage_plan_check(&plan, transfer));
    NST_TRY(nst__transfer_update_warnings(transfer, &plan));
    NST_TRY(nst__stage_create(&transfer->stage, transfer, &content, &config, &plan));
out:
    nst__stage_plan_release(&plan);
    return status;
}

nst_status nst_transfer_evaluate(nst_transfer *transfer, const nst_image *image, double *total, float *gradient)
{
    nst_status status = NST_OK;
    nst_image *grey = NULL;
    double value;
    nst__host_answer answer;
    if (total) *total = 0;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_NEED(total);
    status = nst__transfer_begin(transfer, __func__);
    if (status != NST_OK) return status;
    NST_TRY(stage_for(transfer, image->height, image->width));
    if (nst__paints_grey(transfer)) {
        NST_TRY(nst_image_copy(&grey, image));
        nst__image_to_grey(grey);
        image = grey;
    }
    status = nst__stage_evaluate(transfer, transfer->stage, image->pixels, &value, gradient, &answer);
    if (status == NST_ERR_CALLBACK && answer.code == NST_OBJECTIVE_STOP)
        nst__fail(status, "the term '%s' stopped the evaluation, which has no result before its end", answer.term);
    NST_TRY(status);
    if (isfinite(value))
        *total = value;
    else
        status = nst__fail(NST_ERR_NON_FINITE,
                           "the objective is %g at this picture: its pixels or weights are not sane", value);
out:
    nst_image_destroy(grey);
    return nst__transfer_end(transfer, __func__, status);
}
