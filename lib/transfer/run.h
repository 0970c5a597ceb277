/*
 * A run, as far as the memory plan must know it.
 */
#ifndef NST_TRANSFER_RUN_H
#define NST_TRANSFER_RUN_H

#include "transfer/pyramid.h"
#include "transfer/transfer.h"

/* The sizes that a run goes through; everything that it needs is set, or an error says what is missing. */
nst_status nst__run_levels(nst__level out[NST__MAX_LEVELS], size_t *count, const nst_transfer *transfer,
                           const nst__config *config);
/* The pixels that are worked on, and what the solver needs beside them. */
uint64_t nst__run_bytes(const nst_optimizer *optimizer, size_t height, size_t width);
/* What each size of a run takes. */
typedef struct nst__run_plan {
    nst__stage_plan *level;
    size_t levels;
    uint64_t bytes; /* the peak of the whole run */
} nst__run_plan;

/* Where NST_PARAM_MEMORY_LIMIT is too small for a size, NST_ERR_MEMORY_LIMIT. Release *OUT, whatever this returns. */
nst_status nst__run_plan_make(nst__run_plan *out, const nst_transfer *transfer, const nst__config *config,
                              const nst__level *level, size_t count, const nst_optimizer *optimizer);
void nst__run_plan_release(nst__run_plan *plan);

#endif
