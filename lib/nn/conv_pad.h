/*
 * The padding of a map.
 */
#ifndef NST_NN_CONV_PAD_H
#define NST_NN_CONV_PAD_H

#include "base/status.h"
#include "tensor/map.h"

#include <stddef.h>

/* Sides of a map that are the picture's border. */
typedef enum nst__edge { NST__TOP = 1, NST__BOTTOM = 2, NST__LEFT = 4, NST__RIGHT = 8, NST__ALL_EDGES = 15 } nst__edge;

/* The index within 0..N-1 that stands for I by a padding of one, or -1 for zero. Further out than one is never needed:
 * zero. */
ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n);

/* The index within 0..N-1 that reflection puts at I, however far outside. */
size_t nst__reflect_index(ptrdiff_t i, size_t n);
/* WIDTH pixels of row I of MAP from column J on, reflected where they lie outside. */
void nst__reflect_row(const nst__map *map, ptrdiff_t i, ptrdiff_t j, size_t width, float *out);

#endif
