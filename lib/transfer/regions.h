/*
 * The regions of the content, each painted in styles of its own. Styles with the same mask share a region and are mixed
 * there. Where masks overlap, they are divided by their sum. Styles without a mask share what the masks leave. Frozen
 * pixels are in no region: else the others would make up for them.
 */
#ifndef NST_TRANSFER_REGIONS_H
#define NST_TRANSFER_REGIONS_H

#include "transfer/transfer_state.h"

/* The region of style number INDEX. */
size_t nst__region_of(const nst_transfer *transfer, size_t index);

/* Sets the regions of CONFIG, whose style layers are set. Fails if they are too many. */
nst_status nst__regions_config(nst__config *config, const nst_transfer *transfer);

/* Fails if a mask has other proportions than the content. */
nst_status nst__regions_check(const nst_transfer *transfer);

/* How the masks lie at HEIGHT x WIDTH. */
typedef struct nst__survey {
    double overlap, hole;            /* parts of the picture where masks overlap, and where there is no style; 0..1 */
    double pixels[NST__MAX_REGIONS]; /* of each region */
} nst__survey;

nst_status nst__regions_survey(nst__survey *out, const nst_transfer *transfer, const nst__config *config, size_t height,
                               size_t width);

/* The masks for an objective of HEIGHT x WIDTH. Always release *OUT. */
nst_status nst__masks_create(nst__masks *out, const nst_transfer *transfer, const nst__config *config, size_t height,
                             size_t width);
void nst__masks_release(nst__masks *masks);

#endif
