/*
 * The structure of nst_model, for the files that build one.
 */
#ifndef NST_MODEL_HANDLE_H
#define NST_MODEL_HANDLE_H

#include "model/input.h"
#include "model/topology.h"

#include <stdatomic.h>

struct nst_model {
    _Atomic size_t references;
    uint64_t id; /* unique in this process */
    const nst__topology *topology;
    size_t count;                     /* layers of the topology that the model has */
    nst__conv *conv[NST__LAYERS_MAX]; /* NULL for a layer without weights */
    nst_input input;
    const char *input_said, *format, *dtype; /* string literals */
    char *source, *credit;
};

/* Creates a model with the layers before the first one that has weights. */
nst_status nst__model_create(nst_model **out, const nst__topology *topology, const char *source, const char *format);
/* Adds layer COUNT, which has weights, and the layers without weights that follow it. The model then owns CONV. */
void nst__model_add(nst_model *model, nst__conv *conv);

#endif
