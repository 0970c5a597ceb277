/*
 * What the readers hand over: where each tensor of a file lies. They fill this table; nst__weights_build()
 * checks it against VGG's topology and copies what is used.
 */
#ifndef NST_MODEL_WEIGHTS_H
#define NST_MODEL_WEIGHTS_H

#include "base/file.h"
#include "model/number.h"
#include "model/vgg.h"

#define NST__RANK_MAX    5
#define NST__WEIGHTS_MAX 128
#define NST__NAME_SIZE   96

/* A file that is mapped, or that the caller has in memory. */
typedef struct nst__bytes {
    const unsigned char *data;
    size_t size;
    const char *name;            /* for messages */
    const nst__mapping *mapping; /* NULL: not mapped */
} nst__bytes;

typedef struct nst__tensor {
    char name[NST__NAME_SIZE]; /* for messages: cut if it is longer */
    nst__type type;
    int rank;
    uint64_t shape[NST__RANK_MAX];  /* [out, in, 3, 3] and [out] */
    uint64_t stride[NST__RANK_MAX]; /* elements from one to the next in each direction */
    const unsigned char *data;      /* the first element. The reader has checked that all lie in the file and that
                                  the file has no fewer elements than the shape */
} nst__tensor;

typedef struct nst__weights {
    nst__bytes file;
    const char *format; /* as NST_MODEL_FORMAT says it */
    nst_input input;    /* NST_INPUT_AUTO: to be told from conv1_1 */
    const char *input_said;
    const nst__vgg *vgg; /* what the metadata say, or NULL; the tensors decide */
    char credit[512];
    size_t count;
    struct nst__weight {
        nst__vgg_key key;
        nst__tensor tensor;
    } entry[NST__WEIGHTS_MAX];
} nst__weights;

/* Strides of a packed tensor of this shape. */
void nst__tensor_pack(nst__tensor *tensor);

/* Keeps TENSOR if KEY is that of a convolution, else does nothing. The same key twice is an error. */
nst_status nst__weights_add(nst__weights *weights, const char *key, size_t length, const nst__tensor *tensor);

/* A model of these weights; INPUT other than NST_INPUT_AUTO overrides what the file says. */
nst_status nst__weights_build(nst_model **out, const nst__weights *weights, nst_input input);

#endif
