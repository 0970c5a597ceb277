/*
 * Sums of features and of their squares, for each channel: means and variances follow from them.
 */
#ifndef NST_NN_CHANNEL_SUMS_H
#define NST_NN_CHANNEL_SUMS_H

#include "tensor/window.h"
#include "nn/engine.h"

/* SUMS [2,C] += sum of g F and of g F^2 over the window, in double, one position after another. */
void nst__channel_sums(nst__engine *engine, const nst__window *window, double *sums);

#endif
