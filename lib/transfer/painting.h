/*
 * The picture that is painted, from one size to the next.
 */
#ifndef NST_TRANSFER_PAINTING_H
#define NST_TRANSFER_PAINTING_H

#include "image/image.h"

/* The first picture: from FROM, or noise from SEED if that is NULL. */
nst_status nst__painting_begin(nst_image **painting, const nst_image *from, uint64_t seed, size_t height, size_t width);
/* Resizes the best picture so far. If the run started from a picture, FROM, it has painted over the detail that was
 * visible at the old size. Finer detail is added unchanged: no loss would bring it back in the few evaluations of the
 * finer sizes. It is one level of a Laplacian pyramid (Burt and Adelson, "The Laplacian Pyramid as a Compact Image
 * Code", 1983). FROM may be NULL. */
nst_status nst__painting_resize(nst_image **painting, const nst_image *from, size_t height, size_t width);

#endif
