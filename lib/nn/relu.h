/*
 * ReLU is computed inside the layers around it; what is left is its derivative, as bits.
 */
#ifndef NST_NN_RELU_H
#define NST_NN_RELU_H

#include "nn/engine.h"
#include "tensor/map.h"

#include <stdint.h>

/* Bits of x > 0, laid out as tensor/map.h says. */
void nst__relu_mask(nst__engine *engine, nst__map x, uint8_t *mask);
/* dx = dx * mask, where a loss stands before the mask is applied. */
void nst__relu_backward(nst__engine *engine, const uint8_t *mask, nst__map dx);

#endif
