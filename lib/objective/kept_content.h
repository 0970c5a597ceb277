/*
 * What an objective measured of the content picture: kept for the next objective, which may have other weights. The
 * owner clears it when the picture changes. While an objective uses it, the features are in that
 * objective.
 */
#ifndef NST_OBJECTIVE_KEPT_CONTENT_H
#define NST_OBJECTIVE_KEPT_CONTENT_H

#include "objective/statistics.h"

typedef struct nst__kept_content {
    bool ready;
    nst__statistics_key key; /* everything else that it depends on */
    double lack;             /* nst__contrast_lack() */
    double *numbers;         /* mass and sums of each content term, one after another */
    float *features[NST__MAX_TAPS];
} nst__kept_content;

void nst__kept_content_clear(nst__kept_content *kept);

#endif
