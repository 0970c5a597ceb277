/*
 * The order of VGG's convolutions.
 *
 * Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
 * arXiv:1409.1556, table 1: configuration A is VGG-11, B VGG-13, D VGG-16, E VGG-19. Every convolution is 3x3 and followed by
 * a ReLU; a 2x2 pooling stands before each block but the first.
 */
#ifndef NST_MODEL_VGG_H
#define NST_MODEL_VGG_H

#include "model/names.h"

#include <stdint.h>

#define NST__CONVS_MAX 16 /* of VGG-19 */

typedef struct nst__vgg_conv {
    const char *conv, *relu; /* "conv2_1", "relu2_1" */
    int block, number;       /* 2, 1 */
    int feature;             /* torchvision calls it features.5 */
    uint32_t channels;       /* of the published networks */
} nst__vgg_conv;

typedef struct nst__vgg {
    const char *name; /* "vgg19" */
    size_t count;
    nst__vgg_conv conv[NST__CONVS_MAX];
} nst__vgg;

/* The largest first: a file that ends early may be any of several, and is the first. */
enum { NST__VGGS = 4 };
extern const nst__vgg nst__vggs[NST__VGGS];
#define nst__vgg19 nst__vggs[0]

/* The convolution that KEY is of, or NST__CONVS_MAX if the network has none of that name. */
size_t nst__vgg_index(const nst__vgg *vgg, const nst__vgg_key *key);

#endif
