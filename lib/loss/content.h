/*
 * The content loss of one layer: how far its features F are from those of the content picture, P.
 *
 *   relative   |F-P|^2 / |P - mean P|^2   mean of each channel over positions; no unit
 *   mean       |F-P|^2 / (C M)            Johnson et al., arXiv:1603.08155, eq. 2
 *   gatys, sum |F-P|^2 / 2                Gatys et al., arXiv:1508.06576, eq. 1
 *
 * The gradient is dF = 2 k (F - P) with k the factor on |F-P|^2.
 */
#ifndef NST_LOSS_CONTENT_H
#define NST_LOSS_CONTENT_H

#include "loss/window.h"
#include "nn/engine.h"

#include <stdbool.h>

/* Copies the window's features, or max(F, 0), to TARGET [window height, window width, C]. */
void nst__content_copy(const nst__window *window, bool relu, float *target);

/* Sum of squares of F - P over the window. */
double nst__content_distance(nst__engine *engine, const nst__window *window, bool relu, const float *target);

/* SUMS [2,C] += sum of F and of F^2 for each channel. From these, over all POSITIONS, k of the table above; a
 * content picture without any variation is measured by |P|^2 instead, and 0 if that is nothing too. */
void nst__content_sums(const nst__window *window, bool relu, double *sums);
double nst__content_factor(nst_form form, size_t channels, size_t positions, const double *sums);

#endif
