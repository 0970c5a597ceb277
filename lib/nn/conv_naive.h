/*
 * The convolution by the formula of conv.h, in double, one value after another: the oracle of the tests.
 */
#ifndef NST_NN_CONV_NAIVE_H
#define NST_NN_CONV_NAIVE_H

#include "nn/conv.h"

void nst__conv_forward_naive(const nst__conv *conv, const nst__conv_call *call, nst__map x, nst__map y);
void nst__conv_backward_naive(const nst__conv *conv, const nst__conv_call *call, nst__map dy, nst__map dx);

#endif
