/*
 * What the files of the convolution share: the layer's weights in each form, and the shape of one call.
 */
#ifndef NST_NN_CONV_PARTS_H
#define NST_NN_CONV_PARTS_H

#include "nn/conv.h"
#include "nn/product.h"

/* ---- Weights ---- */

typedef enum nst__form_kind {
    NST__FORM_TAPS,      /* B [9 x depth of a tap, to]: the taps one under another, each padded to whole blocks */
    NST__FORM_DENSE,     /* the same without padding between: from few channels */
    NST__FORM_NARROW,    /* B [from, 9 x to]: the taps side by side */
    NST__FORM_WINOGRAD4, /* G w G', 36 matrices B [from, to], each whole, chunk by chunk */
    NST__FORM_WINOGRAD6  /* 64 of them */
} nst__form_kind;

typedef struct nst__form_key {
    nst__form_kind kind;
    bool backward; /* flipped, and from out to in */
    size_t width;  /* of a chunk of columns; differs between instruction sets and CBLAS */
} nst__form_key;

typedef struct nst__form nst__form;

struct nst__conv {
    size_t in, out;
    float *weights; /* [out, in, 3, 3] */
    float *bias;    /* [out] */
    struct nst__forms {
        nst__lock lock;             /* while a form is made */
        _Atomic(nst__form *) first; /* grows at the front only */
    } * forms;
};

nst__form_key nst__form_of(const nst__engine *engine, const nst__conv *conv, nst__form_kind kind, bool backward);
size_t nst__form_floats(const nst__conv *conv, nst__form_key key);
nst_status nst__form_make(const nst__conv *conv, nst__form_key key); /* if it is not there yet; under the lock */
const float *nst__form_find(const nst__conv *conv, nst__form_key key);
void nst__forms_destroy(nst__conv *conv);

/* ---- One call ---- */

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
    bool backward, relu; /* ReLU of FROM */
    nst_padding padding;
    nst__map from;
    size_t top, left;
    nst__finish finish; /* with TO */
} nst__pass;

/* The index within 0..N-1 that stands for I, or -1 for zero. Further out than one is never needed: zero. */
ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n);

/* COUNT channels from CHANNEL on of a pixel of FROM, padded and after ReLU, then zeros up to ROOM. */
void nst__pass_pixel(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t channel, size_t count, float *out,
                     size_t room);

/* From few channels. */
size_t nst__few_scratch(const nst__conv *conv, const nst__engine *engine, bool backward);
void nst__few_run(const nst__pass *pass);

/* By im2col: any channels, any size. */
size_t nst__direct_scratch(const nst__conv *conv, const nst__engine *engine, bool backward);
void nst__direct_run(const nst__pass *pass);

/* Backward to few channels. */
size_t nst__narrow_scratch(const nst__conv *conv, const nst__engine *engine);
void nst__narrow_run(const nst__pass *pass);

/* METHOD: NST__FORM_WINOGRAD4 or 6. */
size_t nst__winograd_scratch(const nst__conv *conv, const nst__engine *engine, nst__form_kind method, bool backward,
                             size_t height, size_t width);
void nst__winograd_run(const nst__pass *pass, nst__form_kind method);

/* The gradient of what padding copied, added to where it came from. */
size_t nst__border_scratch(const nst__conv *conv, const nst__engine *engine);
void nst__border_run(const nst__pass *pass, nst_padding padding, unsigned edges);

#endif
