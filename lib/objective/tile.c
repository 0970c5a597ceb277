#include "objective/tile.h"

/* Sets the number of cores, each at least one step, and their length. */
static void cut(size_t length, size_t step, size_t *count, size_t *core)
{
    size_t steps = length / step;
    if (*count > steps) *count = steps ? steps : 1;
    *core = (steps + *count - 1) / *count * step;
    *core = *core ? *core : length;
    /* The pixels after the last whole step belong to the last core. */
    *count = (steps * step + *core - 1) / *core;
    *count = *count ? *count : 1;
}

nst__tiling nst__tiling_make(const nst__net *net, size_t height, size_t width, size_t rows, size_t columns)
{
    return nst__tiling_make_band(net, height, width, (nst__rows){0, height}, rows, columns);
}

nst__tiling nst__tiling_make_band(const nst__net *net, size_t height, size_t width, nst__rows band, size_t rows,
                                  size_t columns)
{
    nst__tiling tiling = {.height = height, .width = width, .rows_of_cores = band, .rows = rows, .columns = columns};
    const size_t step = nst__net_least(net);
    if (nst__rows_count(band) == 0) return (nst__tiling){.height = height, .width = width};
    cut(nst__rows_count(band), step, &tiling.rows, &tiling.core_height);
    cut(width, step, &tiling.columns, &tiling.core_width);
    tiling.halo = nst__net_halo(net);
    return tiling;
}

size_t nst__tiling_count(const nst__tiling *tiling)
{
    return tiling->rows * tiling->columns;
}

/* Core number INDEX of COUNT along one side, whose cores are in PART of LENGTH, and the tile around it. */
static void along(size_t length, nst__rows part, size_t core, size_t halo, size_t index, size_t count,
                  size_t *core_start, size_t *core_length, size_t *start, size_t *extent)
{
    const size_t end = index + 1 == count ? part.end : part.first + (index + 1) * core;
    *core_start = part.first + index * core;
    *core_length = end - *core_start;
    *start = *core_start > halo ? *core_start - halo : 0;
    *extent = (end + halo < length ? end + halo : length) - *start;
}

nst__tile nst__tile_at(const nst__tiling *tiling, size_t index)
{
    nst__tile tile;
    const size_t row = index / tiling->columns, column = index % tiling->columns;
    along(tiling->height, tiling->rows_of_cores, tiling->core_height, tiling->halo, row, tiling->rows, &tile.core_top,
          &tile.core_height, &tile.top, &tile.height);
    along(tiling->width, (nst__rows){0, tiling->width}, tiling->core_width, tiling->halo, column, tiling->columns,
          &tile.core_left, &tile.core_width, &tile.left, &tile.width);
    tile.picture_width = tiling->width;
    tile.last_row = row + 1 == tiling->rows && tiling->rows_of_cores.end == tiling->height;
    tile.last_column = column + 1 == tiling->columns;
    return tile;
}

nst__window nst__tile_window(const nst__tile *tile, size_t step, size_t channels, float *data)
{
    nst__window window = {.map = {tile->height / step, tile->width / step, channels, data}};
    window.top = (tile->core_top - tile->top) / step;
    window.left = (tile->core_left - tile->left) / step;
    window.height =
        (tile->last_row ? window.map.height : (tile->core_top + tile->core_height - tile->top) / step) - window.top;
    window.width =
        (tile->last_column ? window.map.width : (tile->core_left + tile->core_width - tile->left) / step) - window.left;
    return window;
}
