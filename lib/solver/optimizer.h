/*
 * The functions of an optimizer that the transfer uses, beyond the public ones.
 */
#ifndef NST_SOLVER_OPTIMIZER_H
#define NST_SOLVER_OPTIMIZER_H

#include "base/parallel.h"
#include "base/settings.h"

/* nst_optimizer_minimize() on WORKERS (NULL: only this thread) with the instruction set SIMD, a value of NST_PARAM_SIMD
 * that this machine has. The result has the same bits with any of them. EVALUATIONS: the budget (0:
 * NST_PARAM_MAX_EVALUATIONS). OBJECTIVE is called on this thread, never while a worker runs. */
nst_status nst__optimizer_minimize_with(nst_optimizer *optimizer, nst__workers *workers, int simd, uint64_t evaluations,
                                        size_t n, float *x, nst_objective_fn objective, void *user);

/* nst_optimizer_create() with a copy of SETTINGS. */
nst_status nst__optimizer_create_with(nst_optimizer **out, nst_algorithm algorithm, const nst__settings *settings);

/* The bytes that a minimisation of N variables allocates, all of them before the first evaluation. */
uint64_t nst__optimizer_bytes(const nst_optimizer *optimizer, size_t n);

#endif
