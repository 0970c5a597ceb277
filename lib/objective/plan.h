/*
 * The plan of an objective at one size: the tiles of an evaluation and of the pass over each style, and their memory.
 * It is made once, before anything is allocated. The targets, the sweeps and the reported memory of a run follow it.
 */
#ifndef NST_OBJECTIVE_PLAN_H
#define NST_OBJECTIVE_PLAN_H

#include "objective/band.h"
#include "objective/placed.h"
#include "objective/statistics.h"
#include "objective/sweep.h"

/* Of the process: the text of the program, libraries, stacks, the buffers of a BLAS. */
#define NST__PROCESS_BYTES ((size_t)12 << 20)

/* The pass that measures one style. */
typedef struct nst__style_plan {
    nst__rows rows; /* that are opened: all, or the window of this rank */
    nst__sweep_plan sweep;
    nst__statistics_key key;
    bool known; /* its statistics are kept, or its weight is 0: no pass is needed */
} nst__style_plan;

typedef struct nst__plan {
    size_t height, width;
    nst__bands bands;               /* of the picture; the sweep is over the window of this rank */
    nst__sweep_plan sweep;          /* of an evaluation; all 0 if no loss is on features */
    size_t content[NST__MAX_TERMS]; /* floats of the content features of the largest core, by term; 0 for other terms */
    nst__style_plan *style;
    size_t styles;
    bool limited; /* there is a limit, and the engine releases its memory after each sweep */
    size_t arena,
        scratch;  /* if not limited, kept from the first sweep to the last: bytes, and floats for each worker */
    size_t bytes; /* peak bytes; above the limit if no plan fits it */
} nst__plan;

/* Makes a plan. LIMIT: the bytes that the objective may take, or 0 for no limit; tiles keep it within the limit.
 * BESIDE: bytes that others take during evaluations, but not while styles are measured; they are part of the plan and
 * of LIMIT. ALPHA: true if the content has a guide. Always release *OUT. */
nst_status nst__plan_make(nst__plan *out, const nst__config *config, size_t height, size_t width, bool alpha,
                          const nst__style_source *styles, size_t style_count, size_t limit, size_t beside);
void nst__plan_release(nst__plan *plan);

/* The bands of a picture of HEIGHT, which the engine of CONFIG shares with other ranks. */
nst__bands nst__plan_bands(const nst__config *config, size_t height);

/* A sweep forward over a picture that is only measured: the fewest tiles that need at most LIMIT bytes (0: no limit),
 * or else the smallest tiles. *BYTES: what it needs. */
nst__sweep_plan nst__plan_measure(const nst__net *net, size_t height, size_t width, size_t limit, size_t *bytes);

/* The bytes of the statistics that are kept of one style picture. */
size_t nst__plan_statistics_bytes(const nst__config *config);

#endif
