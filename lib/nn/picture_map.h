/*
 * From a picture to the first map, in the input space of the model, and the gradient from that map to the picture.
 */
#ifndef NST_NN_PICTURE_MAP_H
#define NST_NN_PICTURE_MAP_H

#include "nn/engine.h"
#include "tensor/map.h"

/* Channel c of the map is SCALE[c] x + SHIFT[c], with x the channel SOURCE[c] of the picture. */
typedef struct nst__picture_call {
    nst__engine *engine;
    const int *source;   /* [3] */
    const float *scale;  /* [3] */
    const float *shift;  /* [3] */
    size_t top, left;    /* of the map in the picture */
    size_t width;        /* of the picture, whose height does not matter */
    const float *pixels; /* [height, width, 3]; load reads them */
    float *gradient;     /* the same; add adds to it */
    nst__map map;        /* [tile height, tile width, 3] */
} nst__picture_call;

void nst__picture_load(const nst__picture_call *call);
void nst__picture_add(const nst__picture_call *call);

#endif
