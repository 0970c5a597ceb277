/*
 * One call of a convolution. Forward and backward are one computation,
 *
 *   to[i,j,:] = sum over r,s in 0..2 of from[i + r - top, j + s - left, :] W[r,s]
 *
 * with positions outside of FROM padded. Backward, W are the flipped and transposed weights, padding is zero,
 * and what TO would be beyond the border is folded back into it where the padding was not zero.
 */
#ifndef NST_NN_CONV_PASS_H
#define NST_NN_CONV_PASS_H

#include "nn/engine.h"

typedef struct nst__pass {
    nst__engine *engine;
    const float *weights; /* packed for the method that runs */
    bool relu;            /* of FROM */
    nst_padding padding;
    nst__map from;
    size_t top, left;
    nst__epilogue epilogue; /* with TO */
} nst__pass;

/* COUNT channels from CHANNEL on of a pixel of FROM, padded and after ReLU, then zeros up to ROOM. */
void nst__pass_pixel(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t channel, size_t count, float *out,
                     size_t room);

#endif
