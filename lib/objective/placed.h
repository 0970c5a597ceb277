/*
 * The terms of an objective, each with the layer that it taps.
 */
#ifndef NST_OBJECTIVE_PLACED_H
#define NST_OBJECTIVE_PLACED_H

#include "base/param.h"
#include "objective/config.h"

/* A term. If it is on features: the layer that it taps, the layer whose map holds those features, and the step of the
 * layer. */
typedef struct nst__placed {
    nst__term term;
    char name[NST__NAME]; /* "style/conv1_1", of several regions "style/conv1_1/0" */
    size_t layer, map, step;
    size_t region; /* of a style */
    bool off;      /* its region has no position at this layer: the value is 0 */
} nst__placed;

static inline bool nst__placed_is(const nst__placed *placed, unsigned roles)
{
    return (roles >> placed->term.type->role & 1) != 0;
}

enum {
    NST__CONTENT_TERMS = 1 << NST__ROLE_CONTENT,
    NST__STYLE_TERMS = 1 << NST__ROLE_STYLE,
    NST__PIXEL_TERMS = 1 << NST__ROLE_PIXELS
};

/* The part of the model that CONFIG needs. STYLES_ALONE: without the layers of the content and without a profile. */
nst__net nst__config_net(const nst__config *config, bool styles_alone);

/* Sets PART to the terms of CONFIG, not opened yet. Returns their number. */
size_t nst__place_terms(nst__placed part[NST__MAX_TERMS], const nst__config *config);

/* The count of numbers that the terms of ROLES in one region measure of one picture: for each its mass and its sums. */
size_t nst__placed_statistics(const nst__placed *part, size_t parts, unsigned roles);

#endif
