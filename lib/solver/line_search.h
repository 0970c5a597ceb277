/*
 * Searches a step that meets the strong Wolfe conditions: with phi(a) = f(x + a d),
 *     phi(a) <= phi(0) + c1 a phi'(0)      sufficient decrease
 *     |phi'(a)| <= c2 |phi'(0)|            curvature
 * It works on scalars only. The caller evaluates at STEP and passes value and slope until there is an answer.
 */
#ifndef NST_SOLVER_LINE_SEARCH_H
#define NST_SOLVER_LINE_SEARCH_H

#include <stdbool.h>

typedef struct nst__line_point {
    double step, value, slope;
} nst__line_point;

typedef struct nst__line {
    double step;  /* to evaluate next */
    double first; /* the first step */
    double value0, slope0, c1, c2;
    nst__line_point low, high; /* low: lowest point with sufficient decrease; high: other end once bracketed */
    bool bracketed;
    double width[2]; /* of the bracket, at the last trial and at the one before it */
} nst__line;

typedef enum nst__line_answer {
    NST__LINE_TRY,  /* evaluate at STEP */
    NST__LINE_DONE, /* the point just evaluated meets both conditions */
    NST__LINE_END   /* the bracket has shrunk to nothing: no better point than LOW */
} nst__line_answer;

/* Needs SLOPE0 < 0, STEP > 0 and 0 < C1 < C2 < 1. Value and slope passed to next must be finite. */
void nst__line_start(nst__line *line, double value0, double slope0, double step, double c1, double c2);
nst__line_answer nst__line_next(nst__line *line, double value, double slope);

#endif
