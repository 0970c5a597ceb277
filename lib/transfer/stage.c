/* One size of the pyramid: its pictures, its objective, and the evaluation through the public API. */
#include "base/alloc.h"
#include "base/assert.h"
#include "image/image.h"
#include "transfer/pyramid.h"
#include "transfer/transfer.h"

#include <math.h>

nst_status nst__transfer_config(const nst_transfer *transfer, nst__config *config)
{
    const nst__settings *settings = &transfer->settings;
    nst_status status = NST_OK;
    *config = (nst__config){
        .model = transfer->model,
        .engine = transfer->engine,
        .profile = (nst__profile *)(uintptr_t)&transfer->profile,
        .cancel = (nst__cancel *)(uintptr_t)&transfer->cancel,
        .form = (nst_form)nst__settings_int(settings, NST_PARAM_FORM),
        .style_loss = nst__term_find(NST__ROLE_STYLE, nst__settings_text(settings, NST_PARAM_STYLE_LOSS)),
        .padding = (nst_padding)nst__settings_int(settings, NST_PARAM_PADDING),
        .pooling = (nst_pooling)nst__settings_int(settings, NST_PARAM_POOLING),
        .content_weight = nst__settings_float(settings, NST_PARAM_CONTENT_WEIGHT),
        .style_weight = nst__settings_float(settings, NST_PARAM_STYLE_WEIGHT),
        .tv_weight = nst__settings_float(settings, NST_PARAM_TV_WEIGHT),
        .range_weight = nst__settings_float(settings, NST_PARAM_RANGE_WEIGHT),
    };
    NST_ASSERT(config->style_loss); /* each choice is the name of a term: lib/loss/term.c */
    if (config->style_loss->check) NST_TRY(config->style_loss->check(config->form));
    if (config->content_weight > 0)
        NST_TRY(nst__taps_parse(config->content_tap, &config->content_taps, transfer->model, "content-layers",
                                nst__settings_text(settings, NST_PARAM_CONTENT_LAYERS)));
    if (config->style_weight > 0)
        NST_TRY(nst__taps_parse(config->style_tap, &config->style_taps, transfer->model, "style-layers",
                                nst__settings_text(settings, NST_PARAM_STYLE_LAYERS)));
out:
    return status;
}

/* The smallest side that reaches every layer of CONFIG, and the name of the deepest. */
static size_t least_side(const nst__config *config, const char **deepest)
{
    nst__net net = {.model = config->model};
    nst__net_tap(&net, config->content_tap, config->content_taps);
    nst__net_tap(&net, config->style_tap, config->style_taps);
    *deepest = net.depth ? nst__net_layer(&net, net.depth - 1)->name : "";
    return nst__net_least(&net);
}

nst_status nst__stage_check(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    const char *deepest;
    const size_t least = least_side(config, &deepest);
    double weights = 0;
    for (size_t i = 0; i < transfer->style_count; i++)
        weights += transfer->styles[i].share;
    if (config->content_taps && !transfer->content) return nst__fail(NST_ERR_STATE, "no content picture is set");
    if (config->style_taps && !transfer->style_count) return nst__fail(NST_ERR_STATE, "no style picture is set");
    if (config->style_taps && !(weights > 0)) return nst__fail(NST_ERR_STATE, "every style picture has weight 0");
    if (height < least || width < least)
        return nst__fail(NST_ERR_TOO_SMALL, "a picture of %zux%zu is too small for %s, which needs %zux%zu", width,
                         height, deepest, least, least);
    return NST_OK;
}

bool nst__stage_needs_content(const nst_transfer *transfer, const nst__config *config)
{
    return transfer->content && (config->content_taps || transfer->content->alpha);
}

