/*
 * The part of a model that an objective needs: its layers up to the deepest one needed, padding and pooling, and the
 * taps: the layers at which losses are taken.
 *
 * A ReLU has no map of its own. Its features are the positive part of the map of the layer that it reads. If nothing
 * needs the rest of that map, only the positive part is stored.
 */
#ifndef NST_OBJECTIVE_NET_H
#define NST_OBJECTIVE_NET_H

#include "model/model.h"
#include "objective/profile.h"

typedef struct nst__net {
    const nst_model *model;
    nst__engine *engine;
    nst__profile *profile; /* may be NULL */
    nst__cancel *cancel;   /* may be NULL */
    nst_padding padding;
    nst_pooling pooling;
    size_t depth;                 /* layers up to the deepest one needed; 0: none */
    bool tapped[NST__LAYERS_MAX]; /* a loss is taken at its features */
    bool needed[NST__LAYERS_MAX]; /* it is tapped, or a layer that is needed reads it */
} nst__net;

/* A layer at which a loss is taken, and the weight of the loss there. */
typedef struct nst__tap {
    size_t layer;
    double weight; /* > 0 */
} nst__tap;

enum { NST__MAX_TAPS = 32 }; /* convolutions and ReLUs of VGG-19 */

/* Parses "conv1_1=0.5,relu2_1". A layer without a number has weight 1; layers of weight 0 are left out. PARAM is the
 * name of the list in messages. */
nst_status nst__taps_parse(nst__tap *out, size_t *count, const nst_model *model, const char *param, const char *text);

void nst__net_tap(nst__net *net, const nst__tap *taps, size_t count); /* adds taps; deepens the net for them */

/* The layer whose map holds the features of LAYER: for a ReLU the layer that it reads, else LAYER. */
size_t nst__net_map(const nst__net *net, size_t layer);
bool nst__net_has_map(const nst__net *net, size_t layer); /* it is needed and not a ReLU */
/* The map that LAYER reads, and true if it reads it through a ReLU. */
size_t nst__net_input(const nst__net *net, size_t layer);
bool nst__net_reads_relu(const nst__net *net, size_t layer);
/* The last layer that reads the map of LAYER, and the first that reads it through a ReLU; LAYER if there is none. */
size_t nst__net_last_reader(const nst__net *net, size_t layer);
size_t nst__net_first_reader_of_relu(const nst__net *net, size_t layer);

/* These two are for layers with a map. True if the layer or its ReLU is tapped; true if only the positive part is
 * stored. */
bool nst__net_kept(const nst__net *net, size_t layer);
bool nst__net_stores_relu(const nst__net *net, size_t layer);
/* True if the features of LAYER are only the positive part of the stored map. */
bool nst__net_rectifies(const nst__net *net, size_t layer);

const nst__layer *nst__net_layer(const nst__net *net, size_t layer); /* its row of the table */
size_t nst__net_channels(const nst__net *net, size_t layer);
size_t nst__net_step(const nst__net *net, size_t layer); /* pixels from one position to the next */
size_t nst__net_least(const nst__net *net);              /* smallest side of a picture that reaches every layer */
/* NST_ERR_TOO_SMALL, with the name of the deepest layer, if a picture of HEIGHT x WIDTH does not reach it. */
nst_status nst__net_check(const nst__net *net, size_t height, size_t width);
size_t nst__net_halo(const nst__net *net); /* receptive field beyond the own step, in whole steps */

#endif
