#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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
