/*
 * libFuzzer on nst_style_decode(), and on a transfer that uses the style: it computes, or says what does not fit.
 */
#include "style_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void use(const style_world *w, nst_style *style)
{
    double total;
    nst_status status = nst_transfer_use_style(w->transfer, style, 1);
    must(status == NST_OK || status == NST_ERR_ARGUMENT);
    if (status != NST_OK) return;
    status = nst_transfer_evaluate(w->transfer, w->content, &total, NULL);
    must(status == NST_OK ? isfinite(total) : status == NST_ERR_STATE || status == NST_ERR_NON_FINITE);
    must(nst_transfer_clear_styles(w->transfer) == NST_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static style_world w;
    nst_style *style;
    if (!w.transfer) w = style_world_make();
    const nst_status status = nst_style_decode(&style, size ? bytes : (const uint8_t *)"", size);
    must((status == NST_OK) == (style != NULL));
    must(status == NST_OK || (status >= 200 && status < 300));
    must(status == NST_OK || (strlen(nst_last_error()) > 0 && !strchr(nst_last_error(), '\n')));
    for (int key = NST_STYLE_SOURCE; status == NST_OK && key <= NST_STYLE_VERSION; key++)
        must(strlen(nst_style_text(style, (nst_style_key)key)) <= 480);
    if (status == NST_OK) use(&w, style);
    nst_style_destroy(style);
    return 0;
}
