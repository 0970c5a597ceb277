/*
 * One minimisation: what the algorithms share. The caller keeps the books (budget, best value, why it ended);
 * an algorithm owns the vectors and leaves the best point in x.
 */
#ifndef NST_SOLVER_DESCENT_H
#define NST_SOLVER_DESCENT_H

#include "base/settings.h"
#include "solver/state.h"
#include "solver/vector.h"

typedef struct nst__descent {
    nst_optimizer *optimizer; /* for the callback */
    nst_iteration_fn callback;
    void *callback_user;
    nst__settings settings; /* as they were when it began; no parameter of an optimizer is text */
    nst__vectors vectors;
    nst_objective_fn objective;
    void *user;
    uint64_t budget;
    nst_solver_fn custom; /* of nst_optimizer_create_custom(); else NULL */
    void *custom_user;
    float *custom_best; /* the best point while it runs */

    bool between;        /* two iterations: the state can be saved */
    void *solver;        /* what the solver keeps, for its visit; NULL: there is nothing to save */
    nst__state *resumed; /* where to go on from; NULL: from x */

    nst_stop stop;     /* once it is not NONE, or */
    nst_status status; /* not OK, all is over */
    double best;       /* the lowest value so far; NaN before the first */
    uint64_t iterations, evaluations;
} nst__descent;

/* Evaluates at X if the budget allows. False: all is over, and value and gradient are not to be used. A new
 * lowest value is not noted: that is up to the algorithm, which must be able to find back to the point. */
bool nst__descent_evaluate(nst__descent *descent, const float *x, double *value, float *gradient);
/* The same at the start, where a value or a gradient that is not finite is an error. */
bool nst__descent_begin(nst__descent *descent, const float *x, double *value, float *gradient);
/* In place of begin where there is a state to go on from: reads it. False: it does not fit, an error. */
bool nst__descent_resume(nst__descent *descent, void (*visit)(nst__descent *descent, nst__state *state));
/* Counts the iteration and tells the caller's callback. False: all is over. */
bool nst__descent_iterate(nst__descent *descent);
bool nst__descent_over(nst__descent *descent, nst_stop stop); /* false */

/* |g|² and the largest |g| in *LARGEST; not finite if any element is not. */
double nst__descent_norm(const nst__descent *descent, const float *g, double *largest);

/* An algorithm: a row of the table in optimizer.c. */
typedef struct nst__solver {
    const char *name; /* as NST_PARAM_OPTIMIZER calls it */
    /* From X, which becomes the best point found. An error other than the caller's leaves X as it was. */
    void (*minimise)(nst__descent *descent, float *x);
    size_t (*vectors)(const nst__settings *settings); /* of N floats, beside x */
    size_t (*sums)(const nst__settings *settings);    /* of its widest pass */
    /* Visits all that the solver needs to go on after an iteration. NULL: its state cannot be saved. */
    void (*visit)(nst__descent *descent, nst__state *state);
} nst__solver;

extern const nst__solver nst__lbfgs_solver, nst__adam_solver, nst__custom_solver;

/* nst_optimizer_evaluate() of a custom solver. False: all is over. */
bool nst__custom_evaluate(nst__descent *descent, const float *x, double *value, float *gradient);

#endif
