/*
 * The packed weights of one layer: a copy of its filters in the order that a method and a direction need. Each copy is
 * made once; it changes only if the weights do, as in a training, so any thread may read it.
 */
#ifndef NST_NN_CONV_PACKED_H
#define NST_NN_CONV_PACKED_H

#include "nn/conv_method.h"

typedef struct nst__packed nst__packed;

/* WEIGHTS [out, in, 3, 3] are borrowed, and read when they are packed. */
nst_status nst__packed_create(nst__packed **out, size_t in_channels, size_t out_channels, const float *weights);
void nst__packed_destroy(nst__packed *packed);

/* Packs the weights for METHOD, if that has not been done. A second thread waits for the first. */
nst_status nst__packed_make(nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                            bool backward);
/* What make takes, in floats. */
size_t nst__packed_floats(const nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                          bool backward);
/* What make has made. */
const float *nst__packed_find(const nst__packed *packed, const nst__engine *engine, const nst__conv_method *method,
                              bool backward);
/* Packs again whatever is packed, from weights that have changed. Nobody may read them meanwhile. */
void nst__packed_renew(nst__packed *packed);
/* Packs other WEIGHTS [out, in, 3, 3] for METHOD, forward, to OUT, whose floats its packing tells. */
void nst__packed_write(float *out, const nst__engine *engine, const nst__conv_method *method, size_t in_channels,
                       size_t out_channels, const float *weights);

#endif
