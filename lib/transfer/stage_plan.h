/*
 * The plan of one size: its styles, its tiles and its memory. It is made once, before anything is allocated; the stage
 * and the memory of a run follow it.
 */
#ifndef NST_TRANSFER_STAGE_PLAN_H
#define NST_TRANSFER_STAGE_PLAN_H

#include "objective/plan.h"
#include "solver/pairs.h"
#include "transfer/transfer_state.h"

typedef struct nst__stage_plan {
    nst__style_source *style; /* objective.styles of them; valid as long as the styles of the transfer */
    nst__plan objective;
    uint64_t bytes;               /* the peak, including everything that the handle holds */
    nst__history_storage storage; /* of a run: how its solver keeps curvature pairs, */
    bool saves;                   /* which is cheaper than what was asked for */
} nst__stage_plan;

/* Checks that everything that CONFIG needs is set, and that HEIGHT x WIDTH reaches its deepest layer. */
nst_status nst__stage_check(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width);
/* True if a stage needs the content picture: for its features, its matting Laplacian or its alpha. */
bool nst__stage_needs_content(const nst_transfer *transfer, const nst__config *config);

/* True if all that a stage of PLAN needs of the content is kept from the one before. */
bool nst__stage_has_content(const nst_transfer *transfer, const nst__config *config, const nst__stage_plan *plan);

/* The bytes in use besides the objective: process, model, pictures, kept statistics. */
uint64_t nst__stage_held_bytes(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width);

/* Plans a stage of HEIGHT x WIDTH, in tiles if NST_PARAM_MEMORY_LIMIT needs them. MORE: bytes that are taken at the
 * same time, besides everything that the handle holds; SOLVER: bytes that are taken during evaluations alone. *OUT must
 * be all zeroes before; always release it. */
nst_status nst__stage_plan_make(nst__stage_plan *out, const nst_transfer *transfer, const nst__config *config,
                                size_t height, size_t width, uint64_t more, uint64_t solver);
/* The bytes of PLAN above the limit. */
uint64_t nst__stage_plan_excess(const nst__stage_plan *plan, const nst_transfer *transfer);
/* NST_ERR_MEMORY_LIMIT if there are any; the message names the bytes of PLAN. */
nst_status nst__stage_plan_check(const nst__stage_plan *plan, const nst_transfer *transfer);
void nst__stage_plan_release(nst__stage_plan *plan);

#endif
