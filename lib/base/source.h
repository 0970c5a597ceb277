/*
 * What is read: a file, bytes in memory, or what a function gives. Untrusted files are read, never mapped: a mapped file that another program
 * cuts short kills the process by SIGBUS.
 */
#ifndef NST_BASE_SOURCE_H
#define NST_BASE_SOURCE_H

#include "base/status.h"

typedef struct nst__source {
    const char *name; /* for messages; the caller's */
    uint64_t size;
    const unsigned char *bytes; /* in memory, the caller's; NULL: given by READ or, if that is NULL, in FILE */
    nst_status (*read)(void *user, uint64_t at, void *to, size_t size); /* all of it within SIZE */
    void *user;
    int file;
} nst__source;

/* A regular file that is not empty. A missing file, a folder or a device is NST_ERR_NOT_FOUND, an empty file
 * NST_ERR_CORRUPT. Always close; a source of zeroes may be closed, too. */
nst_status nst__source_open(nst__source *out, const char *path);
void nst__source_close(nst__source *source);

/* The SIZE bytes from AT on. Beyond source->size, or if the file has become shorter meanwhile: NST_ERR_CORRUPT.
 * Several threads may read one file. */
nst_status nst__source_read(const nst__source *source, uint64_t at, void *to, size_t size);

/* The whole file, to be freed by nst__free(): also a pipe or a device as /dev/stdin, which are read to their end.
 * More than MOST bytes is NST_ERR_TOO_LARGE, none NST_ERR_CORRUPT. Waits for the writer of a pipe. */
nst_status nst__file_read(unsigned char **out, size_t *size, const char *path, uint64_t most);

#endif
