/* The warnings of a transfer: conditions that are not errors. Each is one line. */
#include "transfer/warnings.h"
#include "base/alloc.h"

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
    const nst_image *image = transfer->styles[number].style->image;
    if (style->weight <= 0 || (style->height <= image->height && style->width <= image->width)) return NST_OK;
    return warn(transfer,
                "style picture %zu has %ux%u pixels and is enlarged to %zux%zu, which blurs its strokes: take one with "
                "more pixels, or a lower style-scale",
                number + 1, image->width, image->height, style->width, style->height);
}

nst_status nst__transfer_update_warnings(nst_transfer *transfer, const nst__stage_plan *plan)
{
    nst_status status = NST_OK;
    nst__free(transfer->warnings);
    transfer->warnings = NULL;
    for (size_t i = 0; i < plan->objective.styles; i++)
        NST_TRY(warn_of_small_style(transfer, i, &plan->style[i]));
out:
    return status;
}

const char *nst_transfer_warnings(const nst_transfer *transfer)
{
    return transfer && transfer->warnings ? transfer->warnings : "";
}
