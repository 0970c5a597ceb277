/*
 * Files are written whole or not at all.
 */
#ifndef NST_BASE_FILE_WRITE_H
#define NST_BASE_FILE_WRITE_H

#include "base/status.h"

/* Writes the PARTS one after another to a new file in the same folder, syncs it, and renames it to PATH. A failure is
 * NST_ERR_IO: nothing is left behind, and an old file at PATH is unchanged. Symbolic links are followed. The new file
 * has the permissions of the file that it replaces, or those of the umask. Pipes and character devices are written
 * directly; /dev/stdout, /dev/stderr and /dev/fd/N are descriptors of this process. */
typedef struct nst__part {
    const void *bytes;
    size_t size;
} nst__part;
nst_status nst__file_write(const char *path, const nst__part *parts, size_t count);

/* The same with bytes that are made while they are written. FILL calls put for them, one after another, and returns 0,
 * or the errno of put or its own. It may be called a second time, from the beginning: where the first way of writing
 * fails. */
typedef struct nst__sink nst__sink;
typedef int (*nst__fill_fn)(void *user, nst__sink *sink);
int nst__sink_put(nst__sink *sink, const void *bytes, size_t size);
nst_status nst__file_write_with(const char *path, nst__fill_fn fill, void *user);

#endif
