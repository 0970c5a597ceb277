/*
 * How far a run is, as nst_transfer_progress() tells it: evaluations, values, and the time that is left.
 */
#ifndef NST_TRANSFER_RUN_PROGRESS_H
#define NST_TRANSFER_RUN_PROGRESS_H

#include "transfer/checkpoints.h"

typedef struct nst__run_progress {
    double *told;           /* by nst_progress; of the transfer */
    double started;         /* seconds */
    double level_started;   /* seconds, at the first evaluation of this size; the time for its targets does not count */
    double work, work_done; /* evaluations times pixels, of all levels and of those that are done */
    uint64_t before;        /* evaluations at the sizes before */
} nst__run_progress;

/* All is 0, but TOLD; the clock starts. */
void nst__progress_begin(nst__run_progress *progress, double *told);
/* Size number INDEX of COUNT begins. */
void nst__progress_size(nst__run_progress *progress, const nst__level *level, size_t index, size_t count);
/* An evaluation was made, with the value TOTAL, after so many iterations. */
void nst__progress_evaluation(nst__run_progress *progress, double total, uint64_t iterations);
/* A size that ended before its evaluations were used up makes the whole run shorter. */
void nst__progress_size_ends(nst__run_progress *progress, const nst__level *level);

/* To and from a checkpoint. What belongs to its size is 0 where that has only begun, and is restored by the last. */
void nst__progress_save(const nst__run_progress *progress, nst__run_point *point);
void nst__progress_restore(nst__run_progress *progress, const nst__run_point *point);
void nst__progress_restore_size(nst__run_progress *progress, const nst__run_point *point);

#endif
