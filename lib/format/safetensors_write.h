/*
 * Writes safetensors files: first notes, then tensors, and then all at once to a file. The first failure is returned
 * when the file is written.
 */
#ifndef NST_FORMAT_SAFETENSORS_WRITE_H
#define NST_FORMAT_SAFETENSORS_WRITE_H

#include "base/status.h"
#include "format/number.h"

typedef struct nst__safetensors {
    char *header; /* JSON, so far */
    size_t used, capacity;
    size_t notes, tensors;
    uint64_t bytes; /* of the numbers of all tensors so far */
    nst_status status;
} nst__safetensors; /* starts as all zeroes */

/* The type of numbers that DTYPE asks for. NST_ERR_ARGUMENT if there is none. */
nst_status nst__dtype_type(nst__type *out, nst_dtype dtype);

/* KEY needs no escape; VALUE is UTF-8. */
void nst__safetensors_note(nst__safetensors *file, const char *key, const char *value);
/* Numbers of TYPE, packed and little-endian, with the sizes SHAPE [RANK]. They follow those of the tensor before. NAME
 * needs no escape. */
void nst__safetensors_tensor(nst__safetensors *file, const char *name, nst__type type, int rank, const size_t *shape);
/* Writes the file. NUMBERS [file->bytes]: of all tensors. */
nst_status nst__safetensors_write(nst__safetensors *file, const char *path, const void *numbers);
void nst__safetensors_release(nst__safetensors *file);

#endif
