/*
 * The operations of networks. What a layer computes is one row of the table in operation.c; an operation with functions
 * of its own ends its file with that row.
 *
 * A ReLU is folded into the layer that it reads: that layer stores max(y, 0), or whoever reads y takes max(y, 0) of it,
 * and backward one bit a value is enough. So a ReLU has no map and no functions.
 */
#ifndef NST_NN_OPERATION_H
#define NST_NN_OPERATION_H

#include "nn/gram_sums.h"
#include "nn/slope.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum nst__operation {
    NST__END,     /* no layer: ends a table of layers */
    NST__PICTURE, /* the first layer: the picture in the model's input space */
    NST__CONVOLUTION,
    NST__RELU,
    NST__POOL,
    NST__ANY_CONVOLUTION, /* any odd kernel, any stride; NST__CONVOLUTION is the fast one of 3x3 and stride 1 */
    NST__NORM,            /* instance normalisation */
    NST__UPSAMPLE,
    NST__ADD, /* of the layer before and the one that it reads besides */
    NST__SIGMOID,
    NST__OPERATIONS
} nst__operation;

/* One layer at work. Forward X is read and Y written; backward they are the gradients, Y is read and X written. */
typedef struct nst__layer_call {
    nst__engine *engine;
    const struct nst__conv *conv; /* the layer's weights; NULL: it has none */
    int kernel, stride;
    nst_padding padding;
    nst_pooling pooling;
    nst__map x, y;
    bool relu_x;           /* forward: x counts as max(x, 0) */
    bool relu_y;           /* forward: y is stored as max(y, 0) */
    uint8_t *mask_y;       /* forward: if not NULL, the bits of y > 0 are written here */
    const uint8_t *mask_x; /* backward: if not NULL, what goes to x is multiplied by these bits */
    bool accumulate;       /* backward: adds to x */
    uint8_t *state;        /* forward writes, backward reads; NULL where there is no way back */
    /* layers whose weights train, and what stands around them */
    const float *weights, *bias; /* of the operations that have no CONV; BIAS may be NULL */
    float *dweights, *dbias;     /* backward by weights: their gradients are added here */
    nst__map other;              /* the second input of an addition; backward its gradient, which is written */
    nst__map x_was, y_was;       /* backward: x and y as they were forward, if the operation needs them */
    bool fixed;                  /* a normalisation by the statistics that STATE has already */
    /* losses that join the layer: only if the operation says so */
    const nst__gram_call *gram;     /* forward: the Gram matrix of y */
    const nst__slopes_call *slopes; /* forward: y is not the features, but the gradient of these losses. Backward: x has
                                     * features, which are replaced by it before anything is added. */
} nst__layer_call;

/* Members that are NULL: nothing to do, or 0. PREPARE and the sizes look at no pointers of the maps. */
typedef struct nst__operation_type {
    const char *name;
    bool weights; /* does it have them? */
    void (*forward)(const nst__layer_call *call);
    void (*backward)(const nst__layer_call *call);
    void (*backward_weights)(const nst__layer_call *call); /* reads Y, a gradient, and X_WAS; X is not used */
    bool needs_x, needs_y;                                 /* a way back reads X_WAS or Y_WAS */
    /* Does the call save work on its GRAM or SLOPES, compared with passes of their own? */
    bool (*joins)(const nst__layer_call *call, bool backward);
    size_t (*state)(const nst__layer_call *call);      /* bytes of STATE */
    double (*operations)(const nst__layer_call *call); /* floating-point ones of forward or backward, for the profile */
    /* Makes ready for calls such as this, of BOTH directions or forward alone: no call fails later. */
    nst_status (*prepare)(const nst__layer_call *call, bool both);
    /* The bytes that this takes and keeps. Bits of *PREPARED stand for what earlier calls for the layer have taken: it
     * counts only once. */
    size_t (*prepared_bytes)(const nst__layer_call *call, bool both, unsigned *prepared);
    size_t (*scratch)(const nst__layer_call *call, bool both); /* floats of each worker */
} nst__operation_type;

const nst__operation_type *nst__operation_type_of(nst__operation operation);

/* Pixels of x, beyond its own STRIDE x STRIDE, that an output sees on each side. */
static inline size_t nst__operation_reach(int kernel, int stride)
{
    return (size_t)(kernel - stride + 1) / 2;
}

#endif
