/*
 * A network is a table of layers: what each computes, from which layer, and what its tensors are called. The widths of
 * layers, and where a network ends, come from a file.
 */
#ifndef NST_MODEL_TOPOLOGY_H
#define NST_MODEL_TOPOLOGY_H

#include "model/names.h"
#include "nn/operation.h"

#define NST__LAYERS_MAX 64 /* VGG-19 has 37 */

typedef struct nst__layer {
    const char *name; /* "conv2_1", "relu2_1", "pool2" */
    nst__operation operation;
    int kernel, stride; /* pixels of the layer that it reads */
    size_t input;       /* the index of the layer that it reads; 0: the one before */
    int number;         /* torchvision calls it features.5; of layers with weights */
    size_t channels;    /* of the published network; of layers with weights */
} nst__layer;

/* Layer 0 is NST__PICTURE, a layer of NST__END follows the last. A layer reads from one above it. A ReLU reads from a
 * convolution, for nothing else keeps the bits of its outputs. */
typedef struct nst__topology {
    const char *name; /* "vgg19" */
    nst__layer layer[NST__LAYERS_MAX];
} nst__topology;

extern const nst__topology nst__vgg19;

/* The known networks, NULL after the last. The largest come first: a file that ends early may be any of several, and is
 * taken for the first. */
const nst__topology *nst__topology_at(size_t index);

size_t nst__topology_layers(const nst__topology *topology);
size_t nst__topology_convs(const nst__topology *topology); /* layers with weights */
bool nst__topology_has_weights(const nst__topology *topology, size_t layer);
/* Can a loss be taken at it? At convolutions and ReLUs. */
bool nst__topology_is_feature(const nst__topology *topology, size_t layer);
size_t nst__topology_input(const nst__topology *topology, size_t layer); /* the index of the layer that it reads */
/* The layer of that name, or NST__LAYERS_MAX. */
size_t nst__topology_find(const nst__topology *topology, const char *name);
/* The layer of the tensor that a file calls KEY, or NST__LAYERS_MAX. */
size_t nst__topology_find_key(const nst__topology *topology, const nst__vgg_key *key);

/* Pixels of the picture between two positions of the layer. */
size_t nst__topology_step(const nst__topology *topology, size_t layer);
/* Pixels of the picture, beyond its own step x step, that a position of the layer sees on each side. */
size_t nst__topology_reach(const nst__topology *topology, size_t layer);

#endif
