/*
 * The gradient of all losses on one layer, by its features, in place: the features are not needed any more.
 *
 *   dF = F S + 2k (F - P)   for losses on the convolution's output, plus
 *   the same of max(F, 0), times the derivative of the ReLU, for losses on that
 */
#ifndef NST_LOSS_GRADIENT_H
#define NST_LOSS_GRADIENT_H

#include "loss/window.h"
#include "nn/engine.h"

typedef struct nst__slopes {
    const float *style;   /* S [C,C], symmetric, of nst__style_loss(); NULL: no style loss */
    const float *content; /* P [window height, window width, C]; NULL: no content loss */
    double content_slope; /* 2k times the weight */
} nst__slopes;

/* BEFORE: losses on the convolution's output; AFTER: on its ReLU. The map holds the ReLU if BEFORE is empty, else the
 * convolution's output. Outside the window the gradient is 0. */
void nst__loss_gradient(nst__engine *engine, const nst__window *window, const nst__slopes *before,
                        const nst__slopes *after);
size_t nst__loss_gradient_scratch(size_t channels); /* floats a worker */

#endif
