/*
 * White noise to start from.
 */
#ifndef NST_TRANSFER_NOISE_H
#define NST_TRANSFER_NOISE_H

#include <stddef.h>
#include <stdint.h>

/* The values FIRST to FIRST + COUNT - 1 of a normal distribution, mean 0.5, standard deviation 0.2. Value i depends on
 * SEED and i alone. */
void nst__noise(float *out, size_t first, size_t count, uint64_t seed);

#endif
