/*
 * The edges of a photograph under the colours of its painting.
 */
#ifndef NST_TRANSFER_SCREENED_POISSON_H
#define NST_TRANSFER_SCREENED_POISSON_H

#include "image/image.h"
#include "nn/engine.h"

/* PAINTING becomes the picture y that has the gradients of CONTENT, of the same size, and keeps to the painting x:
 *
 *   least  |grad y - grad content|^2 + |y - x|^2 / RADIUS^2
 *
 * Differences from the content stay if they are wider than RADIUS, above 0, in pixels. Not clamped. */
nst_status nst__screened_poisson(nst_image *painting, const nst_image *content, double radius, nst__engine *engine);

#endif
