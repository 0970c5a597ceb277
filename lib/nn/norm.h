/*
 * The statistics of an instance normalisation, for maps that are measured in parts: nst__layer_call's FIXED.
 */
#ifndef NST_NN_NORM_H
#define NST_NN_NORM_H

#include "nn/engine.h"
#include "tensor/map.h"

/* Of each channel of x, [2, channels]: 1 / sqrt(variance + epsilon), and minus its product with the mean. */
float *nst__norm_statistics(uint8_t *state);

/* Adds the sums of x and of x² over rows TOP to TOP + HEIGHT and columns LEFT to LEFT + WIDTH of MAP to the first
 * 2 x channels of SUMS [nst__norm_sums_count()], whose rest is used on the way. The same bits on any number of
 * threads. */
void nst__norm_add_sums(nst__engine *engine, const nst__map *map, size_t top, size_t left, size_t height, size_t width,
                        double *sums);
size_t nst__norm_sums_count(size_t channels);
/* The statistics, from SUMS over so many positions. */
void nst__norm_conclude(size_t channels, double positions, const double *sums, float *statistics);

#endif
