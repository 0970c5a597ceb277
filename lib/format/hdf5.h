/*
 * The part of HDF5 that Keras' files use: groups, and datasets of floating-point numbers, in one
 * piece or in chunks that may be compressed. Files are not
 * trusted: whatever they point at lies in the file, and the work on them is bounded.
 */
#ifndef NST_FORMAT_HDF5_H
#define NST_FORMAT_HDF5_H

#include "format/table.h"

#define NST__HDF5_NAME_MAX 64 /* members with longer names are passed over */

/* A member of a group. */
typedef nst_status (*nst__hdf5_member_fn)(void *user, const char *name, uint64_t address);

typedef struct nst__hdf5 {
    nst__table *table;                   /* what is read of the file stays with it */
    char path[NST__TENSOR_NAME_MAX + 1]; /* of what is being read: the caller's to keep */

    int steps;                  /* blocks, messages and names looked at so far */
    int continued;              /* blocks of headers that are open */
    nst__hdf5_member_fn member; /* who wants to know of links, or NULL */
    void *user;
} nst__hdf5;

/* What the header of an object says, as far as it is of interest. */
typedef struct nst__hdf5_object {
    uint64_t address;
    const unsigned char *space, *type, *layout, *filters, *symbols; /* bodies of messages */
    size_t space_size, type_size, layout_size, filters_size;
    uint64_t layout_at; /* in the file */
    bool shared;        /* a message stands elsewhere, which is not read */
    bool dense;         /* a group whose members stand elsewhere, in the newer form */
} nst__hdf5_object;

/* Reads the superblock and gives the address of the root group. */
nst_status nst__hdf5_open(nst__hdf5 *out, nst__table *table, uint64_t *root);

nst_status nst__hdf5_object_at(nst__hdf5 *h, nst__hdf5_object *out, uint64_t address);
bool nst__hdf5_is_dataset(const nst__hdf5_object *object);

/* Calls MEMBER for each member of a group. */
nst_status nst__hdf5_members(nst__hdf5 *h, const nst__hdf5_object *group, nst__hdf5_member_fn member, void *user);

/* Type, shape, strides and place of a dataset, or its fault; of numbers of another type neither strides nor place. */
nst_status nst__hdf5_dataset(nst__tensor *out, nst__hdf5 *h, const nst__hdf5_object *object);

/* The place of one that is in chunks, whose type and shape are known: a source that puts them together. */
nst_status nst__hdf5_chunks(nst__tensor *tensor, nst__hdf5 *h, const nst__hdf5_object *object);

#endif
