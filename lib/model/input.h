/*
 * Input spaces: what the first convolution of a network expects, and how to tell.
 */
#ifndef NST_MODEL_INPUT_H
#define NST_MODEL_INPUT_H

#include "nn/conv.h"

/* The input space as metadata have it. */
const char *nst__input_text(nst_input input);
/* False: TEXT is neither that nor the short name. */
bool nst__input_parse(nst_input *out, const char *text);

/* Told from the weights of conv1_1. */
nst_input nst__input_of_values(const nst__conv *conv1_1);

/* What the first convolution expects of channel c of its input: SCALE[c] x + SHIFT[c], where x is channel SOURCE[c]
 * of an RGB 0..1 picture. */
typedef struct nst__input_space {
    int source[3];
    float scale[3], shift[3];
} nst__input_space;
nst__input_space nst__input_space_of(nst_input input);

#endif
