/*
 * The inside of nst_model, for the files that build one.
 */
#ifndef NST_MODEL_HANDLE_H
#define NST_MODEL_HANDLE_H

#include "model/model.h"
#include "model/vgg.h"

#include <stdatomic.h>

struct nst_model {
    _Atomic size_t references;
    uint64_t id; /* of this process, never given twice */
    const nst__vgg *vgg;
    size_t count; /* convolutions */
    nst__conv *conv[NST__CONVS_MAX];
    nst_input input;
    const char *input_said, *format, *dtype; /* literals */
    char *source, *credit;
};

/* With no layers yet. */
nst_status nst__model_create(nst_model **out, const nst__vgg *vgg, const char *source, const char *format);

#endif
