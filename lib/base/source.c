#include "base/source.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CALL_MAX = 1 << 30, GUESS = 1 << 16 }; /* bytes: of one read(), of what has no size */

static nst_status open_file(int *out, struct stat *facts, const char *path, int flags)
{
    do
        *out = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
    while (*out < 0 && errno == EINTR);
    if (*out < 0) return nst__fail(NST_ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (fstat(*out, facts) != 0) return nst__fail(NST_ERR_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(facts->st_mode)) return nst__fail(NST_ERR_NOT_FOUND, "%s: a directory, not a file", path);
    return NST_OK;
}

static nst_status empty(const char *path)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: the file is empty", path);
}

nst_status nst__source_open(nst__source *out, const char *path)
{
    nst_status status = NST_OK;
    struct stat facts;
    *out = (nst__source){.name = path, .file = -1};
    NST_TRY(open_file(&out->file, &facts, path, O_NONBLOCK)); /* a pipe must not wait for a writer */
    if (!S_ISREG(facts.st_mode)) NST_TRY(nst__fail(NST_ERR_NOT_FOUND, "%s: a device or pipe, not a file", path));
    if (facts.st_size == 0) NST_TRY(empty(path));
    out->size = (uint64_t)facts.st_size;
out:
    if (status != NST_OK) nst__source_close(out);
    return status;
}

void nst__source_close(nst__source *source)
{
    if (source->name && !source->bytes && !source->read && source->file >= 0) close(source->file);
    *source = (nst__source){.file = -1};
}

nst_status nst__source_read(const nst__source *source, uint64_t at, void *to, size_t size)
{
    unsigned char *p = to;
    if (at > source->size || size > source->size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: %zu bytes at %" PRIu64 " lie beyond the end (a file cut short?)",
                         source->name, size, at);
    if (source->bytes) {
        if (size > 0) memcpy(p, source->bytes + at, size);
        return NST_OK;
    }
    if (source->read) return source->read(source->user, at, to, size);
    while (size > 0) {
        const ssize_t n = pread(source->file, p, size < CALL_MAX ? size : CALL_MAX, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return nst__fail(NST_ERR_IO, "%s: cannot be read: %s", source->name, strerror(errno));
        if (n == 0) return nst__fail(NST_ERR_CORRUPT, "%s: the file became shorter while it was read", source->name);
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return NST_OK;
}

static nst_status too_large(const char *path, uint64_t most)
{
    return nst__fail(NST_ERR_TOO_LARGE, "%s: expected at most %" PRIu64 " bytes, found more", path, most);
}

/* One byte more than expected, so that the end is found without growing the buffer. */
static nst_status read_to_end(unsigned char **bytes, size_t *size, int file, size_t room, const char *path,
                              uint64_t most)
{
    for (;;) {
        if (!*bytes || *size == room) {
            if (*bytes && room > SIZE_MAX / 2) return too_large(path, most);
            room = *bytes ? 2 * room : room;
            unsigned char *more = nst__resize(*bytes, room, 1);
            if (!more) return NST_ERR_OUT_OF_MEMORY;
            *bytes = more;
        }
        const size_t left = room - *size;
        const ssize_t n = read(file, *bytes + *size, left < CALL_MAX ? left : CALL_MAX);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return nst__fail(NST_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
        if (n == 0) return *size > 0 ? NST_OK : empty(path);
        *size += (size_t)n;
        if (*size > most) return too_large(path, most);
    }
}

nst_status nst__file_read(unsigned char **out, size_t *size, const char *path, uint64_t most)
{
    nst_status status = NST_OK;
    struct stat facts;
    int file = -1;
    *out = NULL;
    *size = 0;
    NST_TRY(open_file(&file, &facts, path, 0));
    const uint64_t whole = S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0; /* 0 in /proc */
    if (whole > most || whole >= SIZE_MAX) NST_TRY(too_large(path, most));
    NST_TRY(read_to_end(out, size, file, whole > 0 ? (size_t)whole + 1 : GUESS, path, most));
out:
    if (file >= 0) close(file);
    if (status != NST_OK) {
        nst__free(*out);
        *out = NULL;
        *size = 0;
    }
    return status;
}
