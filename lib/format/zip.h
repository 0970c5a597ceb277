/*
 * Reads ZIP archives with stored or deflated members, found through the central directory.
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
    uint64_t at, packed; /* position in the file, and bytes there */
    uint64_t size;       /* bytes after unpacking */
    nst__compression packing;
} nst__member;

/* True if the file begins like an archive whose first member is NAME; NULL: any archive. */
bool nst__zip_begins(const nst__head *head, const char *name);

/* Opens the archive that is the source of TABLE. The directory lives as long as TABLE. */
nst_status nst__zip_open(nst__zip *out, nst__table *table);

/* Finds the member PREFIX followed by NAME. An empty PREFIX stands for any folder: everything up to the first slash of
 * the member's name. A name that occurs twice is an error; if there is none, out->name is NULL. */
nst_status nst__zip_find(nst__member *out, const nst__zip *zip, const char *prefix, size_t prefix_length,
                         const char *name, size_t name_length);

#endif
