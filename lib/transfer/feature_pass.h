/*
 * One pass of a picture through a network, which reads feature maps and Gram matrices of layers.
 */
#ifndef NST_TRANSFER_FEATURE_PASS_H
#define NST_TRANSFER_FEATURE_PASS_H

#include "image/image.h"
#include "objective/net.h"

/* What is read at one layer. */
typedef struct nst__feature {
    nst__tap tap;
    bool gram;                      /* else the map */
    size_t height, width, channels; /* of the layer; all 0 before a picture is read */
    float *result;                  /* [height, width, channels] or [channels, channels]; NULL like them */
    double *sums;                   /* of a Gram matrix, during the pass */
    double mass;
} nst__feature;

/* Releases the results of FEATURES. */
void nst__features_drop(nst__feature *features, size_t count);

/* Reads IMAGE. NET has everything but the taps. LIMIT: NST_PARAM_MEMORY_LIMIT. After an error some results may be set:
 * drop them. NST_ERR_CANCELLED has no message. */
nst_status nst__features_pass(nst__feature *features, size_t count, nst__net net, const nst_image *image,
                              uint64_t limit);

#endif
