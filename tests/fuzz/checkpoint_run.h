/* The run whose checkpoints are fuzzed: small, the same in the fuzzer and in its seeds. A checkpoint may be that of a
 * run of nst_transfer_resume() with a million evaluations. */
#ifndef NST_FUZZ_CHECKPOINT_RUN_H
#define NST_FUZZ_CHECKPOINT_RUN_H

#include <math.h>

#include "unit/tiny_model.h"

static inline int checkpoint_run_ends(nst_transfer *transfer, void *user)
{
    (void)user;
    return nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) >= 20;
}

static inline nst_transfer *checkpoint_run(void)
{
    tiny_model tiny = tiny_model_make(1);
    nst_image *content = tiny_image(14, 10, 2), *style = tiny_image(12, 11, 3);
    nst_transfer *transfer;
    if (nst_transfer_create(&transfer, tiny.model) != NST_OK || nst_transfer_set_content(transfer, content) != NST_OK ||
        nst_transfer_add_style(transfer, style, 1) != NST_OK ||
        nst_transfer_set_text(transfer, NST_PARAM_SIZES, "8:3,12:4") != NST_OK ||
        nst_transfer_set_text(transfer, NST_PARAM_THREADS, "1") != NST_OK ||
        nst_transfer_set_progress(transfer, checkpoint_run_ends, NULL) != NST_OK)
        abort();
    nst_image_destroy(content);
    nst_image_destroy(style);
    tiny_model_destroy(&tiny);
    return transfer;
}

#endif
