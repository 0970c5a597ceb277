/*
 * The styles of a transfer as an objective sees them: at which size, and their pixels once they are asked for.
 */
#ifndef NST_TRANSFER_STYLE_SOURCES_H
#define NST_TRANSFER_STYLE_SOURCES_H

#include "transfer/transfer.h"

/* The size at which STYLE is seen for a picture of HEIGHT x WIDTH: STYLE_SCALE^2 times its area, rounded to a grid of
 * sizes that is the same for every picture, so that what is worked out of a style serves all pictures of about one
 * size. See style_side() in style_sources.c. */
void nst__style_size(const nst_transfer *transfer, const nst__config *config, const nst_style *style, size_t height,
                     size_t width, size_t *style_height, size_t *style_width);

/* The styles of TRANSFER as an objective for HEIGHT x WIDTH wants them; *OUT is the caller's to free, and they live no
 * longer than the styles of TRANSFER. */
nst_status nst__style_sources(nst__style_source **out, size_t *count, const nst_transfer *transfer,
                              const nst__config *config, size_t height, size_t width);

#endif
