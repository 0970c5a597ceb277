/*
 * The checkpoints of a run: when one is due, what it holds, and going on from one.
 */
#ifndef NST_TRANSFER_CHECKPOINTS_H
#define NST_TRANSFER_CHECKPOINTS_H

#include "transfer/checkpoint.h"
#include "transfer/gain.h"
#include "transfer/run_facts.h"

/* How far a size is. */
typedef enum nst__size_phase {
    NST__SIZE_BEGINS, /* the picture is the one it starts from */
    NST__SIZE_SOLVES, /* the picture is part of the state of the solver */
    NST__SIZE_ENDED,  /* the picture is what was painted */
} nst__size_phase;

/* Where a run goes on. */
typedef struct nst__run_point {
    uint64_t level;
    nst__size_phase phase;
    bool from_picture;      /* a run of nst_transfer_resume() */
    uint64_t most;          /* its evaluations; 0: as the settings say */
    nst_stop stop;          /* of a size that ended */
    uint64_t evaluations;   /* at this size */
    uint64_t before;        /* at the sizes that have ended */
    double start, best;     /* values at this size */
    double seconds;         /* since the run began */
    double level_seconds;   /* since the first evaluation of this size */
    double preparing;       /* of SECONDS */
    double work, work_done; /* of struct run */
    nst__gain gain;
} nst__run_point;

typedef struct nst__checkpoints {
    nst_transfer *transfer;
    const nst_optimizer *optimizer;
    nst__run_facts facts; /* if a path is set, or the run goes on from a checkpoint */
    double next;          /* seconds: when one is due */
    bool goes_on;         /* from FILE, of which something is not loaded yet: nothing replaces it */
    nst__checkpoint file;
    nst__run_point point;   /* of FILE */
    nst__state_parts parts; /* of the vectors of several ranks; RANKS is NULL if this process is alone */
} nst__checkpoints;

/* Reads from PATH where the run goes on. Errors: those of nst__checkpoint_open(). */
nst_status nst__checkpoints_open(nst__checkpoints *checkpoints, const char *path);
/* Before the first size of a run: compares its facts with those of FILE. */
nst_status nst__checkpoints_begin(nst__checkpoints *checkpoints, nst_transfer *transfer, const nst_optimizer *optimizer,
                                  const nst__run_plan *plan, bool from_picture);
void nst__checkpoints_end(nst__checkpoints *checkpoints);

/* The picture of FILE, of which IMAGE is to be the band of this rank: the best one, if the state of the solver has
 * several. Then that state. */
nst_status nst__checkpoints_load_picture(nst__checkpoints *checkpoints, nst_image *image, const nst__bands *bands);
nst_status nst__checkpoints_load_solver(nst__checkpoints *checkpoints, nst_optimizer *optimizer);
void nst__checkpoints_loaded(nst__checkpoints *checkpoints); /* FILE is not needed any more */

bool nst__checkpoints_due(const nst__checkpoints *checkpoints);
/* Writes one, if a path is set. X [HEIGHT, WIDTH, 3]: the picture, or its band by BANDS, unless the solver has it. A
 * failure is not one of the run: nst_transfer_checkpoint_failure() tells it. */
void nst__checkpoints_write(nst__checkpoints *checkpoints, const nst__run_point *point, const nst__level *level,
                            const nst__bands *bands, const float *x);

#endif
