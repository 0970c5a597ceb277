/*
 * Gram matrices: G[a,b] = sum over positions p of F[p,a] F[p,b].
 * Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", arXiv:1508.06576, eq. 3.
 */
#ifndef NST_LOSS_GRAM_H
#define NST_LOSS_GRAM_H

#include "loss/window.h"
#include "nn/engine.h"

#include <stdbool.h>

/* GRAM [C,C] += the Gram matrix of the window, both triangles. RELU: of max(F, 0). WORKSPACE holds
 * nst__gram_workspace() floats. Sums run in an order that the window's size alone decides. */
void nst__gram_add(nst__engine *engine, const nst__window *window, bool relu, double *gram, float *workspace);
size_t nst__gram_workspace(size_t channels, size_t positions); /* floats */
size_t nst__gram_scratch(size_t channels);                     /* floats a worker */

#endif
