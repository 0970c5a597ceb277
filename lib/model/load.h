/*
 * What nst_model_load() can mean by a name: the embedded model, random filters, a file.
 */
#ifndef NST_MODEL_LOAD_H
#define NST_MODEL_LOAD_H

#include "base/status.h"

/* lite.safetensors, where it was compiled in; else NULL. */
const unsigned char *nst__lite(size_t *size);

/* "random:SEED" */
nst_status nst__random_model(nst_model **out, uint64_t seed);

/* The file that a model NAME stands for, to be freed: a path, or a bare name looked for in
 * nst_model_folder(). */
nst_status nst__model_locate(char **out, const char *name);

#endif
