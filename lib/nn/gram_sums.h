/*
 * Gram matrices: G[a,b] = sum over positions p of g(p) F[p,a] F[p,b].
 * Gatys, Ecker, Bethge, "A Neural Algorithm of Artistic Style", arXiv:1508.06576, eq. 3.
 */
#ifndef NST_NN_GRAM_SUMS_H
#define NST_NN_GRAM_SUMS_H

#include "tensor/window.h"
#include "nn/engine.h"

/* SUMS [C,C] += the Gram matrix of the window, both triangles, and TOTALS [C] += sum of g(p) F[p,a]. The order of the
 * sums depends on the window's size alone. */
typedef struct nst__gram_call {
    nst__engine *engine;
    nst__window window;
    double *sums;
    float *workspace; /* nst__gram_workspace() floats */
    double *totals;   /* NULL: not asked for */
} nst__gram_call;

void nst__gram_add(const nst__gram_call *call);
size_t nst__gram_workspace(size_t channels, size_t positions); /* floats */
size_t nst__gram_scratch(size_t channels);                     /* floats of each worker */

#endif
