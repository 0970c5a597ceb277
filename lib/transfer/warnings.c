/* What the user of a transfer should know before it paints, and what is no error. One line for each. */
#include "base/alloc.h"
#include "image/image.h"
#include "transfer/style_sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

nst_status nst__transfer_warn(nst_transfer *transfer, const char *format, ...)
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

static nst_status warn_of_small_styles(nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    nst_status status = NST_OK;
    for (size_t i = 0; i < transfer->style_count && config->style_taps; i++) {
        const nst_style *style = transfer->styles[i].style;
        size_t style_height, style_width;
        nst__style_size(transfer, config, style, height, width, &style_height, &style_width);
        if (transfer->styles[i].share <= 0 ||
            (style_height <= style->image->height && style_width <= style->image->width))
            continue;
        NST_TRY(nst__transfer_warn(transfer,
                                   "style picture %zu has %ux%u pixels and is enlarged to %zux%zu, which blurs its "
                                   "strokes: take one with more pixels, or a lower style-scale",
                                   i + 1, style->image->width, style->image->height, style_width, style_height));
    }
out:
    return status;
}

nst_status nst__transfer_check_pictures(nst_transfer *transfer, const nst__config *config, size_t height, size_t width)
{
    nst__free(transfer->warnings);
    transfer->warnings = NULL;
    return warn_of_small_styles(transfer, config, height, width);
}

const char *nst_transfer_warnings(const nst_transfer *transfer)
{
    return transfer && transfer->warnings ? transfer->warnings : "";
}
