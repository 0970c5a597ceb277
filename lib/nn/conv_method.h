/*
 * What a method of the convolution is: one row of the table in conv.c, at the end of the method's own file.
 */
#ifndef NST_NN_CONV_METHOD_H
#define NST_NN_CONV_METHOD_H

#include "nn/conv_pass.h"
#include "nn/product.h"

/* One direction of a layer, at one size of the maps. Backward, FROM is the layer's number of outputs. */
typedef struct nst__conv_shape {
    size_t from, to; /* channels */
    size_t height, width;
    bool backward;
} nst__conv_shape;

/* How packed weights lie: as B [depth, columns], in the chunks of product.h. The filter from channel c to channel k
 * is COUNT numbers, number n in row c + n DOWN and column k + n ACROSS. The rest is zero. */
typedef struct nst__packing {
    size_t count;
    size_t down, across;
    size_t depth, columns; /* with all padding */
    size_t width;          /* of a chunk; differs between instruction sets and CBLAS */
} nst__packing;

/* The most numbers of a packed filter. */
#define NST__PACKED_MOST 64

typedef struct nst__conv_method {
    const char *name;
    nst_convolution choice; /* the choice, besides auto, that allows this method */

    /* Is this the method to use? The table is asked in its order until one row says yes. The last row that a choice
     * allows is used whatever it says, so it computes every shape. */
    bool (*suits)(const nst__conv_shape *shape);

    /* Must not depend on the size of the maps: packed weights serve all of them. */
    nst__packing (*packing)(const nst__engine *engine, size_t from, size_t to);
    /* The numbers of a filter W [3, 3], which is flipped already where the direction is backward. NULL: W itself. */
    void (*transform)(const float w[9], double numbers[NST__PACKED_MOST]);

    /* Of one worker, in floats. SHAPE has the larger of the two maps. */
    size_t (*scratch)(const nst__engine *engine, const nst__conv_shape *shape);
    void (*run)(const nst__pass *pass);
} nst__conv_method;

/* The rows of the table that other files name. */
extern const nst__conv_method nst__few_method, nst__direct_method;

#endif
