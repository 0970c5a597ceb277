/*
 * A feature map, or a window of rows and columns of one that is stored whole: plain floats, channels last.
 */
#ifndef NST_TENSOR_MAP_H
#define NST_TENSOR_MAP_H

#include <stddef.h>

typedef struct nst__map {
    size_t height, width, channels;
    float *data; /* [height, width, channels], packed */
} nst__map;

/* ReLU's derivative of a map: one bit a value, 1 where the map is above 0; each position starts a new byte. */
static inline size_t nst__mask_stride(size_t channels) /* bytes a position */
{
    return (channels + 7) / 8;
}

#endif
