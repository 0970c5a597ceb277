#include "transfer/stage.h"
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/regions.h"
#include "transfer/painted_colors.h"

/* The content at the size of PLAN; of several ranks the window of this one, and NULL if it has no rows. */
static nst_status open_content(const nst_image **out, nst__stage *stage, const nst_transfer *transfer,
                               const nst__distributed *content, const nst__plan *plan)
{
    nst_status status = NST_OK;
    if (!plan->bands.ranks)
        return nst__content_in_colors(out, &stage->content, transfer, content->image, plan->height, plan->width);
    NST_TRY(nst__distributed_resize(&stage->content, content, plan->width, plan->height,
                                    nst__bands_all_windows(&plan->bands)));
    *out = stage->content;
out:
    return status;
}

nst_status nst__stage_create(nst__stage **out, const nst_transfer *transfer, const nst__distributed *content,
                             const nst__config *config, const nst__stage_plan *plan)
{
    nst_status status = NST_OK;
    const nst_image *ready = NULL;
    nst__picture picture = {0};
    nst__masks masks = {.content = NULL};
    nst__stage *stage = nst__zalloc(1, sizeof *stage);
    *out = NULL;
    if (!stage) return NST_ERR_OUT_OF_MEMORY;
    stage->height = nst__rows_count(nst__bands_own(&plan->objective.bands));
    stage->width = plan->objective.width;
    stage->grey = nst__paints_grey(transfer);
    if (nst__stage_needs_content(transfer, config) && !nst__stage_has_content(transfer, config, plan)) {
        NST_TRY(open_content(&ready, stage, transfer, content, &plan->objective));
        if (ready) picture = (nst__picture){ready->height, stage->width, ready->pixels, ready->alpha};
    }
    NST_TRY(nst__masks_create(&masks, transfer, config, stage->height, stage->width));
    NST_TRY(nst__objective_create(&stage->objective, config, &plan->objective, ready ? &picture : NULL, &masks,
                                  plan->style));
    if (transfer->freeze)
        NST_TRY(nst__freeze_create(&stage->freeze, transfer->freeze, content->image, stage->height, stage->width));
    if (stage->freeze && stage->grey) nst__freeze_in_grey(stage->freeze);
    if (transfer->host_terms.count > 0) {
        stage->host_gradient = nst__alloc_aligned(stage->height * stage->width * 3, sizeof *stage->host_gradient);
        if (!stage->host_gradient) {
            status = NST_ERR_OUT_OF_MEMORY;
            goto out;
        }
    }
    if (nst__objective_tiles(stage->objective) <= 1 && !(config->matting_weight > 0)) { /* its features are enough */
        nst_image_destroy(stage->content);
        stage->content = NULL;
    }
    *out = stage;
    stage = NULL;
out:
    nst__masks_release(&masks);
    nst__stage_destroy(stage);
    return status;
}

void nst__stage_destroy(nst__stage *stage)
{
    if (!stage) return;
    nst__objective_destroy(stage->objective);
    nst__freeze_destroy(stage->freeze);
    nst_image_destroy(stage->content);
    nst__free_aligned(stage->host_gradient);
    nst__free(stage);
}

const float *nst__stage_seen(nst__stage *stage, const float *x)
{
    return stage->freeze ? nst__freeze_seen(stage->freeze, x) : x;
}

nst_status nst__stage_evaluate(nst_transfer *transfer, nst__stage *stage, const float *x, double *total,
                               float *gradient, nst__host_answer *answer)
{
    nst_status status = NST_OK;
    nst__term_value of_host[NST__HOST_TERMS];
    x = nst__stage_seen(stage, x);
    NST_TRY(nst__objective_evaluate(stage->objective, x, total, gradient));
    NST_TRY(nst__host_terms_evaluate(&transfer->host_terms, transfer, stage->height, stage->width, x, total, gradient,
                                     stage->host_gradient, of_host, answer));
    if (stage->freeze && gradient) nst__freeze_gradient(stage->freeze, gradient);
    if (gradient && stage->grey) nst__grey_gradient(gradient, stage->height * stage->width * 3);
    /* Only now: a term may read those of the evaluation before. */
    transfer->terms = 0;
    for (size_t i = 0; i < nst__objective_terms(stage->objective); i++)
        transfer->term[transfer->terms++] = nst__objective_term(stage->objective, i);
    for (size_t i = 0; i < transfer->host_terms.count; i++)
        transfer->term[transfer->terms++] = of_host[i];
out:
    return status;
}
