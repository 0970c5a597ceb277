/*
 * The style handle: a painting, and what has been worked out of it.
 */
#ifndef NST_TRANSFER_STYLE_H
#define NST_TRANSFER_STYLE_H

#include "image/image.h"
#include "objective/statistics.h"

#include <stdatomic.h>

struct nst_style {
    _Atomic size_t references;
    nst_image *image;
    double scale;
    nst__statistics *statistics;
};

/* Copies a mask as grey, the mean of its channels times its alpha, to all three channels,
 * from 0 to LIMIT. Fails if it is all black. */
nst_status nst__mask_copy(nst_image **out, const nst_image *mask, float limit);
nst_style *nst__style_hold(nst_style *style); /* one reference more */

#endif
