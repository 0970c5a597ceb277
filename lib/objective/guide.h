/*
 * The weights of the positions of each layer, computed from a mask of the picture.
 *
 * The receptive field of a feature may lie partly outside the mask. B(m) is the share inside: the mask after the same
 * steps as the network, with a 3x3 mean for each convolution (border replicated) and a 2x2 mean for each pooling. The
 * guide g is the share inside minus the share outside:
 *
 *   g = max(0, B - V / B),  V = B(m^2) - B(m)^2,  that is max(0, 2 B(m) - B(m^2) / B(m))
 *
 * For a hard mask g = 2B - 1; for a mask that changes slowly g = m. If the sum of g is less than one position, g = B.
 */
#ifndef NST_OBJECTIVE_GUIDE_H
#define NST_OBJECTIVE_GUIDE_H

#include "objective/tile.h"

typedef struct nst__guide nst__guide;

/* Creates the guide for MASK [height, width] in 0..1, at the tapped layers of NET. If the mask is 1 everywhere, *OUT is
 * NULL: every weight is 1. */
nst_status nst__guide_create(nst__guide **out, const nst__net *net, size_t height, size_t width, const float *mask);
/* Creates plain weights from MAP [height, width], at least 0: at each tapped layer the mean of MAP over the pixels of a
 * position, times the weight in GUIDE, which may be NULL. */
nst_status nst__guide_create_map(nst__guide **out, const nst__net *net, size_t height, size_t width, const float *map,
                                 const nst__guide *guide);
void nst__guide_destroy(nst__guide *guide);
/* The weights [height / step, width / step] of LAYER, whose map is tapped. */
const float *nst__guide_at(const nst__guide *guide, size_t layer);

/* The sum of the weights of LAYER in a picture of HEIGHT x WIDTH. GUIDE NULL: every weight is 1. */
double nst__guide_mass(const nst__guide *guide, const nst__net *net, size_t layer, size_t height, size_t width);

/* The window of TILE in the map of LAYER, with its weights. GUIDE NULL: every weight is 1. MAP: the features of LAYER,
 * or of the layer that a ReLU reads. */
nst__window nst__guide_window(const nst__guide *guide, const nst__net *net, const nst__tile *tile, size_t layer,
                              nst__map map);

/* The peak memory in bytes while a guide is created. */
size_t nst__guide_bytes(const nst__net *net, size_t height, size_t width);

#endif
