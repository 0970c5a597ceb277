/*
 * The gradient of all losses of one layer with respect to its features. It replaces the features, which are not needed
 * any more.
 *
 *   dF = sum over terms of g (F K + k) + g s (F - P)   for terms on the convolution's output, plus
 *   the same for max(F, 0), times the derivative of the ReLU, for terms on the ReLU's output
 */
#ifndef NST_NN_SLOPE_H
#define NST_NN_SLOPE_H

#include "nn/engine.h"
#include "tensor/window.h"

/* What the gradient of one term is computed from. */
typedef struct nst__slope {
    const float *matrix;   /* K [C,C], symmetric; NULL: 0 */
    const float *vector;   /* k [C]; NULL: 0 */
    const float *features; /* P [window height, window width, C]; NULL: there is no such part */
    double pull;           /* s */
} nst__slope;

/* The slopes of the terms on the same features, each with the weights of its term. */
enum { NST__MAX_SLOPES = 32 };
typedef struct nst__slopes {
    size_t count;
    struct {
        nst__slope slope;
        const float *weights; /* as in nst__window */
        size_t stride;
    } of[NST__MAX_SLOPES];
} nst__slopes;

/* All terms of one map. The map holds the ReLU's output if BEFORE is empty, else the convolution's output. Outside the
 * window the gradient is 0. The weights of WINDOW are ignored. */
typedef struct nst__slopes_call {
    nst__engine *engine;
    nst__window window;
    nst__slopes before, after; /* terms on the convolution's output; terms on its ReLU */
} nst__slopes_call;

void nst__slopes_gradient(const nst__slopes_call *call);
/* The same for one row of the map, on the calling thread. */
void nst__slopes_row(const nst__slopes_call *call, size_t row, float *scratch);
/* Only the zeros outside the window. */
void nst__slopes_clear(const nst__slopes_call *call);
size_t nst__slopes_scratch(size_t channels); /* floats of each worker */

#endif
