/*
 * What an objective at one size takes: the tiles of an evaluation and of the pass over each style, and all bytes.
 * Worked out once, before anything is allocated; the targets, the sweeps and the answer to how much memory a run takes
 * follow it.
 */
#ifndef NST_OBJECTIVE_PLAN_H
#define NST_OBJECTIVE_PLAN_H

#include "objective/placed.h"
#include "objective/statistics.h"
#include "objective/sweep.h"

/* The pass that measures a style. */
typedef struct nst__style_plan {
    nst__sweep_plan sweep;
    nst__statistics_key key;
    bool known;   /* its statistics are kept, or it counts for nothing: no pass is needed */
    size_t bytes; /* of the pass, with the picture and its guide; 0 where it is known */
} nst__style_plan;

typedef struct nst__plan {
    size_t height, width;
    nst__sweep_plan sweep;          /* of an evaluation; all 0 where no loss looks at features */
    size_t content[NST__MAX_TERMS]; /* floats of the content features of the largest core, by term; 0 for other terms */
    nst__style_plan *style;
    size_t styles;
    size_t lasting; /* bytes from beginning to end: matrices, packed weights, the guide of the content */
    size_t bytes;   /* the most at any time; more than the limit: it cannot be done in less */
} nst__plan;

/* LIMIT: bytes that the objective may take, 0 for no limit: above it, it computes in tiles. ALPHA: has the content a
 * guide? Start with zeroes, always release. */
nst_status nst__plan_make(nst__plan *out, const nst__config *config, size_t height, size_t width, bool alpha,
                          const nst__style_source *styles, size_t style_count, size_t limit);
void nst__plan_release(nst__plan *plan);

/* Bytes of the statistics that are kept of one style picture. */
size_t nst__plan_statistics_bytes(const nst__config *config);

#endif
