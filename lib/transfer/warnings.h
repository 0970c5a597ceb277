/*
 * nst_transfer_warnings().
 */
#ifndef NST_TRANSFER_WARNINGS_H
#define NST_TRANSFER_WARNINGS_H

#include "transfer/stage_plan.h"

nst_status nst__transfer_warn(nst_transfer *transfer, const char *line); /* adds one */
/* Replaces the warnings by those about the pictures of PLAN. */
nst_status nst__transfer_update_warnings(nst_transfer *transfer, const nst__stage_plan *plan);

#endif
