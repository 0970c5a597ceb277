/*
 * The functions of an optimizer that the transfer uses, beyond the public ones.
 */
#ifndef NST_SOLVER_OPTIMIZER_H
#define NST_SOLVER_OPTIMIZER_H

#include "base/settings.h"
#include "solver/pairs.h"

/* How a minimisation of OPTIMIZER keeps curvature pairs, by its settings. The folder is that of the setting. */
nst__history_storage nst__optimizer_storage(const nst_optimizer *optimizer);
/* The next cheaper way: 16 bits unless 32 are set, then a pair less. False: there is none with LEAST pairs. */
bool nst__optimizer_cheaper(const nst_optimizer *optimizer, nst__history_storage *storage, size_t least);

/* nst_optimizer_minimize() on WORKERS (NULL: only this thread) with the instruction set SIMD, a value of
 * NST_PARAM_SIMD that this machine has. The result has the same bits with any of them. STORAGE: NULL: by the settings.
 * EVALUATIONS: the budget (0: NST_PARAM_MAX_EVALUATIONS). RANKS: others that minimise with this one (NULL: none); X is
 * this one's part of all variables, which may be empty. OBJECTIVE is called on this thread, never while a worker runs.
 * */
nst_status nst__optimizer_minimize_with(nst_optimizer *optimizer, nst__workers *workers, nst__ranks *ranks, int simd,
                                        const nst__history_storage *storage, uint64_t evaluations, size_t n, float *x,
                                        nst_objective_fn objective, void *user);

/* nst_optimizer_create() with a copy of SETTINGS. */
nst_status nst__optimizer_create_with(nst_optimizer **out, nst_algorithm algorithm, const nst__settings *settings);

/* The bytes that a minimisation of N variables allocates, all of them before the first evaluation. */
uint64_t nst__optimizer_bytes(const nst_optimizer *optimizer, const nst__history_storage *storage, size_t n,
                              int workers);

/* ---- Checkpoints ---- */

/* The most bytes of a state of N variables; 0 for a solver of the host. */
uint64_t nst__optimizer_state_bytes(const nst_optimizer *optimizer, size_t n);
/* True for a solver of the host. */
bool nst__optimizer_is_custom(const nst_optimizer *optimizer);
/* False for a solver of the host. */
bool nst__optimizer_can_save(const nst_optimizer *optimizer);
/* True from the second evaluation of a minimisation on: the objective can save its state, before an evaluation and
 * after one that it stops. */
bool nst__optimizer_has_state(const nst_optimizer *optimizer);
/* Visits that state, to count or write it. L-BFGS goes on from the beginning of the iteration. */
void nst__optimizer_save(const nst_optimizer *optimizer, nst__state *state);
/* The evaluations up to where that state goes on, and the lowest value. */
uint64_t nst__optimizer_saved_evaluations(const nst_optimizer *optimizer);
double nst__optimizer_saved_best(const nst_optimizer *optimizer);
/* The next minimisation goes on from the state that STATE, which is copied, would load next. Its source must live until
 * then, or until forget. */
nst_status nst__optimizer_load(nst_optimizer *optimizer, const nst__state *state);
void nst__optimizer_forget(nst_optimizer *optimizer);

#endif
