/*
 * The names of a VGG's tensors in files: the convolution that a name stands for, and the prefix before it.
 */
#ifndef NST_MODEL_NAMES_H
#define NST_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * torchvision names tensors by number ("features.5.weight", or "5.weight" in a bare Sequential), Caffe by name
 * ("conv2_1.weight", "conv21.weight"), and Keras by a group and a dataset ("block2_conv1/kernel:0"). Keras 3 has only
 * the order of the layers ("layers/conv2d_2/vars/0"). The files of NumPy and MatConvNet have a list for each layer:
 * "conv2_1.0", "conv2_1.weights.0", or "conv2_1.filters" beside "conv2_1.biases".
 */
typedef enum nst__naming { NST__BY_NUMBER, NST__BY_NAME, NST__BY_LIST, NST__BY_KERAS, NST__BY_ORDER } nst__naming;

/* True if the kernels of this naming are [3, 3, in, out] instead of [out, in, 3, 3]. */
bool nst__naming_turned(nst__naming naming);

typedef struct nst__vgg_key {
    nst__naming naming;
    size_t prefix;     /* bytes before the parsed part: "module.features." */
    int feature;       /* by number: 5; by order: 2 */
    int block, number; /* else: 2, 1 */
    bool bias;
} nst__vgg_key;

/* False if NAME is not the name of a tensor of a VGG's convolution. */
bool nst__vgg_parse(nst__vgg_key *out, const char *name);

#endif
