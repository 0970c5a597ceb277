/*
 * The structure of an objective, shared by its evaluation (objective.c) and its creation (targets.c).
 */
#ifndef NST_OBJECTIVE_OBJECTIVE_STATE_H
#define NST_OBJECTIVE_OBJECTIVE_STATE_H

#include "objective/band.h"
#include "objective/guide.h"
#include "objective/placed.h"
#include "objective/sweep.h"

/* A net, with the tiles and the sweep of a picture of one size. */
typedef struct nst__walk {
    nst__net net;
    nst__tiling tiling;
    nst__sweep *sweep;
} nst__walk;

typedef void (*nst__at_layer_fn)(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace);

typedef struct nst__objective {
    nst__config config;
    size_t height, width; /* of X: the picture, or the window of this rank */
    nst__bands bands;
    nst__halo *halo; /* NULL: there are no other ranks */
    nst__walk walk;
    const float *content;
    bool keeps;                                 /* what was measured of the content goes to config.kept at the end */
    nst__guide *guide;                          /* of the content's alpha; NULL: every weight is 1 */
    nst__guide *region_guide[NST__MAX_REGIONS]; /* of the masks, if there are any */
    nst__guide *content_guide;                  /* of the content map, and of the alpha */
    nst__placed part[NST__MAX_TERMS];
    size_t parts;

    /* the current tile */
    const nst__walk *now;
    const nst__guide *now_guide;
    nst__tile tile;
    bool measuring;            /* targets are made */
    unsigned roles;            /* bits, 1 << nst__role: the terms for which AT_LAYER is called */
    const size_t *style_of;    /* while a style is measured: its region; NULL: the picture is the content's size */
    nst__at_layer_fn at_layer; /* called at each layer */

    /* what joins the current layer */
    nst__placed *joined; /* the term of GRAM; NULL: none */
    nst__gram_call gram;
    nst__slopes_call slopes;
} nst__objective;

/* Takes tile number TILE of PICTURE through WALK. Calls AT_LAYER at each layer for the terms of ROLES (bits). The only
 * failure is NST_ERR_CANCELLED. */
nst_status nst__objective_forward(nst__objective *objective, nst__walk *walk, size_t tile, const float *picture,
                                  const nst__guide *guide, unsigned roles, nst__at_layer_fn at_layer);
/* Resets the sums of the terms of ROLES. */
void nst__objective_start(nst__objective *objective, unsigned roles);
/* Sums what the terms of ROLES summed over all ranks. */
void nst__objective_add_ranks(nst__objective *objective, unsigned roles);
/* An AT_LAYER function that keeps the content's features. */
void nst__objective_keep(nst__placed *placed, nst__engine *engine, const nst__window *window, float *workspace);

#endif
