/*
 * The plan of a run: its sizes, and the tiles and the memory of each, known before the run starts.
 */
#ifndef NST_TRANSFER_RUN_PLAN_H
#define NST_TRANSFER_RUN_PLAN_H

#include "transfer/pyramid.h"
#include "transfer/stage_plan.h"

/* The sizes of a run. LAST: the last size alone, from a picture that the caller has. Checks that everything that it
 * needs is set; the error says what is missing. */
nst_status nst__run_levels(nst__level out[NST__MAX_LEVELS], size_t *count, const nst_transfer *transfer,
                           const nst__config *config, bool last);

/* True if a run has a copy of the content at the LAST size: to reduce it once, or to make it grey. */
bool nst__run_copies(const nst_transfer *transfer, const nst__ranks *ranks, const nst__level *last);

typedef struct nst__run_plan {
    nst__stage_plan *level;
    size_t levels;
    uint64_t bytes; /* the peak of the whole run */
} nst__run_plan;

/* If NST_PARAM_MEMORY_LIMIT is too small for one of the sizes, NST_ERR_MEMORY_LIMIT. Always release *OUT. */
nst_status nst__run_plan_make(nst__run_plan *out, const nst_transfer *transfer, const nst__config *config,
                              const nst__level *level, size_t count, const nst_optimizer *optimizer);
void nst__run_plan_release(nst__run_plan *plan);

#endif
