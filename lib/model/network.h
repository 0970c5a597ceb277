/*
 * Finds a VGG in the table of what a file holds.
 */
#ifndef NST_MODEL_NETWORK_H
#define NST_MODEL_NETWORK_H

#include "format/table.h"
#include "model/topology.h"

/* The tensors by layer, without a gap. */
typedef struct nst__network {
    const nst__topology *topology;
    nst__naming naming;
    size_t convs;                                                       /* layers with weights, at least 1 */
    size_t layers;                                                      /* up to the last of them */
    const nst__tensor *weight[NST__LAYERS_MAX], *bias[NST__LAYERS_MAX]; /* no bias: NULL */
} nst__network;

nst_status nst__network_find(nst__network *out, const nst__table *table);

#endif
