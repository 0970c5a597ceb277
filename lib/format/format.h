/*
 * The formats of weights, one row each: which are read is chosen when libnst is built (NST_READERS of CMake).
 */
#ifndef NST_FORMAT_FORMAT_H
#define NST_FORMAT_FORMAT_H

#include "format/table.h"

/* The beginning of a file, for what tells formats apart. */
typedef struct nst__head {
    unsigned char bytes[512];
    size_t size; /* less, where the file is shorter */
} nst__head;

typedef struct nst__format {
    const char *reader; /* as NST_READERS and nst_build_text() say it; several rows may share one */
    const char *name;   /* as NST_MODEL_FORMAT says it */
    bool (*probe)(const nst__head *head);
    nst_status (*read)(nst__table *out); /* source and format are set, nothing else */
} nst__format;

/* Fills TABLE, just made, by the reader whose format its source has. */
nst_status nst__table_read(nst__table *table);

/* The error for a file that no reader takes: what it is, if that is known, and the way out. */
nst_status nst__foreign(const nst__source *source, const nst__head *head);

/* "safetensors torch npy hdf5 zlib": the readers, and zlib where what is compressed is read */
const char *nst__format_readers(void);

/* The readers. No two take the same file. */
bool nst__is_safetensors(const nst__head *head);
nst_status nst__read_safetensors(nst__table *out);
bool nst__is_torch_zip(const nst__head *head);
nst_status nst__read_torch_zip(nst__table *out);
bool nst__is_torch_legacy(const nst__head *head);
nst_status nst__read_torch_legacy(nst__table *out);
bool nst__is_npy(const nst__head *head);
nst_status nst__read_npy(nst__table *out);
bool nst__is_keras_zip(const nst__head *head);
nst_status nst__read_keras_zip(nst__table *out);
bool nst__is_hdf5(const nst__head *head);
nst_status nst__read_hdf5(nst__table *out);

#endif
