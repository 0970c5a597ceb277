/*
 * The names that files give the tensors of a VGG: which convolution one is of, and what stands before that.
 */
#ifndef NST_MODEL_NAMES_H
#define NST_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * torchvision's are numbers ("features.5.weight", or "5.weight" in a bare Sequential), Caffe's names ("conv2_1.weight",
 * "conv21.weight"), Keras' a group and a dataset ("block2_conv1/kernel:0"). Keras 3 has but the order of the layers
 * ("layers/conv2d_2/vars/0"), and the files of NumPy a list a layer ("conv2_1.0").
 */
typedef enum nst__naming { NST__BY_NUMBER, NST__BY_NAME, NST__BY_LIST, NST__BY_KERAS, NST__BY_ORDER } nst__naming;

/* Whether kernels so called are [3, 3, in, out], not [out, in, 3, 3]. */
bool nst__naming_turned(nst__naming naming);

typedef struct nst__vgg_key {
    nst__naming naming;
    size_t prefix;     /* bytes before what is told here: "module.features." */
    int feature;       /* by number: 5; by order: 2 */
    int block, number; /* else: 2, 1 */
    bool bias;
} nst__vgg_key;

/* False: not called like a tensor of a convolution of VGG. */
bool nst__vgg_parse(nst__vgg_key *out, const char *name);

#endif
