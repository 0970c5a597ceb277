/*
 * What a run with several ranks (base/ranks.h) does differently.
 */
#ifndef NST_TRANSFER_RUN_RANKS_H
#define NST_TRANSFER_RUN_RANKS_H

#include "solver/pairs.h"
#include "transfer/transfer_state.h"

/* NST_ERR_UNSUPPORTED for what several ranks cannot do. RESUMES: the run goes on from a picture. Else CONFIG is
 * changed: one rank alone cannot stop in the middle of an evaluation. */
nst_status nst__run_ranks_check(const nst_transfer *transfer, nst__config *config, const nst_optimizer *optimizer,
                                bool resumes);
/* The same for FUNCTION, which one rank alone can do. */
nst_status nst__run_ranks_refuse(const nst_transfer *transfer, const char *function);
/* BYTES of the rank that needs most: those in the middle have two halos. */
uint64_t nst__run_ranks_most(nst__ranks *ranks, uint64_t bytes);
/* All ranks plan for themselves. STORAGE becomes that of the one with the least room, and an error, STATUS, is one of
 * all. */
nst_status nst__run_ranks_agree(nst__ranks *ranks, nst__history_storage *storage, nst_status status);
/* NST_ERR_RANGE if BANDS, of the last size, leave ranks without rows. */
nst_status nst__run_ranks_fit(const nst__bands *bands);

#endif
