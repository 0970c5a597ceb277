/*
 * ZIP archives, as far as torch.save() goes: members that are stored, found through the central directory, in
 * place.
 */
#ifndef NST_MODEL_ZIP_H
#define NST_MODEL_ZIP_H

#include "model/weights.h"

typedef struct nst__zip {
    const nst__bytes *file;
    uint64_t directory, directory_size; /* where, and how many bytes */
    uint64_t count;                     /* members */
} nst__zip;

typedef struct nst__member {
    const char *name; /* without a NUL */
    size_t name_length;
    const unsigned char *data;
    uint64_t size;
} nst__member;

nst_status nst__zip_open(nst__zip *out, const nst__bytes *file);

/* The member called PREFIX then NAME; PREFIX is found if it is empty: whatever stands before the first slash.
 * The data lie in the file. A name that stands twice is an error; one that is missing gives a NULL name. */
nst_status nst__zip_find(nst__member *out, const nst__zip *zip, const char *prefix, size_t prefix_length,
                         const char *name, size_t name_length);

#endif
