/*
 * What the files of the convolution share: the layer's weights in each form, and the shape of one call.
 */
#ifndef NST_NN_CONV_PARTS_H
#define NST_NN_CONV_PARTS_H

#include "nn/conv.h"
#include "nn/kernels.h"

struct nst__conv {
    size_t in, out;
    float *weights; /* [out, in, 3, 3] */
    float *bias;    /* [out] */
    struct nst__conv_forms {
        nst__lock lock;       /* while a form is made */
        float *forward_taps;  /* [3, 3, in, out] */
        float *backward_taps; /* [3, 3, out, in] */
    } * forms;
};

/*
 * Forward and backward are one computation,
 *
 *   to[i,j,:] = sum over r,s in 0..2 of from[i + r - top, j + s - left, :] W[r,s]
 *
 * with positions outside of FROM padded. Backward, W are the flipped and transposed weights, padding is zero,
 * and what TO would be beyond the border is folded back into it where the padding was not zero.
 */
typedef struct nst__pass {
    const nst__conv *conv;
    nst__engine *engine;
    const nst__conv_call *call;
    bool backward;
    nst_padding padding;
    nst__map from, to;
    size_t top, left;
} nst__pass;

nst__pass nst__pass_forward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call,
                            nst__map x, nst__map y);
nst__pass nst__pass_backward(const nst__conv *conv, nst__engine *engine, const nst__conv_call *call,
                             nst__map dy, nst__map dx);

/* The index within 0..N-1 that stands for I, or -1 for zero. Further out than one is never needed: zero. */
ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n);

/* Writes one position of TO from the sums, as the call says: bias, ReLU and mask, or mask and accumulation.
 */
void nst__pass_finish(const nst__pass *pass, size_t position, const float *sums);

/* By im2col and GEMM: any channels, any size. */
size_t nst__direct_scratch(const nst__conv *conv);
void nst__direct_run(const nst__pass *pass);
/* The gradient of what padding copied, added to where it came from. */
void nst__fold_border(const nst__pass *pass);

#endif
