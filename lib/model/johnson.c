/*
 * The painter: the network of Johnson, Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and
 * Super-Resolution", arXiv:1603.08155, with half of its channels, instance normalisation (Ulyanov et al.,
 * arXiv:1607.08022), and nearest upsampling, which leaves no checkerboard. 350 115 weights.
 *
 * A convolution has no bias where a normalisation follows, which would take it away again.
 */
#include "model/topology.h"

#define PICTURE \
    { \
        "picture", NST__PICTURE, 1, 1, 0, 0, 3 \
    }
#define NORM(number, channels) \
    { \
        "norm" #number, NST__NORM, 1, 1, 0, number, channels \
    }
#define RELU(number) \
    { \
        "relu" #number, NST__RELU, 1, 1, 0, number, 0 \
    }
#define ANY(number, kernel, stride, channels) \
    {"conv" #number, NST__ANY_CONVOLUTION, kernel, stride, 0, number, channels}, NORM(number, channels), RELU(number)
#define CONV(number, channels) {"conv" #number, NST__CONVOLUTION, 3, 1, 0, number, channels}, NORM(number, channels)
#define UP(number) \
    { \
        "up" #number, NST__UPSAMPLE, 1, 1, 0, number, 0 \
    }
/* SOURCE: the index of the layer that it begins with. */
#define RESIDUAL(first, second, source) \
    CONV(first, 64), RELU(first), CONV(second, 64), \
    { \
        "add" #second, NST__ADD, 1, 1, source, second, 0 \
    }

/* clang-format off */
const nst__topology nst__johnson = {"johnson", {PICTURE,
    ANY(1, 9, 1, 16), ANY(2, 3, 2, 32), ANY(3, 3, 2, 64),
    RESIDUAL(4, 5, 9), RESIDUAL(6, 7, 15), RESIDUAL(8, 9, 21), RESIDUAL(10, 11, 27),
    UP(12), CONV(12, 32), RELU(12),
    UP(13), CONV(13, 16), RELU(13),
    {"conv14", NST__ANY_CONVOLUTION, 9, 1, 0, 14, 3},
    {"sigmoid", NST__SIGMOID, 1, 1, 0, 0, 0}}};
/* clang-format on */
