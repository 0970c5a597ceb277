/*
 * The losses of a layer that reads few channels, as conv1_1 reads the picture, without its features.
 *
 * Before its ReLU such a layer is an affine function of the few values that each position reads:
 *
 *   F = P B      P [positions, 9 in + 1]: the patches of x, and a column of ones
 *                B [9 in + 1, out]: the weights, and the bias
 *
 * So its Gram matrix F'F = B' (P'P) B needs only the small matrix P'P. And the gradient of its losses,
 * F K + k = P (B K) + k, is again a convolution of x, with other weights.
 */
#ifndef NST_NN_CONV_AFFINE_H
#define NST_NN_CONV_AFFINE_H

#include "nn/conv_method.h"
#include "nn/gram_sums.h"
#include "nn/slope.h"

/* The weights of a convolution in its own order. */
typedef struct nst__filters {
    size_t in, out;
    const float *weights, *bias; /* [out, in, 3, 3], [out] */
} nst__filters;

/* Can it be done this way? RELU: the features are stored after their ReLU. GRAM or SLOPES may be NULL. */
bool nst__affine_suits(const nst__conv_method *method, size_t in, bool relu, const nst__gram_call *gram,
                       const nst__slopes_call *slopes);

/* PASS is the one of METHOD that would compute the features. Writes the gradient of the losses to its map. */
void nst__affine_slopes(const nst__pass *pass, const nst__conv_method *method, const nst__filters *filters,
                        const nst__slopes_call *call);
void nst__affine_gram(const nst__pass *pass, const nst__filters *filters, const nst__gram_call *call);

/* The floats of scratch memory that one worker needs, METHOD included. */
size_t nst__affine_scratch(const nst__engine *engine, const nst__conv_method *method, const nst__conv_shape *shape);

#endif
