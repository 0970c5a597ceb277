/*
 * Finds a VGG in the table of what a file holds.
 */
#ifndef NST_MODEL_NETWORK_H
#define NST_MODEL_NETWORK_H

#include "format/table.h"
#include "model/vgg.h"

/* The tensors in the order of the network, which has no gap. */
typedef struct nst__network {
    const nst__vgg *vgg;
    nst__naming naming;
    size_t count;                                                     /* convolutions, at least 1 */
    const nst__tensor *weight[NST__CONVS_MAX], *bias[NST__CONVS_MAX]; /* no bias: NULL */
} nst__network;

nst_status nst__network_find(nst__network *out, const nst__table *table);

#endif
