/*
 * The curvature pairs of L-BFGS, s = change of x and y = change of the gradient, and the direction that they
 * give.
 *
 * The two loops of Nocedal & Wright's algorithm 7.4 only ever form sums of pairs and scalar products with
 * them. So they are run on coefficients, after all scalar products that they need are gathered in one pass
 * over the pairs; a second pass sums the direction (Chen, Wang and Zhou, "Large-scale L-BFGS using
 * MapReduce", NIPS 2014). That reads the history twice instead of four times, and rounds to float once
 * instead of twenty times.
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
    size_t first; /* slot of the oldest pair; those that follow stand in the slots behind, around the end */
    float *pairs; /* [capacity, s and y, stride] */
    size_t stride;
    double *sy;      /* [capacity, capacity] by slot: s_i·y_j */
    double *yy;      /* y_i·y_j */
    double *sg, *yg; /* [capacity] with the gradient at the base of the line search */
    double *alpha, *delta, *sums;
} nst__history;

/* Sums of a pass, for the rows of VECTORS. */
size_t nst__history_sums(size_t capacity);
/* PAIRS: 2 x CAPACITY vectors, one nst__vector_stride() apart, of the caller's. */
nst_status nst__history_create(nst__history *history, const nst__vectors *vectors, float *pairs, size_t capacity);
void nst__history_destroy(nst__history *history);
void nst__history_clear(nst__history *history);

/* The base moves from X0, gradient G0, to X, gradient G. KEEP: their differences become the newest pair,
 * unless s·y is not positive as seen against |s| |y|. */
void nst__history_move(nst__history *history, const float *x, const float *x0, const float *g, const float *g0,
                       bool keep);

/* All of it, of a history with the same capacity. */
void nst__history_visit(nst__history *history, nst__state *state);

/* D = -H g, and X = X0 + D; returns the slope g·D. G must be the gradient of the last move, COUNT not 0. */
double nst__history_direction(nst__history *history, float *d, float *x, const float *x0, const float *g);

#endif
