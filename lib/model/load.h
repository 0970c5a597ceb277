/*
 * The names that nst_model_load() takes: the embedded model, random filters, a file.
 */
#ifndef NST_MODEL_LOAD_H
#define NST_MODEL_LOAD_H

#include "base/status.h"

/* The bytes of lite.safetensors, or NULL if it is not compiled in. */
const unsigned char *nst__lite(size_t *size);

/* Makes the model "random:SEED". */
nst_status nst__random_model(nst_model **out, uint64_t seed);

/* Finds the file of the model NAME: a path, or a bare name that is searched in the folders of nst_model_folder(). Free
 * OUT with nst__free(). */
nst_status nst__model_locate(char **out, const char *name);

#endif
