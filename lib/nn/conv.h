/*
 * The 3x3 convolution of VGG: stride 1, forward, and backward to its input.
 *
 *   y[i,j,k] = bias[k] + sum over r,s in 0..2 and c of w[k,c,r,s] x[i+r-1, j+s-1, c]
 *
 * A map may be a tile of a picture: on a side that is the picture's own border it is padded by one, so that
 * the output reaches as far as the input; on any other side the output ends one earlier.
 */
#ifndef NST_NN_CONV_H
#define NST_NN_CONV_H

#include "nn/conv_pad.h"
#include "nn/gram_sums.h"
#include "nn/slope.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct nst__conv nst__conv; /* weights of one layer, also packed for its methods; shared among threads */

/* WEIGHTS [out, in, 3, 3], BIAS [out]: copied. */
nst_status nst__conv_create(nst__conv **out, size_t in_channels, size_t out_channels, const float *weights,
                            const float *bias);
/* For readers, which convert in place: WEIGHTS and BIAS NULL above leave both undefined, to be written
 * through these before the layer is shared. */
float *nst__conv_fill_weights(nst__conv *conv);
float *nst__conv_fill_bias(nst__conv *conv);
/* After a change of the weights, while nobody uses the layer: packs anew what has been packed. */
void nst__conv_renew(nst__conv *conv);
void nst__conv_destroy(nst__conv *conv);
size_t nst__conv_in(const nst__conv *conv);
size_t nst__conv_out(const nst__conv *conv);
const float *nst__conv_weights(const nst__conv *conv); /* [out, in, 3, 3] as given */
const float *nst__conv_bias(const nst__conv *conv);

/* What a layer is to be used for. */
typedef struct nst__conv_use {
    size_t height, width; /* of the maps */
    bool backward;
    nst_padding padding;
} nst__conv_use;

/* Packs the weights for the methods that ENGINE uses for USE, once for each layer and method, and reserves scratch.
 * Call it before forward or backward at a new size. Threads may call it at the same time. */
nst_status nst__conv_prepare(const nst__conv *conv, nst__engine *engine, const nst__conv_use *use);
/* The bytes that prepare takes for the weights. *PREPARED has a bit for each method and direction that is counted
 * already, and gets those of USE. */
size_t nst__conv_prepared_bytes(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use,
                                unsigned *prepared);
/* The floats of scratch memory that one worker needs for USE. */
size_t nst__conv_scratch(const nst__conv *conv, const nst__engine *engine, const nst__conv_use *use);

typedef struct nst__conv_call {
    nst_padding padding;
    unsigned edges;        /* of nst__edge: where PADDING is applied */
    bool relu_x;           /* forward: x counts as max(x, 0) */
    bool relu_y;           /* forward: y is stored as max(y, 0) */
    uint8_t *mask_y;       /* forward: if not NULL, the bits of y > 0 are written here */
    const uint8_t *mask_x; /* backward: if not NULL, dx is multiplied by these bits */
    bool accumulate;       /* backward: adds to dx */
    /* forward, only if nst__conv_joins() */
    const nst__gram_call *gram;     /* if not NULL, the Gram matrix of y is taken, too */
    const nst__slopes_call *slopes; /* if not NULL, y is not the features, but the gradient of these losses */
} nst__conv_call;

/* Does this call save work on GRAM or SLOPES? */
bool nst__conv_joins(const nst__conv *conv, const nst__engine *engine, const nst__conv_call *call, nst__map x);

/* x [H,W,in] -> y [H',W',out], H' = H - 2 + (top edge) + (bottom edge), likewise W'. */
void nst__conv_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map x, nst__map y);
/* dy [H',W',out] -> dx [H,W,in]. */
void nst__conv_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call, nst__map dy,
                        nst__map dx);

#endif
