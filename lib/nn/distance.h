/*
 * The distance of features from others, as the content loss takes it.
 */
#ifndef NST_NN_DISTANCE_H
#define NST_NN_DISTANCE_H

#include "nn/engine.h"
#include "tensor/window.h"

/* The sum of g |F - P|^2 over the window. P [window height, window width, C]. The order of the sums depends only on the
 * window's size. */
double nst__distance_sum(nst__engine *engine, const nst__window *window, const float *p);

#endif
