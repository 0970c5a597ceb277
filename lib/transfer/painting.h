/*
 * The picture that is painted, from one size to the next. With several ranks each has its band of it.
 */
#ifndef NST_TRANSFER_PAINTING_H
#define NST_TRANSFER_PAINTING_H

#include "image/distributed.h"
#include "objective/band.h"

typedef struct nst__painting {
    nst_image *image; /* the band; of a rank without rows, one row that nobody reads */
    nst__bands bands;
    nst_image *larger; /* the picture that a smaller one is to change; else NULL */
    nst__bands larger_bands;
} nst__painting;

/* Memory for the picture. */
nst_status nst__painting_open(nst__painting *painting, const nst__bands *bands, size_t width);
/* The first picture: from FROM, or noise from SEED if that is NULL. */
nst_status nst__painting_begin(nst__painting *painting, const nst__distributed *from, uint64_t seed,
                               const nst__bands *bands, size_t width);
/* Resizes the best picture so far. If the run started from a picture, FROM, it has painted over the detail that was
 * visible at the old size. Finer detail is added unchanged: no loss would bring it back in the few evaluations of the
 * finer sizes. It is one level of a Laplacian pyramid (Burt and Adelson, "The Laplacian Pyramid as a Compact Image
 * Code", 1983). FROM may be NULL.
 *
 * If the new size is smaller, the old picture is kept, and takes the place of FROM until its size is reached again:
 * then the picture is the old one, changed by what was painted at smaller sizes. This is the coarse grid correction of
 * multigrid (Brandt, "Multi-Level Adaptive Solutions to Boundary-Value Problems", 1977). There is only one old picture:
 * after a smaller size they grow. */
nst_status nst__painting_resize(nst__painting *painting, const nst__distributed *from, const nst__bands *bands,
                                size_t width);
/* A copy of IMAGE; if there is a picture LARGER, what that becomes by it. Both are whole pictures. */
nst_status nst__painting_seen(nst_image **out, const nst_image *image, const nst_image *larger);
void nst__painting_release(nst__painting *painting);

#endif
