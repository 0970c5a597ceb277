/*
 * Input spaces: the values that the first convolution of a network expects, and how they are recognised.
 */
#ifndef NST_MODEL_INPUT_H
#define NST_MODEL_INPUT_H

#include "nn/conv.h"

/* The text of the input space in metadata. */
const char *nst__input_text(nst_input input);
/* Reads that text or the short name; false if TEXT is neither. */
bool nst__input_parse(nst_input *out, const char *text);

/* The input space, recognised by the weights of conv1_1. */
nst_input nst__input_of_values(const nst__conv *conv1_1);

/* Channel c of the first convolution's input is SCALE[c] x + SHIFT[c], where x is channel SOURCE[c] of an RGB 0..1
 * picture. */
typedef struct nst__input_space {
    int source[3];
    float scale[3], shift[3];
} nst__input_space;
nst__input_space nst__input_space_of(nst_input input);

#endif
