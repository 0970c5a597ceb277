/* The model and the content that the styles of the fuzzer are for. */
#ifndef NST_FUZZ_STYLE_WORLD_H
#define NST_FUZZ_STYLE_WORLD_H

#include "check_model.h"

#include "unit/tiny_model.h"

typedef struct style_world {
    tiny_model tiny;
    nst_image *content;
    nst_transfer *transfer;
} style_world;

static inline style_world style_world_make(void)
{
    style_world w = {.tiny = tiny_model_make(3), .content = tiny_image(24, 20, 1)};
    must(nst_transfer_create(&w.transfer, w.tiny.model) == NST_OK);
    must(nst_transfer_set_content(w.transfer, w.content) == NST_OK);
    must(nst_transfer_set_text(w.transfer, NST_PARAM_SIZES, "24") == NST_OK);
    must(nst_transfer_set_text(w.transfer, NST_PARAM_STYLE_LAYERS, "conv1_1,conv1_2") == NST_OK);
    must(nst_transfer_set_text(w.transfer, NST_PARAM_STYLE_LOSS, "w2") == NST_OK);
    must(nst_transfer_set_int(w.transfer, NST_PARAM_THREADS, 1) == NST_OK);
    return w;
}

#endif
