/*
 * From coarse to fine: the sizes that a picture is painted at, one after the other, and the work at each. A size that
 * is smaller than the one before changes the picture as far as it sees it; from there on they grow again to that one.
 */
#ifndef NST_TRANSFER_PYRAMID_H
#define NST_TRANSFER_PYRAMID_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { NST__MAX_LEVELS = 16 };

typedef struct nst__level {
    size_t height, width;
    uint64_t evaluations; /* allowed */
    bool may_end;         /* before they are used up, when it gains little: transfer/gain.h */
} nst__level;

/* Checks the text of NST_PARAM_SIZES. */
nst_status nst__sizes_check(const char *sizes);

/* The part of SIZES that is about the last size: "64:100,512:30" has "512:30". It lives as long as SIZES. */
const char *nst__sizes_last(const char *sizes);

/* The levels for a picture with the proportions of HEIGHT x WIDTH. SIZE, SIZES, STEPS and EFFORT are the parameters of
 * those names. A level whose shorter side is below LEAST is left out, unless it is the last. */
nst_status nst__pyramid(nst__level out[NST__MAX_LEVELS], size_t *count, size_t height, size_t width, int64_t size,
                        const char *sizes, int64_t steps, nst_effort effort, size_t least);

/* The size of HEIGHT x WIDTH when its longer side becomes LONGER. */
void nst__fit(size_t *out_height, size_t *out_width, size_t height, size_t width, size_t longer);

#endif
