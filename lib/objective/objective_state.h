/*
 * What an objective is made of: shared by its evaluation (objective.c) and its making (targets.c).
 */
#ifndef NST_OBJECTIVE_OBJECTIVE_STATE_H
#define NST_OBJECTIVE_OBJECTIVE_STATE_H

#include "objective/objective.h"
#include "objective/sweep.h"

/* One place where losses look: a convolution or its ReLU. */
typedef struct nst__look {
    size_t conv, channels, step;
    bool relu;

    nst__term *style; /* NULL: no style loss */
    double *gram;     /* [C,C] of the last walk */
    double *target;   /* [C,C] mean of the styles, normalised */
    float *slope;     /* [C,C] of nst__style_loss() */

    nst__term *content; /* NULL: no content loss */
    float *features;    /* P [core height, core width, C] of the tile at work */
    double *sums;       /* [2,C] of nst__content_sums() */
    double factor;      /* k of nst__content_factor() */
    double distance;    /* |F-P|^2 so far */
} nst__look;

/* A net, and the way to walk a picture of one size through it. */
typedef struct nst__walk {
    nst__net net;
    nst__tiling tiling;
    nst__sweep *sweep;
} nst__walk;

struct nst__objective {
    nst__recipe recipe;
    size_t height, width;
    nst__walk walk;
    const nst__net *net; /* at work, and its tile */
    nst__tile tile;
    const float *content;
    nst__look look[NST__MAX_USES];
    size_t looks;
    nst__term term[2 * NST__MAX_USES + 2];
    size_t terms;
    nst__term *tv, *range;
};

typedef void (*nst__at_layer_fn)(void *objective, size_t conv, nst__map map, float *workspace);

/* Takes tile number TILE of PICTURE through WALK; AT_LAYER sees each layer that a loss looks at. */
void nst__objective_forward(nst__objective *objective, nst__walk *walk, size_t tile, const float *picture,
                            nst__at_layer_fn at_layer);
void nst__objective_start_sums(nst__objective *objective);

/* To be called at each layer: adds to the Gram matrices; copies the content features; adds to the content
 * sums. */
void nst__objective_add_grams(void *objective, size_t conv, nst__map map, float *workspace);
void nst__objective_copy_content(void *objective, size_t conv, nst__map map, float *workspace);
void nst__objective_add_sums(void *objective, size_t conv, nst__map map, float *workspace);

#endif
