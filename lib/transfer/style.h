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

nst_style *nst__style_hold(nst_style *style); /* one reference more */

#endif
