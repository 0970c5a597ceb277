/*
 * The curvature pairs of L-BFGS, s = change of x and y = change of the gradient, and the direction that follows from
 * them.
 *
 * The two loops of Nocedal & Wright's algorithm 7.4 only form sums of pairs and scalar products with them. So they can
 * run on coefficients. A first pass over the pairs computes all scalar products that they need; a second pass sums the
 * direction (Chen, Wang and Zhou, "Large-scale L-BFGS using MapReduce", NIPS 2014). This reads the history twice
 * instead of four times, and rounds to float once instead of twenty times.
 */
#ifndef NST_SOLVER_HISTORY_H
#define NST_SOLVER_HISTORY_H

#include "base/status.h"
#include "solver/state.h"
#include "solver/vector.h"

#include <stdbool.h>

typedef struct nst__history {
    const nst__vectors *vectors;
    size_t capacity, count;
    size_t first; /* slot of the oldest pair; the newer ones follow, around the end */
    float *pairs; /* [capacity, s and y, stride] */
    size_t stride;
    double *sy;      /* [capacity, capacity] by slot: s_i·y_j */
    double *yy;      /* y_i·y_j */
    double *sg, *yg; /* [capacity] products with the gradient at the base of the line search */
    double *alpha, *delta, *sums;
} nst__history;

/* The sums of a pass, for the rows of VECTORS. */
size_t nst__history_sums(size_t capacity);
/* PAIRS: memory of the caller for 2 x CAPACITY vectors, one nst__vector_stride() apart. */
nst_status nst__history_create(nst__history *history, const nst__vectors *vectors, float *pairs, size_t capacity);
void nst__history_destroy(nst__history *history);
void nst__history_clear(nst__history *history);

/* Moves the base from X0, with gradient G0, to X, with gradient G. KEEP: the differences become the newest pair, unless
 * s·y is not clearly positive compared with |s| |y|. */
void nst__history_move(nst__history *history, const float *x, const float *x0, const float *g, const float *g0,
                       bool keep);

/* Visits the whole history. A loaded history must have the same capacity. */
void nst__history_visit(nst__history *history, nst__state *state);

/* Sets D = -H g and X = X0 + D; returns the slope g·D. G must be the gradient of the last move, and COUNT not 0. */
double nst__history_direction(nst__history *history, float *d, float *x, const float *x0, const float *g);

#endif
