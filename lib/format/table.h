/*
 * The contents of a file of weights: a table from names to tensors, each with its type, shape and position. Readers
 * fill it (format.h). It is independent of any network.
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
    const char *name; /* nested names are joined by '.', in HDF5 by '/' */
    nst__type type;
    int rank; /* at most NST__RANK_MAX; further dimensions are dropped */
    uint64_t shape[NST__RANK_MAX];
    uint64_t stride[NST__RANK_MAX]; /* elements from one to the next in each dimension */
    const nst__source *source;      /* the source of the numbers; NULL: the table's */
    uint64_t at;                    /* position of the first element in the source, in bytes */
    const char *fault;              /* why its numbers cannot be read, or NULL */
    nst_status fault_status;
} nst__tensor;

/* The compression of a part of a file. */
typedef enum nst__compression { NST__STORED, NST__DEFLATE, NST__ZLIB } nst__compression;

/* A line of metadata. */
typedef struct nst__note {
    const char *key, *value;
} nst__note;

typedef struct nst__table {
    const nst__source *source;
    const char *format; /* a string literal */
    size_t count, capacity;
    nst__tensor *tensor; /* in the order of the file */
    size_t notes;
    nst__note note[32];
    nst__arena arena; /* names, notes, headers */
    struct nst__kept *kept;
} nst__table;

/* Initialises an empty table; always release it. SOURCE must outlive it. */
void nst__table_init(nst__table *out, const nst__source *source);
void nst__table_release(nst__table *table);

/* Adds TENSOR under the name of LENGTH bytes. Either its source holds all elements of its shape, or it has a fault. */
nst_status nst__table_add(nst__table *table, const char *name, size_t length, const nst__tensor *tensor);

/* Adds a line of metadata. Lines after the first 32 and bytes after the first 480 of a line are dropped. */
nst_status nst__table_note(nst__table *table, const char *key, const char *value);
const nst__tensor *nst__table_find(const nst__table *table, const char *name); /* or NULL */
const char *nst__table_find_note(const nst__table *table, const char *key);    /* or NULL */

/* The SIZE bytes at AT of the source, valid until the table is released. */
nst_status nst__table_view(nst__table *table, const unsigned char **out, uint64_t at, uint64_t size);

/* Calls DESTROY on SOURCE when the table is released; at once if memory runs out. */
nst_status nst__table_keep(nst__table *table, nst__source *source, void (*destroy)(nst__source *source));

/* Opens the BYTES of the table's source from AT on, unpacked to SIZE bytes, as a source that lives as long as the
 * table. */
nst_status nst__table_open(nst__table *table, const nst__source **out, uint64_t at, uint64_t bytes, uint64_t size,
                           nst__compression packing);

/* Sets the strides of a packed tensor of this shape. */
void nst__tensor_pack(nst__tensor *tensor);

/* Reads all numbers of TENSOR into OUT, packed in the order of its shape. A number that is not finite as a float is
 * NST_ERR_NON_FINITE. Only a piece of the file is in memory at a time. */
nst_status nst__tensor_read(float *out, const nst__table *table, const nst__tensor *tensor);

#endif
