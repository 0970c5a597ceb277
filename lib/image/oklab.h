/*
 * OkLab: lightness and colour apart, as the eye has them (Björn Ottosson, "A perceptual color space for image
 * processing", 2020). The grey of a colour is the grey of the same lightness.
 */
#ifndef NST_IMAGE_OKLAB_H
#define NST_IMAGE_OKLAB_H

#include "image/image.h"

/* The grey, sRGB-encoded, of RGB [3], which may leave 0..1. A grey is its own to the bit. */
double nst__grey(const double rgb[3]);
/* Every pixel becomes its grey, in three channels. */
void nst__image_to_grey(nst_image *image);

/* IMAGE keeps the lightness of its grey, clamped to 0..1, and gets the colours of CONTENT, which has its size. Where
 * lightness and colour together leave the gamut of sRGB, and only there, the chroma is scaled down to its border. Where
 * CONTENT is grey, the result is grey to the bit. Values are in 0..1 afterwards. */
void nst__image_put_colors(nst_image *image, const nst_image *content);

#endif
