/*
 * A network is a table of layers: the operation of each, the layer that it reads, and the names of its tensors. The
 * widths of the layers, and where a network ends, come from a file.
 */
#ifndef NST_MODEL_TOPOLOGY_H
#define NST_MODEL_TOPOLOGY_H

#include "model/names.h"
#include "nn/operation.h"

#define NST__LAYERS_MAX 64 /* VGG-19 has 37 */

typedef struct nst__layer {
    const char *name; /* "conv2_1", "relu2_1", "pool2" */
    nst__operation operation;
    int kernel, stride; /* in positions of the layer that it reads */
    size_t input;       /* index of the layer that it reads; 0: the one before */
    int number;         /* 5 for torchvision's features.5; only for layers with weights */
    size_t channels;    /* of the published network; only for layers with weights */
} nst__layer;

/* Layer 0 is NST__PICTURE; a layer of NST__END follows the last one. A layer reads only layers before it. A ReLU reads
 * a convolution, since nothing else keeps the sign bits of its outputs. */
typedef struct nst__topology {
    const char *name; /* "vgg19" */
    nst__layer layer[NST__LAYERS_MAX];
} nst__topology;

extern const nst__topology nst__vgg19;
extern const nst__topology nst__johnson; /* the painter, which is not among those of nst__topology_at() */

/* The known networks; NULL after the last. The largest come first: a file that ends early may match several, and the
 * first is taken. */
const nst__topology *nst__topology_at(size_t index);

size_t nst__topology_layers(const nst__topology *topology);
size_t nst__topology_convs(const nst__topology *topology); /* layers with weights */
bool nst__topology_has_weights(const nst__topology *topology, size_t layer);
/* True if losses can be taken at the layer: at convolutions and ReLUs. */
bool nst__topology_is_feature(const nst__topology *topology, size_t layer);
size_t nst__topology_input(const nst__topology *topology, size_t layer); /* the index of the layer that it reads */
/* The layer called NAME, or NST__LAYERS_MAX. */
size_t nst__topology_find(const nst__topology *topology, const char *name);
/* The layer whose tensor has KEY in a file, or NST__LAYERS_MAX. */
size_t nst__topology_find_key(const nst__topology *topology, const nst__vgg_key *key);

/* The pixels of the picture from one position of the layer to the next. */
size_t nst__topology_step(const nst__topology *topology, size_t layer);
/* The receptive field of a position of the layer: the pixels of the picture on each side, beyond its own step x
 * step. */
size_t nst__topology_reach(const nst__topology *topology, size_t layer);

#endif
