/*
 * 2x2 pooling with stride 2: maximum or average; an odd last row or column is dropped.
 */
#ifndef NST_NN_POOL_H
#define NST_NN_POOL_H

#include "nn/slope.h"

#include <stdbool.h>
#include <stdint.h>

/* Two bits a pooled value say which of the four was the maximum (0..3: row by row; the first of equals): as
 * two planes, one after the other at each position, each laid out as tensor/map.h says. */
static inline size_t nst__choice_stride(size_t channels) /* bytes a pooled position */
{
    return 2 * nst__mask_stride(channels);
}

/* x [H,W,C] -> y [H/2,W/2,C]. RELU_X: x counts as max(x, 0). CHOICES: written for maximum; may be NULL. */
void nst__pool_forward(nst__engine *engine, nst_pooling pooling, bool relu_x, nst__map x, nst__map y, uint8_t *choices);
/* dy [H/2,W/2,C] -> dx [H,W,C], multiplied by MASK_X where that is not NULL; ACCUMULATE adds to dx. SLOPES, if not
 * NULL: the features in dx are replaced by their gradient first. */
void nst__pool_backward(nst__engine *engine, nst_pooling pooling, nst__map dy, const uint8_t *choices,
                        const uint8_t *mask_x, bool accumulate, const nst__slopes_call *slopes, nst__map dx);

#endif
