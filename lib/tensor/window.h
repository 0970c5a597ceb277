/*
 * What a term observes: a window of a feature map, which is the whole map or the core of a tile without its halo, and
 * a weight for each of its positions.
 */
#ifndef NST_TENSOR_WINDOW_H
#define NST_TENSOR_WINDOW_H

#include "tensor/map.h"

#include <stdbool.h>

typedef struct nst__window {
    nst__map map;
    size_t top, left, height, width; /* rows and columns of MAP */
    bool relu;                       /* the features are max(map, 0) */
    const float *weights;            /* g in 0..1 of the window's first position; NULL: 1 everywhere */
    size_t stride;                   /* weights from one row to the next */
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

/* What some weights in a row of positions do: with the masks of regions most are all 0 or all 1. */
typedef enum nst__coverage { NST__COVERS_NOTHING, NST__COVERS_SOME, NST__COVERS_ALL } nst__coverage;
nst__coverage nst__weights_cover(const float *weights, size_t count); /* WEIGHTS NULL: all 1 */
/* How many of the first COUNT positions, 1 or more, to take at a time, so that most of a mask covers all of them or
 * none: up to where a long run of equal weights 0 or 1 begins or ends. */
size_t nst__weights_run(const float *weights, size_t count);

/* The features to TO [height, width, channels]. */
void nst__window_copy(const nst__window *window, float *to);

/* The sum of the weights: the number of positions where there are none. */
double nst__window_mass(const nst__window *window);

#endif
