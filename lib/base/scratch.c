#define _GNU_SOURCE /* mkostemp() */
#include "base/scratch.h"
#include "base/alloc.h"
#include "base/hold_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int create_nameless(int *out, const char *folder)
{
    static const char name[] = "/.nst-XXXXXX";
    const size_t length = strlen(folder);
    char *path = nst__alloc(length + sizeof name, 1);
    if (!path) return ENOMEM;
    memcpy(path, folder, length);
    memcpy(path + length, name, sizeof name);
    *out = mkostemp(path, O_CLOEXEC);
    const int failure = *out < 0 ? errno : unlink(path) != 0 ? errno : 0;
    nst__free(path);
    return failure;
}

static int reserve(int file, uint64_t bytes)
{
    nst__hold hold;
    nst__hold_signals(&hold);
    const int failure = bytes > INT64_MAX ? EFBIG : posix_fallocate(file, 0, (off_t)bytes);
    nst__release_signals(&hold, failure);
    return failure;
}

nst_status nst__scratch_create(int *out, const char *folder, uint64_t bytes)
{
    int file = -1;
    int failure = create_nameless(&file, folder);
    *out = -1;
    if (!failure) {
        failure = reserve(file, bytes);
        if (!failure) {
            *out = file;
            return NST_OK;
        }
    }
    if (file >= 0) close(file);
    if (failure == ENOMEM) return NST_ERR_OUT_OF_MEMORY;
    return nst__fail(NST_ERR_IO, "scratch: %s: a file of %.0f MB cannot be created: %s", folder,
                     (double)bytes / (1 << 20), strerror(failure));
}

int nst__scratch_read(int file, uint64_t at, void *to, size_t size)
{
    char *p = to;
    while (size > 0) {
        const ssize_t n = pread(file, p, size, (off_t)at);
        if (n == 0) return EIO; /* somebody has cut it */
        if (n < 0 && errno != EINTR) return errno;
        if (n < 0) continue;
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

int nst__scratch_write(int file, uint64_t at, const void *from, size_t size)
{
    const char *p = from;
    while (size > 0) {
        const ssize_t n = pwrite(file, p, size, (off_t)at);
        if (n == 0) return EIO;
        if (n < 0 && errno != EINTR) return errno;
        if (n < 0) continue;
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}
