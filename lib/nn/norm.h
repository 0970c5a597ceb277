/*
 * The statistics of an instance normalisation, for who brings them from another map: nst__layer_call's FIXED.
 */
#ifndef NST_NN_NORM_H
#define NST_NN_NORM_H

#include <stdint.h>

/* Of each channel of x, [2, channels]: 1 / sqrt(variance + epsilon), and minus its product with the mean. */
float *nst__norm_statistics(uint8_t *state);

#endif
