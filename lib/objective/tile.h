/*
 * Exact tiles. A picture is cut into cores. Each core is computed with a halo as wide as the receptive field of the
 * deepest feature. So every feature of the core, and every value that it depends on, equals that of the whole picture.
 * Losses are taken only in the core. Their gradient, taken back through the tile, is the core's share of the whole
 * gradient, and the shares add up.
 *
 * Cores and halos are multiples of the deepest layer's step, so 2x2 pooling has the same positions as in the whole
 * picture. The padding at an inner side of a tile is wrong, but no feature of the core depends on it.
 */
#ifndef NST_OBJECTIVE_TILE_H
#define NST_OBJECTIVE_TILE_H

#include "tensor/window.h"
#include "base/ranks.h"
#include "objective/net.h"

typedef struct nst__tiling {
    size_t height, width;           /* of the picture */
    nst__rows rows_of_cores;        /* all rows; of a window on a larger picture (band.h), those of its band */
    size_t rows, columns;           /* tiles in each direction */
    size_t core_height, core_width; /* of all cores except the last, which may be larger or smaller */
    size_t halo;
} nst__tiling;

typedef struct nst__tile {
    size_t top, left, height, width;                     /* in the picture, including the halo */
    size_t core_top, core_left, core_height, core_width; /* of the picture */
    size_t picture_width;
    bool last_row, last_column;
} nst__tile;

/* Cuts the picture into ROWS x COLUMNS tiles, or fewer if it is too small for so many. A single tile has no halo. */
nst__tiling nst__tiling_make(const nst__net *net, size_t height, size_t width, size_t rows, size_t columns);
/* The same, with cores only in the rows BAND, which begin at a whole step. No rows: no tiles. */
nst__tiling nst__tiling_make_band(const nst__net *net, size_t height, size_t width, nst__rows band, size_t rows,
                                  size_t columns);
size_t nst__tiling_count(const nst__tiling *tiling);
nst__tile nst__tile_at(const nst__tiling *tiling, size_t index);

/* The window of the core in the map of a layer whose positions are STEP pixels apart. DATA: [tile height / STEP,
 * ...]. */
nst__window nst__tile_window(const nst__tile *tile, size_t step, size_t channels, float *data);

#endif
