/*
 * The matting Laplacian L of a picture: how far the colours of another picture are, in each window of 3x3 pixels, from
 * an affine function of its own.
 */
#ifndef NST_LOSS_MATTING_H
#define NST_LOSS_MATTING_H

#include "nn/engine.h"
#include "tensor/map.h"

/* The mean of x' L x over the values of X [height, width, 3], with L of CONTENT of the same size. Adds WEIGHT times the
 * gradient where GRADIENT is not NULL. EPSILON, above 0: differences of the content far below a third of its root are
 * taken for noise. */
double nst__matting(nst__engine *engine, const float *content, const nst__map *x, float epsilon, double weight,
                    float *gradient);

#endif
