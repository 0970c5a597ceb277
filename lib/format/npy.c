/*
 * NumPy's .npy with a pickled dict of arrays, such as vgg19.npy. The file format:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
#include "format/format.h"
#include "format/pickle.h"

#include <string.h>

enum { HEADER_MAX = 4096 }; /* bytes; the headers that NumPy writes here have 128 */

bool nst__is_npy(const nst__head *head)
{
    return head->size >= 12 && memcmp(head->bytes, "\x93NUMPY", 6) == 0;
}

/* An error: NumPy keeps all numbers in the pickle. */
static nst_status locate(void *user, nst__storage *storage)
{
    (void)storage;
    return nst__fail(NST_ERR_CORRUPT, "%s: pickle: a storage of torch in a file of NumPy", (const char *)user);
}

nst_status nst__read_npy(nst__table *out)
{
    nst_status status = NST_OK;
    nst__pickle pickle = {0};
    const nst__source *file = out->source;
    unsigned char start[12];
    char header[HEADER_MAX + 1];
    NST_TRY(nst__source_read(file, 0, start, sizeof start));
    const bool first = start[6] == 1; /* the version */
    const uint64_t size = first ? nst__u16_at(start + 8) : nst__u32_at(start + 8), at = first ? 10 : 12;
    if (start[6] == 0 || start[6] > 3 || size > HEADER_MAX || size > file->size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected the header of a NumPy array", file->name);
    NST_TRY(nst__source_read(file, at, header, (size_t)size));
    header[size] = '\0';
    if (!strstr(header, "'descr': '|O'"))
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: expected a dict of arrays, found one array of NumPy", file->name);
    NST_TRY(nst__pickle_run(&pickle, file, at + size, file->size - at - size));
    NST_TRY(nst__pickle_tensors(&pickle, out, locate, (void *)(uintptr_t)file->name));
out:
    nst__pickle_release(&pickle);
    return status;
}
