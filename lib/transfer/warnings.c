/* The warnings of a transfer: conditions that are not errors. Each is one line. */
#include "transfer/warnings.h"
#include "base/alloc.h"
#include "transfer/regions.h"
#include "transfer/transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

NST__PRINTF(2, 3) static nst_status warn(nst_transfer *transfer, const char *format, ...)
{
    char line[512], *longer;
    const size_t before = transfer->warnings ? strlen(transfer->warnings) : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    longer = nst__resize(transfer->warnings, before + strlen(line) + 2, 1);
    if (!longer) return NST_ERR_OUT_OF_MEMORY;
    transfer->warnings = longer;
    snprintf(longer + before, strlen(line) + 2, "%s%s", before ? "\n" : "", line);
    return NST_OK;
}

static nst_status warn_of_small_style(nst_transfer *transfer, size_t number, const nst__style_source *style)
{
    const nst_style *painting = transfer->styles[number].style;
    if (style->weight <= 0 || (style->height <= painting->height && style->width <= painting->width)) return NST_OK;
    return warn(
        transfer,
        "style picture %zu has %zux%zu pixels and is enlarged to %zux%zu, which blurs its strokes: take one with "
        "more pixels, or a lower style-scale",
        number + 1, painting->width, painting->height, style->width, style->height);
}

/* Of a style that is first in its region. */
static nst_status warn_of_region(nst_transfer *transfer, const nst__config *config, size_t number, double pixels)
{
    const nst__net net = nst__config_net(config, false);
    for (size_t i = 0; i < config->style_taps; i++) {
        const double step = (double)nst__net_step(&net, config->style_tap[i].layer);
        if (pixels / (step * step) >= 1) continue;
        return warn(transfer, "style picture %zu: its mask has less than one position of %s, and is left out there",
                    number + 1, nst__net_layer(&net, config->style_tap[i].layer)->name);
    }
    return NST_OK;
}

static nst_status warn_of_masks(nst_transfer *transfer, size_t height, size_t width)
{
    nst_status status = NST_OK;
    nst__config config;
    nst__survey survey;
    NST_TRY(nst__transfer_config(transfer, &config));
    if (config.regions < 2) return NST_OK;
    NST_TRY(nst__regions_survey(&survey, transfer, &config, height, width));
    if (survey.overlap > 0.001)
        NST_TRY(warn(transfer, "masks overlap on %.2g %% of the picture, where their styles share it",
                     100 * survey.overlap));
    if (survey.hole > 0.001)
        NST_TRY(warn(transfer, "masks leave %.2g %% of the picture without a style", 100 * survey.hole));
    for (size_t i = 0, seen = 0; i < transfer->style_count && seen < config.regions; i++)
        if (nst__region_of(transfer, i) == seen) NST_TRY(warn_of_region(transfer, &config, i, survey.pixels[seen++]));
out:
    return status;
}

static nst_status warn_of_history(nst_transfer *transfer, const nst__stage_plan *plan)
{
    const nst__history_storage *storage = &plan->storage;
    if (!plan->saves) return NST_OK;
    return warn(transfer, "to keep the memory limit, L-BFGS keeps %zu curvature pair%s of %d bits at %zux%zu",
                storage->pairs, storage->pairs == 1 ? "" : "s", storage->half ? 16 : 32, plan->objective.width,
                plan->objective.height);
}

nst_status nst__transfer_update_warnings(nst_transfer *transfer, const nst__stage_plan *plan)
{
    nst_status status = NST_OK;
    nst__free(transfer->warnings);
    transfer->warnings = NULL;
    for (size_t i = 0; i < plan->objective.styles; i++)
        NST_TRY(warn_of_small_style(transfer, i, &plan->style[i]));
    NST_TRY(warn_of_masks(transfer, plan->objective.height, plan->objective.width));
    NST_TRY(warn_of_history(transfer, plan));
out:
    return status;
}

nst_status nst__transfer_warn(nst_transfer *transfer, const char *line)
{
    return warn(transfer, "%s", line);
}

const char *nst_transfer_warnings(const nst_transfer *transfer)
{
    return transfer && transfer->warnings ? transfer->warnings : "";
}
