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
    size_t height, width;
    nst__buffer map[NST__LAYERS_MAX], gradient[NST__LAYERS_MAX], state[NST__LAYERS_MAX];
    nst__map shape[NST__LAYERS_MAX];  /* sizes alone */
    size_t in_place[NST__LAYERS_MAX]; /* the layer whose buffer it writes to */
} nst__painter_run;

/* Sets all members but the first three. Returns the bytes of the arena. Sides: see NST__PAINTER_STEP. */
size_t nst__painter_run_plan(nst__painter_run *run, size_t height, size_t width);
/* Reserves memory for the planned size, and packs weights that are not packed yet: after this no pass fails. */
nst_status nst__painter_run_prepare(nst__painter_run *run);

/* The picture painted from PIXELS [height, width, 3], RGB: in the arena, until the next pass. STATISTICS, if not NULL,
 * are used by the normalisations in place of their own: those of nst__painter_run_statistics(). */
float *nst__painter_run_forward(nst__painter_run *run, const float *pixels, const float *statistics);
/* What the normalisations of the last forward pass measured, nst__painter_run_statistics_count() numbers. */
void nst__painter_run_statistics(const nst__painter_run *run, float *out);
size_t nst__painter_run_statistics_count(const nst__painter_net *net);

/* Adds the gradient by the weights to DWEIGHTS [count]; GRADIENT [height, width, 3] is by the painted picture. After
 * forward with the same PIXELS, and without statistics. */
void nst__painter_run_backward(nst__painter_run *run, const float *pixels, const float *gradient, float *dweights);

#endif
