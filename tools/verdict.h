/*
 * What is said of a finished run whose result hardly differs from its content, or hardly shows the style.
 */
#ifndef NST_TOOLS_VERDICT_H
#define NST_TOOLS_VERDICT_H

#include "progress.h"

typedef struct verdict {
    nst_image *content; /* no larger than is needed to compare */
    losses first, best; /* of the first evaluation of all, and the best of the last size */
    double half;        /* lowest total in the first half of the evaluations of the last size */
} verdict;

nst_status verdict_start(verdict *a, const nst_image *content);
void verdict_follow(verdict *a, const nst_transfer *transfer); /* after each evaluation */
/* One line with the knob to turn, or none. */
nst_status verdict_tell(const verdict *a, const nst_transfer *transfer, const nst_image *result);
void verdict_free(verdict *a);

#endif
