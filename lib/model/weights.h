/*
 * From the table of what a file holds to a model.
 */
#ifndef NST_MODEL_WEIGHTS_H
#define NST_MODEL_WEIGHTS_H

#include "format/table.h"

/* A model of the VGG in the table; INPUT other than NST_INPUT_AUTO overrides what the file says. */
nst_status nst__weights_build(nst_model **out, const nst__table *table, nst_input input);

#endif
