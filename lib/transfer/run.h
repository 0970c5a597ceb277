/*
 * A run, as far as the memory plan must know it.
 */
#ifndef NST_TRANSFER_RUN_H
#define NST_TRANSFER_RUN_H

#include "transfer/pyramid.h"
#include "transfer/transfer.h"

/* The sizes that a run goes through; everything that it needs is set, or an error says what is missing. */
nst_status nst__run_levels(nst__level out[NST__MAX_LEVELS], size_t *count, const nst_transfer *transfer,
                           const nst__recipe *recipe);
/* The pixels that are worked on, and what the solver needs beside them. */
uint64_t nst__run_bytes(const nst_optimizer *optimizer, size_t height, size_t width);
/* The peak of the whole run, bytes. Where NST_PARAM_MEMORY_LIMIT is too small for a size, NST_ERR_MEMORY_LIMIT. */
nst_status nst__run_memory(uint64_t *out, const nst_transfer *transfer, const nst__recipe *recipe,
                           const nst__level *level, size_t count, const nst_optimizer *optimizer);

#endif
