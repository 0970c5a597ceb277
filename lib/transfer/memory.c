/* The plans of a run: its tiles and how much memory it takes, known before it starts. */
#include "base/alloc.h"
#include "image/image.h"
#include "solver/optimizer.h"
#include "transfer/pyramid.h"
#include "transfer/run.h"
#include "transfer/style_sources.h"

static uint64_t image_bytes(const nst_image *image)
{
    return image ? (uint64_t)image->width * image->height * (image->alpha ? 4 : 3) * sizeof(float) : 0;
}

/* Of a copy of IMAGE at another size. */
static uint64_t resized_bytes(const nst_image *image, size_t height, size_t width)
{
    return (uint64_t)height * width * (image->alpha ? 4 : 3) * sizeof(float);
}

/* All that is there whatever the objective does. */
static uint64_t held_bytes(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    uint64_t bytes = NST__PROCESS_BYTES + nst_model_parameter_count(transfer->model) * sizeof(float);
    bytes += image_bytes(transfer->content) + image_bytes(transfer->init);
    if (nst__stage_needs_content(transfer, config) &&
        (transfer->content->height != height || transfer->content->width != width))
        bytes += resized_bytes(transfer->content, height, width);
    if (transfer->host_terms.count > 0) bytes += (uint64_t)height * width * 3 * sizeof(float);
    for (size_t i = 0; i < transfer->style_count; i++) {
        const nst_style *style = transfer->styles[i].style;
        bytes += image_bytes(style->image) + nst__statistics_bytes(style->statistics);
    }
    return bytes;
}

nst_status nst__stage_plan_make(nst__stage_plan *out, const nst_transfer *transfer, const nst__config *config,
                                size_t height, size_t width, uint64_t besides)
{
    const uint64_t most = (uint64_t)nst__settings_int(&transfer->settings, NST_PARAM_MEMORY_LIMIT);
    const uint64_t held = held_bytes(transfer, config, height, width) + besides;
    const size_t limit = !most ? 0 : most > held ? (size_t)(most - held) : 1;
    const bool alpha = nst__stage_needs_content(transfer, config) && transfer->content->alpha;
    nst_status status = NST_OK;
    size_t count;
    NST_TRY(nst__style_sources(&out->style, &count, transfer, config, height, width));
    NST_TRY(nst__plan_make(&out->objective, config, height, width, alpha, out->style, count, limit));
    out->bytes = held + out->objective.bytes;
    if (most && out->bytes > most)
        status =
            nst__fail(NST_ERR_MEMORY_LIMIT,
                      "memory: %zux%zu pixels cannot be done in %.0f MB; the smallest limit that does is %lluM", width,
                      height, (double)most / (1 << 20), (unsigned long long)((out->bytes + (1 << 20) - 1) >> 20));
out:
    return status;
}

void nst__stage_plan_release(nst__stage_plan *plan)
{
    nst__plan_release(&plan->objective);
    nst__free(plan->style);
    plan->style = NULL;
}

/* The last size first: it is the one that needs most, so the limit that an error names does for the others. */
nst_status nst__run_plan_make(nst__run_plan *out, const nst_transfer *transfer, const nst__config *config,
                              const nst__level *level, size_t count, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    const uint64_t kept = (uint64_t)count * transfer->style_count * nst__plan_statistics_bytes(config);
    *out = (nst__run_plan){.levels = count, .level = nst__zalloc(count, sizeof *out->level)};
    if (!out->level) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = count; i-- > 0;) {
        NST_TRY(nst__stage_plan_make(&out->level[i], transfer, config, level[i].height, level[i].width,
                                     kept + nst__run_bytes(optimizer, level[i].height, level[i].width)));
        if (out->level[i].bytes > out->bytes) out->bytes = out->level[i].bytes;
    }
out:
    return status;
}

void nst__run_plan_release(nst__run_plan *plan)
{
    for (size_t i = 0; plan->level && i < plan->levels; i++)
        nst__stage_plan_release(&plan->level[i]);
    nst__free(plan->level);
    plan->level = NULL;
}

nst_status nst_transfer_memory(uint64_t *out, nst_transfer *transfer, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    nst_optimizer *own = NULL;
    nst__run_plan plan = {.levels = 0};
    nst__config config;
    nst__level levels[NST__MAX_LEVELS];
    size_t count;
    NST_NEED(out);
    *out = 0;
    NST_NEED(transfer);
    status = nst__transfer_idle(transfer, __func__); /* a run that calls this from its callback keeps its engine */
    if (status != NST_OK) return status;
    NST_TRY(nst__transfer_engine(transfer));
    NST_TRY(nst__transfer_config(transfer, &config));
    NST_TRY(nst__run_levels(levels, &count, transfer, &config));
    NST_TRY(nst__transfer_check_pictures(transfer, &config, levels[count - 1].height, levels[count - 1].width));
    if (!optimizer) NST_TRY(nst_transfer_make_optimizer(&own, transfer));
    NST_TRY(nst__run_plan_make(&plan, transfer, &config, levels, count, optimizer ? optimizer : own));
    *out = plan.bytes;
out:
    nst__run_plan_release(&plan);
    nst_optimizer_destroy(own);
    nst__transfer_leave(transfer);
    if (status != NST_OK) *out = 0;
    return status;
}
