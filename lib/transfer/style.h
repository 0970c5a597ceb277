/*
 * The style handle: a painting, and what has been worked out of it; or that alone, from a file.
 */
#ifndef NST_TRANSFER_STYLE_H
#define NST_TRANSFER_STYLE_H

#include "image/image.h"
#include "transfer/saved_style.h"

#include <stdatomic.h>

struct nst_style {
    _Atomic size_t references;
    nst_image *image;        /* NULL: it is from a file */
    nst__saved_style *saved; /* NULL: it has a picture */
    size_t height, width;    /* of the painting */
    double scale;
    nst__statistics *statistics;
};

/* Copies a mask as grey, the mean of its channels times its alpha, to all three channels,
 * from 0 to LIMIT. Fails if it is all black. */
nst_status nst__mask_copy(nst_image **out, const nst_image *mask, float limit);
/* Makes a style of SAVED, which it owns from now on, even after an error. */
nst_status nst__style_of_file(nst_style **out, nst__saved_style *saved);
uint64_t nst__style_bytes(const nst_style *style);
nst_style *nst__style_hold(nst_style *style); /* one reference more */

#endif
