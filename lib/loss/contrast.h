/*
 * The contrast of a picture, and the least that natural pictures have.
 *
 * The content loss `relative` divides by the variation of the content's features. A flat or foggy picture has next to
 * none, and such a loss holds each pixel in place. So there is a floor: the variation counts as if the picture had at
 * least the contrast of natural ones. With S the standard deviation of pixel values in 0..1:
 *
 *   V = variation x max(1, LEAST^2 / S^2)
 *
 * This needs no constant of the model, since features vary as pixels do: at a tenth of its contrast a picture has 1.4 to
 * 3 times its variation over S^2, by model and layer, so that the floor is somewhat higher than a proportion would make it.
 *
 * LEAST is 0.05. Of 1000 photos the flattest has S = 0.060 at 64 pixels and 0.063 at 256, one in a hundred less than 0.088,
 * half of them more than 0.216: for natural pictures V is their variation, to the last bit, and the floor is a twentieth of
 * what half of them have. A picture of one colour has nothing to keep: its V is infinite. Figures by
 * tests/bench/contrast.py.
 */
#ifndef NST_LOSS_CONTRAST_H
#define NST_LOSS_CONTRAST_H

#include <stddef.h>

/* V over variation for PIXELS [height, width, 3], weighted by WEIGHTS [height, width] (NULL: alike): 1 or more, and
 * infinity for one colour. */
double nst__contrast_lack(size_t height, size_t width, const float *pixels, const float *weights);

#endif