nst_status nst__stage_create(nst__stage **out, const nst_transfer *transfer, const nst__config *config,
                             const nst__stage_plan *plan)
{
    nst_status status = NST_OK;
    const nst_image *content = NULL;
    nst__picture picture = {0};
    nst__stage *stage = nst__zalloc(1, sizeof *stage);
    *out = NULL;
    if (!stage) return NST_ERR_OUT_OF_MEMORY;
    stage->height = plan->objective.height;
    stage->width = plan->objective.width;
    if (nst__stage_needs_content(transfer, config)) {
        NST_TRY(nst__image_at_size(&content, &stage->content, transfer->content, stage->height, stage->width));
        picture = (nst__picture){stage->height, stage->width, content->pixels, content->alpha};
    }
    NST_TRY(nst__objective_create(&stage->objective, config, &plan->objective, content ? &picture : NULL, plan->style));
    if (transfer->host_terms.count > 0) {
        stage->host_gradient = nst__alloc_aligned(stage->height * stage->width * 3, sizeof *stage->host_gradient);
        if (!stage->host_gradient) {
            status = NST_ERR_OUT_OF_MEMORY;
            goto out;
        }
    }
    if (nst__objective_tiles(stage->objective) <= 1) { /* its features are kept: the pixels need not be */
        nst_image_destroy(stage->content);
        stage->content = NULL;
    }
    *out = stage;
    stage = NULL;
out:
    nst__stage_destroy(stage);
    return status;
}

void nst__stage_destroy(nst__stage *stage)
{
    if (!stage) return;
    nst__objective_destroy(stage->objective);
    nst_image_destroy(stage->content);
    nst__free_aligned(stage->host_gradient);
    nst__free(stage);
}

nst_status nst__stage_evaluate(nst_transfer *transfer, nst__stage *stage, const float *x, double *total,
                               float *gradient, int *answer)
{
    nst_status status = NST_OK;
    NST_TRY(nst__objective_evaluate(stage->objective, x, total, gradient));
    const size_t own = nst__objective_terms(stage->objective);
    NST_TRY(nst__host_terms_evaluate(&transfer->host_terms, transfer, stage->height, stage->width, x, total, gradient,
                                     stage->host_gradient, transfer->term + own, answer));
    for (size_t i = 0; i < own; i++)
        transfer->term[i] = nst__objective_term(stage->objective, i);
    transfer->terms = own + transfer->host_terms.count;
out:
    return status;
}

/* ---- Public ---- */

static nst_status stage_for(nst_transfer *transfer, size_t height, size_t width)
{
    nst_status status = NST_OK;
    nst__config config;
    nst__stage_plan plan = {.bytes = 0};
    if (transfer->stage && transfer->stage->height == height && transfer->stage->width == width) return NST_OK;
    nst__transfer_forget(transfer, false);
    NST_TRY(nst__transfer_engine(transfer));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(nst__stage_check(transfer, &config, height, width));
    NST_TRY(nst__transfer_check_pictures(transfer, &config, height, width));
    NST_TRY(nst__stage_plan_make(&plan, transfer, &config, height, width,
                                 2 * (uint64_t)height * width * 3 * sizeof(float)));
    NST_TRY(nst__stage_create(&transfer->stage, transfer, &config, &plan));
out:
    nst__stage_plan_release(&plan);
    return status;
}

nst_status nst_transfer_evaluate(nst_transfer *transfer, const nst_image *image, double *total, float *gradient)
{
    nst_status status = NST_OK;
    double value;
    int answer;
    if (total) *total = 0;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_NEED(total);
    status = nst__transfer_begin(transfer, __func__);
    if (status != NST_OK) return status;
    NST_TRY(stage_for(transfer, image->height, image->width));
    NST_TRY(nst__stage_evaluate(transfer, transfer->stage, image->pixels, &value, gradient, &answer));
    if (isfinite(value))
        *total = value;
    else
        status = nst__fail(NST_ERR_NON_FINITE,
                           "the objective is %g at this picture: its pixels or weights are not sane", value);
out:
    return nst__transfer_end(transfer, __func__, status);
}
