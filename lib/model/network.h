/*
 * Finds a VGG in the table of a file's tensors.
 */
#ifndef NST_MODEL_NETWORK_H
#define NST_MODEL_NETWORK_H

#include "format/table.h"
#include "model/topology.h"

/* The tensors of each layer; no layer with weights is missing. */
typedef struct nst__network {
    const nst__topology *topology;
    nst__naming naming;
    size_t convs;                                                       /* layers with weights, at least 1 */
    size_t layers;                                                      /* layers up to the last one with weights */
    const nst__tensor *weight[NST__LAYERS_MAX], *bias[NST__LAYERS_MAX]; /* a missing bias is NULL */
} nst__network;

nst_status nst__network_find(nst__network *out, const nst__table *table);

#endif
