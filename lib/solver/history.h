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

#include "solver/pairs.h"

typedef struct nst__history {
    const nst__vectors *vectors;
    size_t capacity, count;
    size_t first; /* slot of the oldest pair; the newer ones follow, around the end */
    nst__pairs pairs;
    double *sy;      /* [capacity, capacity] by slot: s_i·y_j */
    double *yy;      /* y_i·y_j */
    double *sg, *yg; /* [capacity] products with the gradient at the base of the line search */
    double *alpha, *delta, *sums;
} nst__history;

/* The sums of a pass, for the rows of VECTORS. */
size_t nst__history_sums(size_t capacity);
nst_status nst__history_create(nst__history *history, const nst__vectors *vectors, const nst__history_storage *storage);
void nst__history_destroy(nst__history *history);
void nst__history_clear(nst__history *history);

/* Moves the base from X0, with gradient G0, to X, with gradient G. KEEP: the differences become the newest pair, unless
 * s·y is not clearly positive compared with |s| |y|. NST_ERR_IO: the scratch file failed. */
nst_status nst__history_move(nst__history *history, const float *x, const float *x0, const float *g, const float *g0,
                             bool keep);

/* Visits the whole history. A loaded history must have the same capacity and the same bits a number. */
void nst__history_visit(nst__history *history, nst__state *state);

/* Sets D = -H g, X = X0 + D and *SLOPE = g·D. G must be the gradient of the last move, and COUNT not 0. NST_ERR_IO: the
 * scratch file failed. */
nst_status nst__history_direction(double *slope, nst__history *history, float *d, float *x, const float *x0,
                                  const float *g);

#endif
