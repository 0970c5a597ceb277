/*
 * Files are written whole or not at all.
 */
#ifndef NST_BASE_FILE_WRITE_H
#define NST_BASE_FILE_WRITE_H

#include "base/status.h"

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
