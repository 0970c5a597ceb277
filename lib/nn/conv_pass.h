/*
 * One call of a convolution. Forward and backward are one computation,
 *
 *   to[i,j,:] = sum over r,s in 0..2 of from[i + r - top, j + s - left, :] W[r,s]
 *
 * with positions outside FROM padded. In the backward pass W are the flipped and transposed weights, and padding is
 * zero. If the forward padding was a copy, the gradient outside the border is added to the positions that were copied
 * (conv_border.h).
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
/* The patches of COUNT outputs of row I from column J on, for maps of few channels: a patch is the nine pixels that an
 * output reads, pixel by pixel, and goes to OUT [count, ld], which has room for NST__LANES more. ROWS has room for the
 * three rows of pixels. */
void nst__pass_patches(const nst__pass *pass, size_t i, size_t j, size_t count, float *out, size_t ld, float *rows);
static inline size_t nst__pass_patches_scratch(size_t channels, size_t count) /* floats of ROWS */
{
    return 3 * (count + 2) * channels + NST__LANES;
}

#endif
