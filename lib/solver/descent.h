/*
 * One minimisation: the part that all algorithms share. It keeps the budget, the best value and the reason for the end.
 * The algorithm owns the vectors and leaves the best point in x.
 */
#ifndef NST_SOLVER_DESCENT_H
#define NST_SOLVER_DESCENT_H

#include "base/settings.h"
#include "solver/pairs.h"

typedef struct nst__descent {
    nst_optimizer *optimizer; /* passed to the callbacks */
    nst_iteration_fn callback;
    void *callback_user;
    nst__settings settings; /* a copy from its beginning; texts in it are not valid after the start */
    nst__history_storage storage;
    nst__vectors vectors;
    nst_objective_fn objective;
    void *user;
    uint64_t budget;
    nst_solver_fn custom; /* from nst_optimizer_create_custom(); else NULL */
    void *custom_user;
    float *custom_best; /* the best point of a custom solver while it runs */

    bool between;       /* during the callback after an iteration */
    bool marked;        /* there is a state that can be saved */
    double marked_best; /* what BEST and EVALUATIONS were where that state goes on */
    uint64_t marked_evaluations;
    void *solver;        /* the solver's data, for its visit */
    nst__state *resumed; /* the state to resume; NULL: start from x */

    nst_stop stop;     /* not NONE: the minimisation is over */
    nst_status status; /* not OK: it is over too */
    double best;       /* the lowest value so far; NaN before the first */
    uint64_t iterations, evaluations;
} nst__descent;

/* Evaluates at X if the budget allows. False: the minimisation is over, and VALUE and GRADIENT are not valid. This does
 * not record a new lowest value: the algorithm does, since it must be able to return to the point. */
bool nst__descent_evaluate(nst__descent *descent, const float *x, double *value, float *gradient);
/* The same at the start. A value or gradient that is not finite is an error here. */
bool nst__descent_begin(nst__descent *descent, const float *x, double *value, float *gradient);
/* From here on, up to the next mark, visit() finds what is needed to go on from here, also during an evaluation and
 * after one that was stopped. */
void nst__descent_mark(nst__descent *descent);

/* Reads the state to resume, in place of begin. False: the state does not fit, which is an error. */
bool nst__descent_resume(nst__descent *descent, void (*visit)(nst__descent *descent, nst__state *state));
/* Counts an iteration and calls the caller's callback. False: the minimisation is over. */
bool nst__descent_iterate(nst__descent *descent);
bool nst__descent_over(nst__descent *descent, nst_stop stop); /* returns false */

/* Returns |g|² and sets *LARGEST to the largest |g|. |g|² is not finite if any element is not. */
double nst__descent_norm(const nst__descent *descent, const float *g, double *largest);

/* An algorithm: a row of the table in optimizer.c. */
typedef struct nst__solver {
    const char *name; /* its name in NST_PARAM_OPTIMIZER */
    /* Minimises from X, which becomes the best point found. An error that is not the caller's leaves X unchanged. */
    void (*minimise)(nst__descent *descent, float *x);
    /* The memory for N variables, without x and the sums. */
    uint64_t (*bytes)(const nst__settings *settings, const nst__history_storage *storage, size_t n, int workers);
    size_t (*sums)(const nst__history_storage *storage); /* of its widest pass */
    /* The most bytes of its state, apart from a few numbers. */
    uint64_t (*state)(const nst__settings *settings, const nst__history_storage *storage, size_t n);
    /* Visits everything that the solver needs to go on from its last mark. NULL: its state cannot be saved. */
    void (*visit)(nst__descent *descent, nst__state *state);
} nst__solver;

extern const nst__solver nst__lbfgs_solver, nst__adam_solver, nst__custom_solver;

/* nst_optimizer_evaluate() for a custom solver. False: the minimisation is over. */
bool nst__custom_evaluate(nst__descent *descent, const float *x, double *value, float *gradient);

#endif
