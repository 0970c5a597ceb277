/* With NST_FILES=OFF: in place of file_write.c and scratch.c where there is no file system. */
#include "base/file_write.h"
#include "base/scratch.h"

#include <errno.h>

static nst_status refuse(const char *what)
{
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: this build of libnst writes no files", what);
}

nst_status nst_bytes_save(const void *bytes, size_t size, const char *path)
{
    if (size > 0) NST_NEED(bytes);
    NST_NEED(path);
    return refuse(path);
}

nst_status nst__file_write(const char *path, const nst__part *parts, size_t count)
{
    (void)parts;
    (void)count;
    return refuse(path);
}

nst_status nst__file_write_with(const char *path, nst__fill_fn fill, void *user)
{
    (void)fill;
    (void)user;
    return refuse(path);
}

int nst__sink_put(nst__sink *sink, const void *bytes, size_t size)
{
    (void)sink;
    (void)bytes;
    (void)size;
    return ENOSYS;
}

nst_status nst__scratch_create(int *out, const char *folder, uint64_t bytes)
{
    (void)bytes;
    *out = -1;
    return refuse(folder);
}

int nst__scratch_read(int file, uint64_t at, void *to, size_t size)
{
    (void)file;
    (void)at;
    (void)to;
    (void)size;
    return ENOSYS;
}

int nst__scratch_write(int file, uint64_t at, const void *from, size_t size)
{
    (void)file;
    (void)at;
    (void)from;
    (void)size;
    return ENOSYS;
}
