/*
 * Makes a model from the table of a file's tensors.
 */
#ifndef NST_MODEL_WEIGHTS_H
#define NST_MODEL_WEIGHTS_H

#include "format/table.h"

/* Makes a model of the VGG in the table. INPUT overrides the input space of the file, unless it is NST_INPUT_AUTO. */
nst_status nst__weights_build(nst_model **out, const nst__table *table, nst_input input);

#endif
