/*
 * A painter's network at work on pictures of one size: forward, and backward to the gradient of the weights.
 */
#ifndef NST_PAINTER_PAINTER_RUN_H
#define NST_PAINTER_PAINTER_RUN_H

#include "objective/placement.h"
#include "painter/painter_net.h"

typedef struct nst__painter_run {
    nst__painter_net *net;
    nst__engine *engine; /* its arena has the maps */
    bool training;       /* keeps what a way back needs */
    size_t from, to;     /* the part of the network: from the map of FROM, 0: the picture, to that of TO, 0: the last */
    size_t height, width;
    nst__buffer map[NST__LAYERS_MAX], gradient[NST__LAYERS_MAX], state[NST__LAYERS_MAX];
    nst__map shape[NST__LAYERS_MAX];  /* sizes alone */
    size_t in_place[NST__LAYERS_MAX]; /* the layer whose buffer it writes to */
} nst__painter_run;

/* Sets all members after the network's part, for a map of FROM of this size. Returns the bytes of the arena. Sides of a
 * picture: see NST__PAINTER_STEP. */
size_t nst__painter_run_plan(nst__painter_run *run, size_t height, size_t width);
/* Reserves memory for the planned size, and packs weights that are not packed yet: after this no pass fails. */
nst_status nst__painter_run_prepare(nst__painter_run *run);

/* The map of TO, made from that of FROM: in the arena, until the next pass. PIXELS, the map of FROM, may be overwritten
 * if FROM is not the picture. STATISTICS, if not NULL, are used by the normalisations in place of their own: those of
 * nst__norm_conclude(), one layer after another. */
nst__map nst__painter_run_forward(nst__painter_run *run, const float *pixels, const float *statistics);

/* Adds the gradient by the weights to DWEIGHTS [count]; GRADIENT [height, width, 3] is by the painted picture. After
 * forward of the whole network with the same PIXELS, and without statistics. */
void nst__painter_run_backward(nst__painter_run *run, const float *pixels, const float *gradient, float *dweights);

#endif
