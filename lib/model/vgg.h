/*
 * The order of VGG's convolutions, and the names that files give them.
 *
 * Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
 * arXiv:1409.1556, table 1: configuration D is VGG-16, E is VGG-19. Every convolution is 3x3 and followed by
 * a ReLU; a 2x2 pooling stands before each block but the first.
 */
#ifndef NST_MODEL_VGG_H
#define NST_MODEL_VGG_H

#include <stdbool.h>
#include <stddef.h>
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

extern const nst__vgg nst__vgg19, nst__vgg16;

/* What a key of a state dict stands for. Prefixes that wrappers add ("module.", "model.", ...) are skipped. */
typedef struct nst__vgg_key {
    int feature;       /* "features.5.weight": 5; else -1 */
    int block, number; /* "conv2_1.weight", "conv21.weight", "block2_conv1": 2, 1; else 0 */
    bool bias;
} nst__vgg_key;

/* False: not the key of a convolution. A longer key is none, with whatever wrappers: files that repeat one of
 * millions of bytes must not cost hours. */
#define NST__KEY_MAX 128
bool nst__vgg_parse_key(nst__vgg_key *out, const char *key, size_t length);

/* Its index in the network, or NST__CONVS_MAX if it has no such convolution. */
size_t nst__vgg_index(const nst__vgg *vgg, const nst__vgg_key *key);

#endif
