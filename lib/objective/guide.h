/*
 * The weights of positions at each layer, made from a mask of the picture.
 *
 * A feature is seen through a field of pixels, part of which may lie outside the mask. B(m), the mask brought down with
 * the network (a 3x3 mean for each convolution, border replicated; a 2x2 mean for each pooling), is the share that lies
 * inside. The guide is what is seen inside less what is seen outside:
 *
 *   g = max(0, B - V / B),  V = B(m^2) - B(m)^2,  that is max(0, 2 B(m) - B(m^2) / B(m))
 *
 * For a hard mask g = 2B - 1; for a mask that changes slowly g = m. Where the sum of g is less than one position, g =
 * B.
 */
#ifndef NST_OBJECTIVE_GUIDE_H
#define NST_OBJECTIVE_GUIDE_H

#include "objective/net.h"

typedef struct nst__guide nst__guide;

/* Of MASK [height, width] in 0..1, at the layers of NET where terms look. A mask of ones alone: *OUT is NULL, and every
 * weight is 1. */
nst_status nst__guide_create(nst__guide **out, const nst__net *net, size_t height, size_t width, const float *mask);
void nst__guide_destroy(nst__guide *guide);
/* [height / step, width / step] of LAYER, which has a map where terms look. */
const float *nst__guide_at(const nst__guide *guide, size_t layer);

/* The most that a guide takes while it is made. */
size_t nst__guide_bytes(const nst__net *net, size_t height, size_t width);

#endif
