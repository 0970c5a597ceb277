/*
 * The interface of a model to the rest of the library: a table of layers with the weights of one file.
 */
#ifndef NST_MODEL_MODEL_H
#define NST_MODEL_MODEL_H

#include "model/input.h"
#include "model/topology.h"

#include <stdbool.h>

/* nst_model counts its references: this adds one, nst_model_destroy() drops one. */
const nst_model *nst__model_hold(const nst_model *model);
/* Unique among all models of this process, past and present. */
uint64_t nst__model_id(const nst_model *model);

/* Of the weights up to layer LAST and of the input space: models with the same one compute the same features there. */
uint64_t nst__model_fingerprint(const nst_model *model, size_t last);

/* The table of its layers, which may be longer than the model. */
const nst__topology *nst__model_topology(const nst_model *model);
size_t nst__model_layers(const nst_model *model);                       /* layers of the table that the model has */
const nst__conv *nst__model_conv(const nst_model *model, size_t layer); /* NULL for a layer without weights */
size_t nst__model_channels(const nst_model *model, size_t layer);
size_t nst__model_channels_in(const nst_model *model, size_t layer); /* of the layer's input */

/* Finds the layer called "conv2_2" or "relu2_2". A layer after the end of the model is NST_ERR_NO_LAYER, with the
 * deepest one in the message; a name that no network has is NST_ERR_NAME. */
nst_status nst__model_find(const nst_model *model, const char *name, size_t *layer);

nst__input_space nst__model_input_space(const nst_model *model);

#endif
