/*
 * A profile: seconds and floating-point operations of each layer and kind of work.
 */
#ifndef NST_OBJECTIVE_PROFILE_H
#define NST_OBJECTIVE_PROFILE_H

#include "model/topology.h"

typedef enum nst__work {
    NST__WORK_FORWARD,
    NST__WORK_BACKWARD,
    NST__WORK_GRAM,   /* Gram matrices of the features */
    NST__WORK_LOSS,   /* gradient of the losses with respect to the features */
    NST__WORK_POOL,   /* forward and backward */
    NST__WORK_PIXELS, /* of layer 0, the picture: input and output, total variation, range */
    NST__WORK_SOLVER, /* of layer 0 too */
    NST__WORKS
} nst__work;

typedef struct nst__profile {
    double seconds[NST__LAYERS_MAX][NST__WORKS];
    double operations[NST__LAYERS_MAX][NST__WORKS];
} nst__profile;

double nst__seconds(void); /* of a monotonic clock */

/* Adds the time since START; PROFILE may be NULL. */
void nst__profile_add(nst__profile *profile, size_t layer, nst__work work, double start, double operations);
const char *nst__work_name(nst__work work);

#endif
