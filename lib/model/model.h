/*
 * The network as the rest of the library sees it: VGG's order of layers with the weights of one file.
 */
#ifndef NST_MODEL_MODEL_H
#define NST_MODEL_MODEL_H

#include "model/input.h"

#include <stdbool.h>

/* nst_model is counted: nst_model_destroy() lets go of one reference. */
const nst_model *nst__model_hold(const nst_model *model);
/* Tells it from every other model that this process has had. */
uint64_t nst__model_id(const nst_model *model);

size_t nst__model_convs(const nst_model *model); /* how many convolutions it has */
const nst__conv *nst__model_conv(const nst_model *model, size_t index);
bool nst__model_pool_before(const nst_model *model, size_t index);      /* is the input of convolution INDEX pooled? */
const char *nst__model_conv_name(const nst_model *model, size_t index); /* "conv1_1" */

/* "conv2_2" or "relu2_2" -> index of the convolution, and whether its ReLU is meant. A layer of VGG that the model
 * ends before is NST_ERR_NO_LAYER with the deepest in the message; anything else NST_ERR_NAME. */
nst_status nst__model_find(const nst_model *model, const char *name, size_t *index, bool *relu);

nst__input_space nst__model_input_space(const nst_model *model);

#endif
