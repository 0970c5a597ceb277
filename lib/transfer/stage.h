/*
 * One size of a picture at work: its objective, and the terms of the host.
 */
#ifndef NST_TRANSFER_STAGE_H
#define NST_TRANSFER_STAGE_H

#include "transfer/freeze.h"
#include "transfer/stage_plan.h"

typedef struct nst__stage {
    size_t height, width; /* of x: the picture, or the band of this rank */
    nst_image *content; /* resized, while the objective needs its pixels; NULL: not needed, or the one that was given */
    nst__objective *objective;
    nst__freeze *freeze;  /* NULL: nothing is frozen */
    bool grey;            /* the painting is: its gradient is averaged over the channels */
    float *host_gradient; /* [height, width, 3], of one term of the host; NULL if there is none */
} nst__stage;

/* CONTENT: that of TRANSFER, or a smaller copy. Its image must outlive the stage; PLAN need not. */
nst_status nst__stage_create(nst__stage **out, const nst_transfer *transfer, const nst__distributed *content,
                             const nst__config *config, const nst__stage_plan *plan);
void nst__stage_destroy(nst__stage *stage);
/* The picture that the losses see of X, until the next call: X itself, unless pixels are frozen. */
const float *nst__stage_seen(nst__stage *stage, const float *x);
/* Evaluates the objective at X, and keeps its terms in TRANSFER. A value that is not finite is not an error. The errors
 * are NST_ERR_CANCELLED, and NST_ERR_CALLBACK: see nst__host_terms_evaluate(). */
nst_status nst__stage_evaluate(nst_transfer *transfer, nst__stage *stage, const float *x, double *total,
                               float *gradient, nst__host_answer *answer);

#endif
