/*
 * The seams of a picture that was recoloured region by region.
 */
#ifndef NST_TRANSFER_REGION_SEAMS_H
#define NST_TRANSFER_REGION_SEAMS_H

#include "image/image.h"
#include "objective/config.h"

/* A mask is never exact to the pixel: sky that shows through leaves would be recoloured as leaves, and an edge would
 * get a line of its own. Where regions of MASKS meet, the change from CONTENT to RECOLORED becomes an affine function
 * of the content's colours. Pixels farther from another region than twice this radius stay as they are, and so do
 * those of no region. */
nst_status nst__smooth_seams(nst_image *recolored, const nst_image *content, const nst__masks *masks, size_t regions);

/* In pixels, of a picture of this size. */
size_t nst__seam_radius(size_t height, size_t width);

#endif
