/*
 * A source of bytes: a file, memory, or a function. Untrusted files are read, never mapped: if another program
 * truncates a mapped file, SIGBUS kills the process.
 */
#ifndef NST_BASE_SOURCE_H
#define NST_BASE_SOURCE_H

#include "base/status.h"

typedef struct nst__source {
    const char *name; /* for messages; the caller's */
    uint64_t size;
    const unsigned char *bytes; /* in memory of the caller; NULL: READ gives the bytes or, if that is NULL, FILE */
    nst_status (*read)(void *user, uint64_t at, void *to, size_t size); /* all of it within SIZE */
    void *user;
    int file;
} nst__source;

/* Opens a regular file that is not empty. A missing file, a folder or a device is NST_ERR_NOT_FOUND, an empty file
 * NST_ERR_CORRUPT. Always close; a source of all zeroes may be closed too. */
nst_status nst__source_open(nst__source *out, const char *path);
void nst__source_close(nst__source *source);

/* Reads the SIZE bytes from AT on. NST_ERR_CORRUPT beyond source->size, or if the file was truncated meanwhile. Several
 * threads may read one file. */
nst_status nst__source_read(const nst__source *source, uint64_t at, void *to, size_t size);

/* Reads the whole file, to be freed by nst__free(). Pipes and devices such as /dev/stdin are read to their end. More
 * than MOST bytes is NST_ERR_TOO_LARGE, no bytes NST_ERR_CORRUPT. Waits for the writer of a pipe. */
nst_status nst__file_read(unsigned char **out, size_t *size, const char *path, uint64_t most);

#endif
