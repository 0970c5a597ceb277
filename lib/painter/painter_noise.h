/*
 * The noise that a painter adds to a picture. What is flat in a picture would be painted flat: a convolution has
 * nothing there to tell one place from another.
 */
#ifndef NST_PAINTER_PAINTER_NOISE_H
#define NST_PAINTER_PAINTER_NOISE_H

#include <stddef.h>

/* To WIDTH pixels of a row of the picture, RGB, from column LEFT on. It depends on the place in the picture alone. */
void nst__painter_add_noise(size_t row, size_t left, size_t width, float *pixels);

#endif
