/*
 * The network of a painter with its weights, which lie one layer after another in one vector: what a solver moves.
 */
#ifndef NST_PAINTER_PAINTER_NET_H
#define NST_PAINTER_PAINTER_NET_H

#include "model/topology.h"
#include "nn/conv.h"

/* A layer of the table, and what follows from the layers before it. */
typedef struct nst__painter_layer {
    const nst__layer *row;
    const nst__operation_type *type;
    size_t channels;
    size_t map;            /* the layer whose map it reads from: its own, or that of the layer that a ReLU belongs to */
    size_t x, other;       /* the layers whose maps it reads; OTHER 0: only one */
    size_t last_reader;    /* of its map; 0: none */
    bool relu;             /* a ReLU follows */
    size_t weights, count; /* where its weights begin, how many they are */
    size_t bias, biases;   /* likewise; BIASES 0: none */
    nst__conv *conv;       /* its weights once more, packed; NULL unless it is an NST__CONVOLUTION */
} nst__painter_layer;

typedef struct nst__painter_net {
    size_t layers, count;           /* COUNT: all weights */
    size_t inner_first, inner_last; /* the first and the last of the smallest maps */
    nst__painter_layer layer[NST__LAYERS_MAX];
    float *weights; /* [count] */
} nst__painter_net;

nst_status nst__painter_net_create(nst__painter_net **out);
void nst__painter_net_destroy(nst__painter_net *net);
/* Random weights from SEED, the same on every machine. */
void nst__painter_net_randomise(nst__painter_net *net, uint64_t seed);
/* After a change of the weights, before the next pass. WORKERS share the packing; NULL: the calling thread does it. */
void nst__painter_net_renew(nst__painter_net *net, nst__workers *workers);

/* Sides of the pictures that it paints are multiples of STEP, and at least LEAST. Its smallest maps have 1 / STEP of
 * the size. */
enum { NST__PAINTER_STEP = 4, NST__PAINTER_LEAST = 16 };
/* So many pixels of the picture does a value of the map of layer TO see on each side, if the map of FROM is given. */
size_t nst__painter_net_reach(const nst__painter_net *net, size_t from, size_t to);

#endif
