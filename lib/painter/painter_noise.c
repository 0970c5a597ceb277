/*
 * Smooth noise: seeded values on a lattice of CELL pixels, for each channel, interpolated.
 */
#include "painter/painter_noise.h"

#include <stdint.h>

#define AMPLITUDE 0.05F

enum { CELL = 8 };

/* In -1..1 (a finaliser of MurmurHash3). */
static float value(size_t i, size_t j, size_t channel)
{
    uint32_t z = (uint32_t)i * 0x9e3779b1u ^ ((uint32_t)j * 0x85ebca77u + (uint32_t)channel * 0xc2b2ae3du);
    z = (z ^ z >> 16) * 0x85ebca6bu;
    z = (z ^ z >> 13) * 0xc2b2ae35u;
    z ^= z >> 16;
    return (float)(z >> 8) / (float)(1 << 23) - 1;
}

/* Of a cell's left border, in one row. */
static float border(size_t row, size_t cell, size_t channel)
{
    const float t = (float)(row % CELL) / CELL;
    return (1 - t) * value(row / CELL, cell, channel) + t * value(row / CELL + 1, cell, channel);
}

void nst__painter_add_noise(size_t row, size_t left, size_t width, float *pixels)
{
    for (size_t channel = 0; channel < 3; channel++)
        for (size_t cell = left / CELL; cell * CELL < left + width; cell++) {
            const float from = AMPLITUDE * border(row, cell, channel), to = AMPLITUDE * border(row, cell + 1, channel);
            for (size_t k = 0; k < CELL; k++) {
                const size_t column = cell * CELL + k;
                if (column < left || column >= left + width) continue;
                pixels[(column - left) * 3 + channel] += from + (to - from) * (float)k / CELL;
            }
        }
}
