/*
 * The losses on the pixels themselves, over N = height x width x 3 values:
 *
 *   tv     1/N sum of (x[i+1,j] - x[i,j])^2 + (x[i,j+1] - x[i,j])^2   Mahendran & Vedaldi, arXiv:1412.0035, beta 2
 *   range  1/N sum of max(0, -x)^2 + max(0, x-1)^2                    the soft wall on 0..1
 */
#ifndef NST_LOSS_PIXELS_H
#define NST_LOSS_PIXELS_H

#include "nn/engine.h"

/* Each returns its value at X [height, width, 3] and, where GRADIENT is not NULL, adds WEIGHT times its
 * gradient. */
double nst__tv_loss(nst__engine *engine, size_t height, size_t width, const float *x, double weight, float *gradient);
double nst__range_loss(nst__engine *engine, size_t height, size_t width, const float *x, double weight,
                       float *gradient);

#endif
