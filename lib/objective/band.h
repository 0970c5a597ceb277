/*
 * The bands of a picture, one for each rank (base/ranks.h). A band is a number of whole steps of the net. Around it
 * lies a halo, as around a tile: rows of the neighbours that its features depend on. Band and halo are the window,
 * which the rank evaluates like a picture of its own.
 *
 * A picture that is too small for so many bands has fewer. The last ranks then have no rows, but take part in all
 * sums.
 */
#ifndef NST_OBJECTIVE_BAND_H
#define NST_OBJECTIVE_BAND_H

#include "base/ranks.h"
#include "objective/net.h"

typedef struct nst__bands {
    nst__ranks *ranks; /* NULL: one band, the whole picture */
    size_t height;     /* of the picture */
    size_t step, halo; /* in rows */
    size_t count;      /* bands */
} nst__bands;

/* NET without layers: the rows may be cut anywhere. */
nst__bands nst__bands_make(nst__ranks *ranks, const nst__net *net, size_t height);
nst__rows nst__bands_rows(const nst__bands *bands, int rank);   /* of its band */
nst__rows nst__bands_window(const nst__bands *bands, int rank); /* of its band and halo */
nst__rows nst__bands_own(const nst__bands *bands);              /* the band of this rank */
nst__rows nst__bands_own_window(const nst__bands *bands);
/* The bands, or the windows, of all ranks. */
nst__rows_of nst__bands_all(const nst__bands *bands);
nst__rows_of nst__bands_all_windows(const nst__bands *bands);

/* A picture and its gradient on the window of this rank. NULL, if there are no ranks. */
typedef struct nst__halo nst__halo;

nst_status nst__halo_create(nst__halo **out, const nst__bands *bands, size_t width);
void nst__halo_destroy(nst__halo *halo);
size_t nst__halo_bytes(const nst__bands *bands, size_t width);

/* The window around X, the band of this rank. With HALO NULL it is X. Valid until the next call. */
const float *nst__halo_fill(nst__halo *halo, const float *x);
/* Where the gradient on the window is summed up; with HALO NULL it is GRADIENT. */
float *nst__halo_gradient(nst__halo *halo, float *gradient);
/* Sets GRADIENT, on the band, to the sum of what all ranks found for its rows. */
void nst__halo_collect(nst__halo *halo, float *gradient);

#endif
