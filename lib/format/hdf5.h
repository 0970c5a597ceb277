/*
 * The part of HDF5 that Keras' files use: groups, and datasets of floating-point numbers, contiguous or in chunks that
 * may be compressed. Files are not trusted: every address is checked against the size of the file, and the work is
 * bounded.
 */
#ifndef NST_FORMAT_HDF5_H
#define NST_FORMAT_HDF5_H

#include "format/table.h"

#define NST__HDF5_NAME_MAX 64 /* members with longer names are skipped */

/* A member of a group. */
typedef nst_status (*nst__hdf5_member_fn)(void *user, const char *name, uint64_t address);

typedef struct nst__hdf5 {
    nst__table *table;                   /* owns the parts of the file that were read */
    char path[NST__TENSOR_NAME_MAX + 1]; /* of the object being read; the caller updates it */

    int steps;                  /* blocks, messages and names read so far */
    int continued;              /* continuation blocks that are being read, one inside another */
    nst__hdf5_member_fn member; /* called for each link, or NULL */
    void *user;
} nst__hdf5;

/* The parts of an object's header that are used. */
typedef struct nst__hdf5_object {
    uint64_t address;
    const unsigned char *space, *type, *layout, *filters, *symbols; /* bodies of messages */
    size_t space_size, type_size, layout_size, filters_size;
    uint64_t layout_at; /* in the file */
    bool shared;        /* a message is stored in another object, which is not read */
    bool dense;         /* a group whose members are stored outside its header, in the newer form */
} nst__hdf5_object;

/* Reads the superblock and gives the address of the root group. */
nst_status nst__hdf5_open(nst__hdf5 *out, nst__table *table, uint64_t *root);

nst_status nst__hdf5_object_at(nst__hdf5 *h, nst__hdf5_object *out, uint64_t address);
bool nst__hdf5_is_dataset(const nst__hdf5_object *object);

/* Calls MEMBER for each member of a group. */
nst_status nst__hdf5_members(nst__hdf5 *h, const nst__hdf5_object *group, nst__hdf5_member_fn member, void *user);

/* Sets type, shape, strides and position of a dataset, or its fault. Datasets of other types than floating-point
 * numbers get neither strides nor a position. */
nst_status nst__hdf5_dataset(nst__tensor *out, nst__hdf5 *h, const nst__hdf5_object *object);

/* Sets the source of a chunked dataset, whose type and shape are known: a source that assembles the chunks. */
nst_status nst__hdf5_chunks(nst__tensor *tensor, nst__hdf5 *h, const nst__hdf5_object *object);

#endif
