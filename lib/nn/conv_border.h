/*
 * The gradient of padding that is a copy: it is added to the positions that were copied.
 */
#ifndef NST_NN_CONV_BORDER_H
#define NST_NN_CONV_BORDER_H

#include "nn/conv_pass.h"

/* The scratch of one worker, in floats. FROM and TO are the channels of the pass, which is backward. */
size_t nst__border_scratch(const nst__engine *engine, size_t from, size_t to);
/* PASS has the weights of nst__direct_method. PADDING and EDGES are those of the convolution. */
void nst__border_run(const nst__pass *pass, nst_padding padding, unsigned edges);

#endif
