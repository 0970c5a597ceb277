/*
 * Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556, table
 * 1: configuration A is VGG-11, B VGG-13, D VGG-16, E VGG-19. The embedded model, lite, is VGG-19 with fewer channels,
 * and ends at conv3_1. The last pooling is left out, since no layer here reads it.
 */
#include "model/topology.h"

#define PICTURE \
    { \
        "picture", NST__PICTURE, 1, 1, 0, 0, 0 \
    }
/* A convolution and its ReLU; NUMBER is torchvision's. */
#define CONV(block, index, number, channels) \
    {"conv" #block "_" #index, NST__CONVOLUTION, 3, 1, 0, number, channels}, \
    { \
        "relu" #block "_" #index, NST__RELU, 1, 1, 0, 0, 0 \
    }
#define POOL(block) \
    { \
        "pool" #block, NST__POOL, 2, 2, 0, 0, 0 \
    }

/* clang-format off */
const nst__topology nst__vgg19 = {"vgg19", {PICTURE,
    CONV(1, 1,  0,  64), CONV(1, 2,  2,  64), POOL(1),
    CONV(2, 1,  5, 128), CONV(2, 2,  7, 128), POOL(2),
    CONV(3, 1, 10, 256), CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), CONV(3, 4, 16, 256), POOL(3),
    CONV(4, 1, 19, 512), CONV(4, 2, 21, 512), CONV(4, 3, 23, 512), CONV(4, 4, 25, 512), POOL(4),
    CONV(5, 1, 28, 512), CONV(5, 2, 30, 512), CONV(5, 3, 32, 512), CONV(5, 4, 34, 512)}};

const nst__topology nst__vgg16 = {"vgg16", {PICTURE,
    CONV(1, 1,  0,  64), CONV(1, 2,  2,  64), POOL(1),
    CONV(2, 1,  5, 128), CONV(2, 2,  7, 128), POOL(2),
    CONV(3, 1, 10, 256), CONV(3, 2, 12, 256), CONV(3, 3, 14, 256), POOL(3),
    CONV(4, 1, 17, 512), CONV(4, 2, 19, 512), CONV(4, 3, 21, 512), POOL(4),
    CONV(5, 1, 24, 512), CONV(5, 2, 26, 512), CONV(5, 3, 28, 512)}};

const nst__topology nst__vgg13 = {"vgg13", {PICTURE,
    CONV(1, 1,  0,  64), CONV(1, 2,  2,  64), POOL(1),
    CONV(2, 1,  5, 128), CONV(2, 2,  7, 128), POOL(2),
    CONV(3, 1, 10, 256), CONV(3, 2, 12, 256), POOL(3),
    CONV(4, 1, 15, 512), CONV(4, 2, 17, 512), POOL(4),
    CONV(5, 1, 20, 512), CONV(5, 2, 22, 512)}};

const nst__topology nst__vgg11 = {"vgg11", {PICTURE,
    CONV(1, 1,  0,  64), POOL(1),
    CONV(2, 1,  3, 128), POOL(2),
    CONV(3, 1,  6, 256), CONV(3, 2,  8, 256), POOL(3),
    CONV(4, 1, 11, 512), CONV(4, 2, 13, 512), POOL(4),
    CONV(5, 1, 16, 512), CONV(5, 2, 18, 512)}};
/* clang-format on */
