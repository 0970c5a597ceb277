/*
 * Pixels that stay as they are in the content. The solver moves v; the losses see the picture
 *
 *   x = f c + (1 - f) v,    dv = (1 - f) dx
 *
 * with the mask f and the content c. Where f is 1, x is c to the bit.
 */
#ifndef NST_TRANSFER_FREEZE_H
#define NST_TRANSFER_FREEZE_H

#include "image/image.h"

typedef struct nst__freeze nst__freeze;

/* At HEIGHT x WIDTH. MASK: grey, in all three channels. */
nst_status nst__freeze_create(nst__freeze **out, const nst_image *mask, const nst_image *content, size_t height,
                              size_t width);
/* The content in grey, for a painting in grey. */
void nst__freeze_in_grey(nst__freeze *freeze);
void nst__freeze_destroy(nst__freeze *freeze);
size_t nst__freeze_bytes(size_t height, size_t width);

/* X = the picture of V; they may be the same. */
void nst__freeze_picture(const nst__freeze *freeze, const float *v, float *x);
/* The same into memory of FREEZE. */
const float *nst__freeze_seen(nst__freeze *freeze, const float *v);
/* Where f is 1, X becomes c again: after a clamp, or a change of size. */
void nst__freeze_restore(const nst__freeze *freeze, float *x);
/* From the gradient with respect to x to that with respect to v. */
void nst__freeze_gradient(const nst__freeze *freeze, float *gradient);

#endif
