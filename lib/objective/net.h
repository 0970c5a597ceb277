/*
 * The part of a model that an objective needs: how deep, with which padding and pooling, and where losses
 * look at it.
 */
#ifndef NST_OBJECTIVE_NET_H
#define NST_OBJECTIVE_NET_H

#include "model/model.h"
#include "objective/profile.h"

enum { NST__MAX_CONVS = 16 }; /* of VGG-19 */

typedef struct nst__net {
    const nst_model *model;
    nst__engine *engine;
    nst__profile *profile; /* may be NULL */
    nst__cancel *cancel;   /* may be NULL */
    nst_padding padding;
    nst_pooling pooling;
    size_t depth; /* convolutions that are computed */
    struct {
        bool before, after; /* is there a loss on the convolution's output, on that of its ReLU? */
    } watch[NST__MAX_CONVS];
} nst__net;

/* One of the layers that a loss is taken at. */
typedef struct nst__use {
    size_t conv;
    bool relu;
    double weight; /* > 0 */
} nst__use;

enum { NST__MAX_USES = 2 * NST__MAX_CONVS };

/* Reads "conv1_1=0.5,relu2_1" (weight 1 if none is said; layers of weight 0 are left out). PARAM names the
 * list in messages. */
nst_status nst__uses_parse(nst__use *out, size_t *count, const nst_model *model, const char *param, const char *text);

void nst__net_watch(nst__net *net, const nst__use *uses, size_t count); /* adds, and deepens as needed */
bool nst__net_kept(const nst__net *net, size_t conv);                   /* does a loss look at it at all? */
/* What is stored of a layer: its convolution's output where a loss looks at that, else its ReLU's. */
bool nst__net_stores_relu(const nst__net *net, size_t conv);
/* Are the features of the convolution, or with RELU of its ReLU, only the positive part of what is stored? */
bool nst__net_rectifies(const nst__net *net, size_t conv, bool relu);

size_t nst__net_step(const nst__net *net, size_t conv); /* pixels between two positions of this layer */
size_t nst__net_least(const nst__net *net);             /* smallest side of a picture that reaches the deepest layer */
size_t nst__net_halo(const nst__net *net);              /* pixels that a feature sees beyond its own, up to a step */
size_t nst__net_channels(const nst__net *net, size_t conv);

/* "conv1_1" or "relu1_1" */
void nst__net_layer_name(const nst__net *net, size_t conv, bool relu, char name[16]);

#endif
