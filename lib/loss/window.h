/*
 * The part of a feature map that a loss is taken over: the whole map, or the core of a tile without its halo.
 */
#ifndef NST_LOSS_WINDOW_H
#define NST_LOSS_WINDOW_H

#include "tensor/map.h"

typedef struct nst__window {
    nst__map map;
    size_t top, left, height, width; /* rows and columns of MAP */
} nst__window;

static inline size_t nst__window_positions(const nst__window *window)
{
    return window->height * window->width;
}

/* The first value of row ROW, counted from the window's top: WIDTH x channels values lie side by side. */
static inline float *nst__window_row(const nst__window *window, size_t row)
{
    const nst__map *map = &window->map;
    return map->data + ((window->top + row) * map->width + window->left) * map->channels;
}

#endif
