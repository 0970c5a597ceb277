/*
 * The contrast of a picture, and the least that natural pictures have.
 *
 * The content loss `relative` divides by the variation of the content's features. A flat or foggy picture has almost
 * none, so its content loss would keep every pixel as it is. Therefore the variation has a floor, that of a picture
 * with the least contrast of natural ones. With S the standard deviation of pixel values in 0..1:
 *
 *   V = variation x max(1, LEAST^2 / S^2)
 *
 * The formula needs no constant of the model, since features vary roughly in proportion to pixels. Not exactly: if the
 * contrast of a picture is divided by ten, variation / S^2 grows by a factor of 1.4 to 3, depending on model and layer.
 *
 * LEAST is 0.05. Of 1000 photos the flattest has S = 0.060 at 64 pixels and 0.063 at 256; one in a hundred has less
 * than 0.088, and half have more than 0.216. So for natural pictures V is exactly their variation. For a picture of one
 * colour V is infinite: there is no content to keep. tests/bench/contrast.py prints these figures.
 */
#ifndef NST_LOSS_CONTRAST_H
#define NST_LOSS_CONTRAST_H

#include "base/ranks.h"

/* V / variation for PIXELS [height, width, 3] with WEIGHTS [height, width] (NULL: equal): at least 1; infinity for a
 * picture of one colour. The picture is the sum of those of RANKS. */
double nst__contrast_lack(size_t height, size_t width, const float *pixels, const float *weights, nst__ranks *ranks);

#endif
