/*
 * The convolution of any odd kernel K and any stride, with reflected padding:
 *
 *   y[i,j,k] = bias[k] + sum over r,s in 0..K-1 and c of w[k,c,r,s] x[i stride + r - K/2, j stride + s - K/2, c]
 *
 * It serves the few layers that conv.h has no method for, and the gradient by the weights of every convolution.
 */
#ifndef NST_NN_CONV_ANY_H
#define NST_NN_CONV_ANY_H

#include "nn/engine.h"

typedef struct nst__any_conv {
    size_t in, out, kernel, stride;
    const float *weights; /* [out, in, kernel, kernel] */
    const float *bias;    /* [out]; NULL: 0 */
} nst__any_conv;

/* x [H,W,in] -> y [(H-1)/stride+1, (W-1)/stride+1, out] */
void nst__any_forward(nst__engine *engine, const nst__any_conv *conv, nst__map x, nst__map y);
/* dy -> dx; ACCUMULATE adds to dx. */
void nst__any_backward(nst__engine *engine, const nst__any_conv *conv, nst__map dy, bool accumulate, nst__map dx);
/* Adds the gradient by the weights to DWEIGHTS [out, in, kernel, kernel]: conv_weights.c. */
void nst__any_backward_weights(nst__engine *engine, const nst__any_conv *conv, nst__map x, nst__map dy,
                               float *dweights);

/* Floats of scratch memory of each worker, for maps x of this WIDTH. WEIGHTS: also backward by the weights. */
size_t nst__any_scratch(const nst__engine *engine, const nst__any_conv *conv, size_t width, bool backward);
size_t nst__any_weights_scratch(const nst__engine *engine, const nst__any_conv *conv, size_t width);

#endif
