/*
 * What a file of weights holds: a table from names to tensors, each with its type, shape and place. Readers fill it
 * (format.h); nothing here knows a network.
 */
#ifndef NST_FORMAT_TABLE_H
#define NST_FORMAT_TABLE_H

#include "base/source.h"
#include "format/arena.h"
#include "format/number.h"

#define NST__RANK_MAX        5
#define NST__TENSORS_MAX     16384
#define NST__TENSOR_NAME_MAX 255 /* bytes; a longer name is cut */

typedef struct nst__tensor {
    const char *name; /* the parts of a nested one joined by '.', in HDF5 by '/' */
    nst__type type;
    int rank; /* of more than NST__RANK_MAX dimensions the first */
    uint64_t shape[NST__RANK_MAX];
    uint64_t stride[NST__RANK_MAX]; /* elements from one to the next in each direction */
    const nst__source *source;      /* where the numbers are; NULL: in the table's */
    uint64_t at;                    /* where the first element is in it, in bytes */
    const char *fault;              /* why its numbers cannot be read, or NULL */
    nst_status fault_status;
} nst__tensor;

/* How a part of a file is kept. */
typedef enum nst__compression { NST__STORED, NST__DEFLATE, NST__ZLIB } nst__compression;

/* A line of text beside the tensors: metadata. */
typedef struct nst__note {
    const char *key, *value;
} nst__note;

typedef struct nst__table {
    const nst__source *source;
    const char *format; /* "safetensors", "torch zip", ...: a literal */
    size_t count, capacity;
    nst__tensor *tensor; /* as they stand in the file */
    size_t notes;
    nst__note note[32];
    nst__arena arena; /* names, notes, headers */
    struct nst__kept *kept;
} nst__table;

/* Empty; always release. SOURCE must live as long. */
void nst__table_init(nst__table *out, const nst__source *source);
void nst__table_release(nst__table *table);

/* Keeps TENSOR under the name of LENGTH bytes. Its elements lie in the source, which has no fewer of them than the
 * shape says, or it has a fault. */
nst_status nst__table_add(nst__table *table, const char *name, size_t length, const nst__tensor *tensor);

/* Keeps a line of metadata; beyond 32 of them, or beyond 480 bytes of one, what is more is left out. */
nst_status nst__table_note(nst__table *table, const char *key, const char *value);
const char *nst__table_find_note(const nst__table *table, const char *key); /* or NULL */

/* SIZE bytes of the source, which stay until the table is released. */
nst_status nst__table_view(nst__table *table, const unsigned char **out, uint64_t at, uint64_t size);

/* Keeps SOURCE until the table is released, then calls DESTROY; at once, if there is no memory for that. */
nst_status nst__table_keep(nst__table *table, nst__source *source, void (*destroy)(nst__source *source));

/* What the BYTES of the table's source from AT on are or unpack to, SIZE bytes, as a source of its own, which lives as
 * long as the table. */
nst_status nst__table_open(nst__table *table, const nst__source **out, uint64_t at, uint64_t bytes, uint64_t size,
                           nst__compression packing);

/* Strides of a packed tensor of this shape. */
void nst__tensor_pack(nst__tensor *tensor);

/* Reads all numbers of TENSOR into OUT, packed in the order of its shape. A number that is not finite as a float is
 * NST_ERR_NON_FINITE. In memory at once: a piece of the file, not all of it. */
nst_status nst__tensor_read(float *out, const nst__table *table, const nst__tensor *tensor);

#endif
