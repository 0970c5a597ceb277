/*
 * Scratch space in a file, for data that does not fit in memory. The file has no name, so it ends with the process. Its
 * space is reserved when it is created: a full disk is an error then, and no surprise later. It is read and written,
 * never mapped: an error of the disk is an errno, and no signal.
 */
#ifndef NST_BASE_SCRATCH_H
#define NST_BASE_SCRATCH_H

#include "base/status.h"

/* Creates a file of BYTES in FOLDER. *OUT is its descriptor, to be closed by close(). NST_ERR_IO: there is no such
 * folder, or no room in it. */
nst_status nst__scratch_create(int *out, const char *folder, uint64_t bytes);

/* SIZE bytes at AT. They return an errno, 0 for success. Several threads may use one file. */
int nst__scratch_read(int file, uint64_t at, void *to, size_t size);
int nst__scratch_write(int file, uint64_t at, const void *from, size_t size);

#endif
