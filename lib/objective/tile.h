/*
 * Exact tiles. A picture is cut into cores, each computed with a halo as wide as the deepest feature sees, so
 * that every feature of the core, and all that it is made from, is as in the whole picture. Losses look at
 * the core alone; their gradient, taken back through the tile, is the core's share of the whole, and the
 * shares add up.
 *
 * Cores and halos are multiples of the deepest layer's step, so that 2x2 pooling falls as in the whole
 * picture. What a convolution pads at an inner side of a tile is wrong, but never seen from the core.
 */
#ifndef NST_OBJECTIVE_TILE_H
#define NST_OBJECTIVE_TILE_H

#include "loss/window.h"
#include "objective/net.h"

typedef struct nst__tiling {
    size_t height, width;           /* of the picture */
    size_t rows, columns;           /* how many tiles */
    size_t core_height, core_width; /* of all but the last, which may be larger or smaller */
    size_t halo;
} nst__tiling;

typedef struct nst__tile {
    size_t top, left, height, width;                     /* of the picture, halo included */
    size_t core_top, core_left, core_height, core_width; /* of the picture */
    size_t picture_width;
    bool last_row, last_column;
} nst__tile;

/* One tile without a halo, or ROWS x COLUMNS of them; fewer where the picture is too small for so many. */
nst__tiling nst__tiling_make(const nst__net *net, size_t height, size_t width, size_t rows, size_t columns);
size_t nst__tiling_count(const nst__tiling *tiling);
nst__tile nst__tile_at(const nst__tiling *tiling, size_t index);

/* The core in the map of a layer whose positions are STEP pixels apart; DATA is [tile height / STEP, ...]. */
nst__window nst__tile_window(const nst__tile *tile, size_t step, size_t channels, float *data);

#endif
