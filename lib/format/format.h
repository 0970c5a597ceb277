/*
 * The formats of weights, one row each. NST_READERS of CMake chooses which readers are built.
 */
#ifndef NST_FORMAT_FORMAT_H
#define NST_FORMAT_FORMAT_H

#include "format/table.h"

/* The beginning of a file, from which its format is recognised. */
typedef struct nst__head {
    unsigned char bytes[512];
    size_t size; /* less if the file is shorter */
} nst__head;

typedef struct nst__format {
    const char *reader; /* its name in NST_READERS and nst_build_text(); several rows may share one */
    const char *name;   /* its name in NST_MODEL_FORMAT */
    bool (*probe)(const nst__head *head);
    nst_status (*read)(nst__table *out); /* source and format are set, nothing else */
} nst__format;

/* Fills TABLE, which was just initialised, with the reader that matches its source. */
nst_status nst__table_read(nst__table *table);

/* The same for a file that libnst has written, such as WHAT, "a checkpoint": NST_ERR_FORMAT if it is no safetensors. */
nst_status nst__table_read_own(nst__table *table, const char *what);

/* Sets the error for a file that no reader takes: the kind of file, if it is recognised, and a way to convert it. */
nst_status nst__foreign(const nst__source *source, const nst__head *head);

/* The readers, and zlib if compressed data can be read: "safetensors torch npy mat hdf5 zlib" */
const char *nst__format_readers(void);

/* The readers. At most one accepts a given file. */
bool nst__is_safetensors(const nst__head *head);
nst_status nst__read_safetensors(nst__table *out);
bool nst__is_torch_zip(const nst__head *head);
nst_status nst__read_torch_zip(nst__table *out);
bool nst__is_torch_legacy(const nst__head *head);
nst_status nst__read_torch_legacy(nst__table *out);
bool nst__is_npy(const nst__head *head);
nst_status nst__read_npy(nst__table *out);
bool nst__is_mat(const nst__head *head);
nst_status nst__read_mat(nst__table *out);
bool nst__is_keras_zip(const nst__head *head);
nst_status nst__read_keras_zip(nst__table *out);
bool nst__is_hdf5(const nst__head *head);
nst_status nst__read_hdf5(nst__table *out);

#endif
