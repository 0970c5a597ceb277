#include "transfer/stage_plan.h"
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/freeze.h"
#include "transfer/regions.h"
#include "transfer/painted_colors.h"
#include "transfer/style_sources.h"

/* ---- What is needed ---- */

nst_status nst__stage_check(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    nst__net net = {.model = config->model};
    double weights = 0;
    nst__net_tap(&net, config->content_tap, config->content_taps);
    nst__net_tap(&net, config->style_tap, config->style_taps);
    for (size_t i = 0; i < transfer->style_count; i++)
        weights += transfer->styles[i].share;
    if ((config->content_taps || config->matting_weight > 0) && !transfer->content)
        return nst__fail(NST_ERR_STATE, "no content picture is set");
    if (config->style_taps && !transfer->style_count) return nst__fail(NST_ERR_STATE, "no style picture is set");
    if (config->style_taps && !(weights > 0)) return nst__fail(NST_ERR_STATE, "every style picture has weight 0");
    const nst_status status = nst__regions_check(transfer);
    return status != NST_OK ? status : nst__net_check(&net, height, width);
}

bool nst__stage_needs_content(const nst_transfer *transfer, const nst__config *config)
{
    return transfer->content && (config->content_taps || config->matting_weight > 0 || transfer->content->alpha);
}

bool nst__stage_has_content(const nst_transfer *transfer, const nst__config *config, const nst__stage_plan *plan)
{
    return !transfer->content->alpha && !(config->matting_weight > 0) &&
           nst__objective_keeps_content(config, &plan->objective);
}

/* ---- Memory ---- */

static uint64_t image_bytes(const nst_image *image)
{
    return image ? (uint64_t)image->width * image->height * (image->alpha ? 4 : 3) * sizeof(float) : 0;
}

/* Of a copy of IMAGE at another size. */
static uint64_t resized_bytes(const nst_image *image, size_t height, size_t width)
{
    return (uint64_t)height * width * (image->alpha ? 4 : 3) * sizeof(float);
}

uint64_t nst__stage_held_bytes(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    uint64_t bytes = NST__PROCESS_BYTES + nst_model_parameter_count(transfer->model) * sizeof(float);
    bytes += image_bytes(transfer->content) + image_bytes(transfer->init);
    if (nst__stage_needs_content(transfer, config) &&
        (nst__paints_grey(transfer) || transfer->content->height != height || transfer->content->width != width ||
         nst__engine_ranks(config->engine)))
        bytes += resized_bytes(transfer->content, height, width);
    bytes += image_bytes(transfer->freeze) + image_bytes(transfer->content_map);
    if (transfer->freeze) bytes += nst__freeze_bytes(height, width);
    if (transfer->host_terms.count > 0) bytes += (uint64_t)height * width * 3 * sizeof(float);
    for (size_t i = 0; i < transfer->style_count; i++) {
        bytes += nst__style_bytes(transfer->styles[i].style);
        bytes += image_bytes(transfer->styles[i].mask);
    }
    return bytes;
}

static uint64_t limit_of(const nst_transfer *transfer)
{
    return (uint64_t)nst__settings_int(&transfer->settings, NST_PARAM_MEMORY_LIMIT);
}

/* A limit that is far away changes nothing: memory is then kept from one size to the next. */
nst_status nst__stage_plan_make(nst__stage_plan *out, const nst_transfer *transfer, const nst__config *config,
                                size_t height, size_t width, uint64_t more, uint64_t solver)
{
    const uint64_t most = limit_of(transfer);
    const nst__bands bands = nst__plan_bands(config, height);
    const size_t rows = nst__rows_count(nst__bands_own_window(&bands));
    const uint64_t held = nst__stage_held_bytes(transfer, config, rows, width) + more;
    const bool alpha = nst__stage_needs_content(transfer, config) && transfer->content->alpha;
    nst_status status = NST_OK;
    size_t count;
    NST_TRY(nst__style_sources(&out->style, &count, transfer, config, height, width));
    NST_TRY(nst__plan_make(&out->objective, config, height, width, alpha, out->style, count, 0, (size_t)solver));
    if (most && held + out->objective.bytes > most) {
        const size_t limit = most > held ? (size_t)(most - held) : 1;
        nst__plan_release(&out->objective);
        NST_TRY(
            nst__plan_make(&out->objective, config, height, width, alpha, out->style, count, limit, (size_t)solver));
    }
    out->bytes = held + out->objective.bytes;
out:
    return status;
}

uint64_t nst__stage_plan_excess(const nst__stage_plan *plan, const nst_transfer *transfer)
{
    const uint64_t most = limit_of(transfer);
    return most && plan->bytes > most ? plan->bytes - most : 0;
}

nst_status nst__stage_plan_check(const nst__stage_plan *plan, const nst_transfer *transfer)
{
    if (nst__stage_plan_excess(plan, transfer) == 0) return NST_OK;
    return nst__fail(NST_ERR_MEMORY_LIMIT,
                     "memory: %zux%zu pixels cannot be done in %.0f MB; the smallest limit that does is %lluM",
                     plan->objective.width, plan->objective.height, (double)limit_of(transfer) / (1 << 20),
                     (unsigned long long)((plan->bytes + (1 << 20) - 1) >> 20));
}

void nst__stage_plan_release(nst__stage_plan *plan)
{
    nst__plan_release(&plan->objective);
    nst__free(plan->style);
    plan->style = NULL;
}
