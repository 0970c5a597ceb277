/*
 * ZIP archives: members that are stored or deflated, found through the central directory.
 */
#ifndef NST_FORMAT_ZIP_H
#define NST_FORMAT_ZIP_H

#include "format/format.h"

typedef struct nst__zip {
    const nst__source *source;
    const unsigned char *directory;
    uint64_t size;  /* of the directory, in bytes */
    uint64_t count; /* members */
} nst__zip;

typedef struct nst__member {
    const char *name; /* without a NUL */
    size_t name_length;
    uint64_t at, packed; /* where it is in the file, and how many bytes it takes there */
    uint64_t size;       /* bytes of what it is */
    nst__compression packing;
} nst__member;

/* Whether a file begins as an archive does whose first member is NAME; NULL: any. */
bool nst__zip_begins(const nst__head *head, const char *name);

/* The directory stays as long as TABLE. */
nst_status nst__zip_open(nst__zip *out, nst__table *table);

/* The member called PREFIX then NAME; PREFIX is found if it is empty: whatever stands before the first slash.
 * A name that stands twice is an error; one that is missing gives a NULL name. */
nst_status nst__zip_find(nst__member *out, const nst__zip *zip, const char *prefix, size_t prefix_length,
                         const char *name, size_t name_length);

#endif
