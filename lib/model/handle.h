/*
 * The inside of nst_model, for the files that build one.
 */
#ifndef NST_MODEL_HANDLE_H
#define NST_MODEL_HANDLE_H

#include "model/input.h"
#include "model/topology.h"

#include <stdatomic.h>

struct nst_model {
    _Atomic size_t references;
    uint64_t id; /* of this process, never given twice */
    const nst__topology *topology;
    size_t count;                     /* layers that it has */
    nst__conv *conv[NST__LAYERS_MAX]; /* NULL: of a layer without weights */
    nst_input input;
    const char *input_said, *format, *dtype; /* literals */
    char *source, *credit;
};

/* With the layers before the first that has weights. */
nst_status nst__model_create(nst_model **out, const nst__topology *topology, const char *source, const char *format);
/* Adds layer COUNT, which has weights, and those without that follow it. CONV is the model's from now on. */
void nst__model_add(nst_model *model, nst__conv *conv);

#endif
