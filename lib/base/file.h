/*
 * Files: read by mapping; written whole or not at all.
 */
#ifndef NST_BASE_FILE_H
#define NST_BASE_FILE_H

#include "base/status.h"

typedef struct nst__mapping {
    const unsigned char *bytes;
    size_t size; /* at least 1: an empty file is NST_ERR_CORRUPT */
} nst__mapping;

/* A regular file, read-only. A missing file or a folder is NST_ERR_NOT_FOUND. */
nst_status nst__file_map(nst__mapping *out, const char *path);
void nst__file_unmap(nst__mapping *mapping);
/* Lets go of the memory behind the whole pages of SIZE bytes at DATA; they are read again when they are needed. */
void nst__file_forget(const nst__mapping *mapping, const unsigned char *data, size_t size);

/* Writes the PARTS one after another to a new file in the same folder, syncs it, and puts it in the place of PATH. On
 * failure nothing is left behind and a file that stood at PATH is as it was: NST_ERR_IO. Symbolic links are followed.
 * A file that is replaced hands on its permissions; else the umask decides. A pipe or a character device is written
 * to as it is, and /dev/stdout, /dev/stderr and /dev/fd/N are descriptors of this process. */
typedef struct nst__part {
    const void *bytes;
    size_t size;
} nst__part;
nst_status nst__file_write(const char *path, const nst__part *parts, size_t count);

#endif
