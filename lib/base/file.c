#include "base/file.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

nst_status nst__file_map(nst__mapping *out, const char *path)
{
    nst_status status = NST_OK;
    struct stat facts;
    *out = (nst__mapping){0};
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return nst__fail(NST_ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    if (fstat(file, &facts) != 0)
        status = nst__fail(NST_ERR_IO, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(facts.st_mode))
        status = nst__fail(NST_ERR_NOT_FOUND, "%s: %s, not a file", path,
                           S_ISDIR(facts.st_mode) ? "a directory" : "a device or pipe");
    else if (facts.st_size == 0)
        status = nst__fail(NST_ERR_CORRUPT, "%s: the file is empty", path);
    else if ((uint64_t)facts.st_size > SIZE_MAX)
        status = nst__fail(NST_ERR_TOO_LARGE, "%s: larger than the address space", path);
    if (status == NST_OK) {
        void *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes == MAP_FAILED)
            status = nst__fail(NST_ERR_IO, "%s: %s", path, strerror(errno));
        else
            *out = (nst__mapping){bytes, (size_t)facts.st_size};
    }
    close(file);
    return status;
}

void nst__file_unmap(nst__mapping *mapping)
{
    if (mapping->bytes) munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    *mapping = (nst__mapping){0};
}

void nst__file_forget(const nst__mapping *mapping, const unsigned char *data, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t begin = (size_t)(data - mapping->bytes), end = begin + size;
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
    if (end > begin) madvise((void *)(uintptr_t)(mapping->bytes + begin), end - begin, MADV_DONTNEED);
}

static int write_all(int file, const nst__part *part)
{
    const char *p = part->bytes;
    size_t left = part->size;
    while (left > 0) {
        ssize_t n = write(file, p, left < ((size_t)1 << 30) ? left : ((size_t)1 << 30));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        p += n;
        left -= (size_t)n;
    }
    return 0;
}

/* The permissions that creat() would have given: mkstemp() gives 0600. Without calling umask(), which is the
 * host's and not safe among threads, they are known only from a file: the one that is replaced, else 0644. */
static mode_t permissions(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_mode & 0777 : 0644;
}

nst_status nst__file_write(const char *path, const nst__part *parts, size_t count)
{
    static const char suffix[] = ".XXXXXX";
    nst_status status = NST_OK;
    struct stat facts;
    size_t length = strlen(path);

    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return nst__fail(NST_ERR_IO, "%s: a directory, not a file", path);
    char *temporary = nst__alloc(length + sizeof suffix, 1);
    if (!temporary) return NST_ERR_OUT_OF_MEMORY;
    memcpy(temporary, path, length);
    memcpy(temporary + length, suffix, sizeof suffix);

    int file = mkstemp(temporary);
    if (file < 0) {
        status = nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
        nst__free(temporary);
        return status;
    }
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = write_all(file, &parts[i]);
    failed = failed || fchmod(file, permissions(path)) != 0 || fsync(file) != 0;
    int reason = errno;
    if (close(file) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && rename(temporary, path) != 0) {
        failed = 1;
        reason = errno;
    }
    if (failed) {
        unlink(temporary);
        status = nst__fail(NST_ERR_IO, "%s: cannot be written: %s", path, strerror(reason));
    }
    nst__free(temporary);
    return status;
}
