/*
 * The readers, one a format. Each finds the tensors of an untrusted file and hands them to
 * nst__weights_add(); format is set, file is given, everything else of OUT is empty.
 */
#ifndef NST_MODEL_READERS_H
#define NST_MODEL_READERS_H

#include "model/weights.h"

bool nst__is_safetensors(const nst__bytes *file);
nst_status nst__read_safetensors(nst__weights *out);
bool nst__is_torch_zip(const nst__bytes *file);
nst_status nst__read_torch_zip(nst__weights *out);
bool nst__is_torch_legacy(const nst__bytes *file);
nst_status nst__read_torch_legacy(nst__weights *out);
bool nst__is_hdf5(const nst__bytes *file);
nst_status nst__read_hdf5(nst__weights *out);

/* The input space as safetensors metadata have it, both ways. */
const char *nst__input_text(nst_input input);

/* lite.safetensors, where it was compiled in; else NULL. */
const unsigned char *nst__lite(size_t *size);

/* "random:SEED" */
nst_status nst__random_model(nst_model **out, uint64_t seed);

/* The file that a model NAME stands for, to be freed: a path, or a bare name looked for in
 * nst_model_folder(). */
nst_status nst__model_locate(char **out, const char *name);

#endif
