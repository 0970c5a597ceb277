/*
 * The network as the rest of the library sees it: a table of layers with the weights of one file.
 */
#ifndef NST_MODEL_MODEL_H
#define NST_MODEL_MODEL_H

#include "model/input.h"
#include "model/topology.h"

#include <stdbool.h>

/* nst_model is counted: nst_model_destroy() lets go of one reference. */
const nst_model *nst__model_hold(const nst_model *model);
/* Tells it from every other model that this process has had. */
uint64_t nst__model_id(const nst_model *model);

/* Its table, which may be longer than the model. */
const nst__topology *nst__model_topology(const nst_model *model);
size_t nst__model_layers(const nst_model *model);                       /* how many of the table it has */
const nst__conv *nst__model_conv(const nst_model *model, size_t layer); /* NULL: a layer without weights */
size_t nst__model_channels(const nst_model *model, size_t layer);
size_t nst__model_channels_in(const nst_model *model, size_t layer); /* of what the layer reads */

/* "conv2_2" or "relu2_2" -> its layer. One that the model ends before is NST_ERR_NO_LAYER with the deepest in the message;
 * a name of no network is NST_ERR_NAME. */
nst_status nst__model_find(const nst_model *model, const char *name, size_t *layer);

nst__input_space nst__model_input_space(const nst_model *model);

#endif
