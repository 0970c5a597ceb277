/*
 * Brings the colours of one picture to the mean and the covariance of another.
 *
 * Of all affine maps x' = A (x - mean_s) + mean_c that do so, A = S^-1/2 (S^1/2 C S^1/2)^1/2 S^-1/2 moves the colours
 * least (Monge-Kantorovich: Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based
 * colour transfer", 2007). S and C are the covariances in RGB as it is encoded, each plus 1e-5 I. In double, on the
 * calling thread.
 */
#ifndef NST_IMAGE_COLOR_MATCH_H
#define NST_IMAGE_COLOR_MATCH_H

#include "image/distributed.h"

/* What becomes of a pixel x [3]: y = MATRIX x + SHIFT, then, if GREY is not 0, GAIN grey(y) + OFFSET in three channels.
 * Doubles only, so that it can be compared as bytes. */
typedef struct nst__recolor {
    double matrix[9], shift[3];
    double grey, gain, offset;
} nst__recolor;

/* The mean and covariance of the pixels; weighted if there are weights. MASS 0: every weight is 0. */
typedef struct nst__color_moments {
    double mass, mean[3], covariance[9];
} nst__color_moments;

/* VALUES [height, width], of a picture that may have another size; NULL: 1 everywhere. */
typedef struct nst__pixel_weights {
    const float *values;
    size_t height, width;
} nst__pixel_weights;

/* Leaves every colour as it is, or turns it grey. */
nst__recolor nst__recolor_none(void);
nst__recolor nst__recolor_to_grey(void);

/* Of IMAGE after RECOLOR; alpha does not count but by WEIGHTS. Of more than 2^20 pixels a regular grid is read. */
void nst__color_moments_of(nst__color_moments *out, const nst_image *image, const nst__pixel_weights *weights,
                           const nst__recolor *recolor);
/* The same of a picture that several ranks have, all of which call it. Its image is not NULL. */
void nst__color_moments_of_all(nst__color_moments *out, const nst__distributed *picture,
                               const nst__pixel_weights *weights, const nst__recolor *recolor);

/* Adds the moments MORE, with mass SHARE instead of its own: the moments of both sets of pixels together. */
void nst__color_moments_add(nst__color_moments *sum, const nst__color_moments *more, double share);

/* Sets matrix and shift: the map above. Where a mass is 0 nothing is changed. */
void nst__recolor_match(nst__recolor *recolor, const nst__color_moments *style, const nst__color_moments *content);
/* Sets grey, gain and offset, from moments of greys: to the mean and the standard deviation of the content. A style of
 * one grey gets the mean of the content. */
void nst__recolor_match_grey(nst__recolor *recolor, const nst__color_moments *style, const nst__color_moments *content);

void nst__recolor_pixel(const nst__recolor *recolor, const double x[3], double out[3]);
void nst__image_recolor(nst_image *image, const nst__recolor *recolor); /* not clamped; alpha stays */

#endif
