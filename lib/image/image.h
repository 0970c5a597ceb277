/*
 * The picture handle and what the codecs share.
 */
#ifndef NST_IMAGE_IMAGE_H
#define NST_IMAGE_IMAGE_H

#include "base/param.h"
#include "base/status.h"

#include <stdbool.h>

struct nst_image {
    uint32_t width, height;
    float *pixels; /* [height, width, 3] RGB, sRGB-encoded, nominally 0..1, aligned */
    float *alpha;  /* [height, width] or NULL */
    nst__settings settings;
};

#endif
