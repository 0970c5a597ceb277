/*
 * PKWARE's .ZIP File Format Specification (APPNOTE.TXT) 6.3, sections 4.3.7 (local header), 4.3.12 (central
 * directory), 4.3.14 to 4.3.16 (its end), 4.5.3 (sizes of 64 bits). Left out on purpose: compression,
 * encryption, archives in parts, checksums.
 */
#include "model/zip.h"

#include <inttypes.h>
#include <string.h>

#define LOCAL_HEADER   0x04034b50
#define CENTRAL_HEADER 0x02014b50
#define END_RECORD     0x06054b50
#define END_RECORD64   0x06064b50
#define END_LOCATOR64  0x07064b50

static nst_status corrupt(const nst__bytes *file, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: expected %s (a file cut short?)", file->name, expected);
}

/* The end record is the last thing in the file but for a comment whose length it knows. */
static const unsigned char *find_end(const nst__bytes *file)
{
    for (size_t comment = 0; comment <= 65535 && comment + 22 <= file->size; comment++) {
        const unsigned char *p = file->data + file->size - 22 - comment;
        if (nst__u32_at(p) == END_RECORD && nst__u16_at(p + 20) == comment) return p;
    }
    return NULL;
}

nst_status nst__zip_open(nst__zip *out, const nst__bytes *file)
{
    const unsigned char *end = find_end(file);
    *out = (nst__zip){.file = file};
    if (!end) return corrupt(file, "a central directory at the end");
    uint64_t limit = (uint64_t)(end - file->data);
    out->count = nst__u16_at(end + 10);
    out->directory_size = nst__u32_at(end + 12);
    out->directory = nst__u32_at(end + 16);
    if (limit >= 20 && nst__u32_at(end - 20) == END_LOCATOR64) {
        const uint64_t at = nst__u64_at(end - 12);
        limit -= 20;
        if (limit < 56 || at > limit - 56 || nst__u32_at(file->data + at) != END_RECORD64)
            return corrupt(file, "a central directory of 64 bits");
        out->count = nst__u64_at(file->data + at + 32);
        out->directory_size = nst__u64_at(file->data + at + 40);
        out->directory = nst__u64_at(file->data + at + 48);
        limit = at;
    }
    if (out->directory > limit || out->directory_size > limit - out->directory)
        return corrupt(file, "a central directory within the file");
    return NST_OK;
}

/* Replaces the sizes and the offset that are too large for 32 bits by those of the extra field. */
static bool read_extra64(const unsigned char *extra, size_t size, uint64_t *value[3])
{
    for (size_t at = 0; size - at >= 4;) {
        const uint32_t id = nst__u16_at(extra + at), length = nst__u16_at(extra + at + 2);
        at += 4;
        if (length > size - at) return false;
        size_t used = 0;
        for (int i = 0; id == 1 && i < 3; i++)
            if (*value[i] == 0xffffffff) {
                if (used + 8 > length) return false;
                *value[i] = nst__u64_at(extra + at + used);
                used += 8;
            }
        at += length;
    }
    return true;
}

/* The member that the central header at P (of 46 bytes and its three fields, all there) describes. */
static nst_status read_member(nst__member *out, const nst__bytes *file, const unsigned char *p)
{
    uint64_t packed = nst__u32_at(p + 20), size = nst__u32_at(p + 24), at = nst__u32_at(p + 42);
    const size_t name_length = nst__u16_at(p + 28), extra_length = nst__u16_at(p + 30);
    const int shown = name_length < 100 ? (int)name_length : 100;
    const char *name = (const char *)p + 46;
    if (!read_extra64(p + 46 + name_length, extra_length, (uint64_t *[]){&size, &packed, &at}))
        return corrupt(file, "a sound extra field");
    if (nst__u16_at(p + 10) != 0 || packed != size || nst__u16_at(p + 8) & 1)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "%s: ZIP: %.*s: expected it to be stored, found it compressed or encrypted", file->name, shown,
                         name);
    if (at > file->size || file->size - at < 30 || nst__u32_at(file->data + at) != LOCAL_HEADER)
        return corrupt(file, "a member where the directory says");
    const unsigned char *local = file->data + at;
    const uint64_t head = 30 + (uint64_t)nst__u16_at(local + 26) + nst__u16_at(local + 28);
    if (nst__u16_at(local + 26) != name_length || head > file->size - at || memcmp(local + 30, name, name_length) != 0)
        return corrupt(file, "a member of the name that the directory says");
    if (size > file->size - at - head) return corrupt(file, "all bytes of a member");
    *out = (nst__member){name, name_length, local + head, size};
    return NST_OK;
}

nst_status nst__zip_find(nst__member *out, const nst__zip *zip, const char *prefix, size_t prefix_length,
                         const char *name, size_t name_length)
{
    const nst__bytes *file = zip->file;
    uint64_t at = zip->directory;
    const uint64_t end = zip->directory + zip->directory_size;
    *out = (nst__member){0};
    for (uint64_t i = 0; i < zip->count; i++) {
        const unsigned char *p = file->data + at;
        if (end - at < 46 || nst__u32_at(p) != CENTRAL_HEADER)
            return corrupt(file, "an entry of the central directory");
        const size_t length = nst__u16_at(p + 28);
        const uint64_t whole = 46 + (uint64_t)length + nst__u16_at(p + 30) + nst__u16_at(p + 32);
        if (whole > end - at) return corrupt(file, "a whole entry of the central directory");
        const char *entry = (const char *)p + 46;
        const char *slash = memchr(entry, '/', length);
        const size_t skip = prefix_length ? prefix_length : slash ? (size_t)(slash - entry) + 1 : 0;
        if (length == skip + name_length && memcmp(entry, prefix, prefix_length) == 0 &&
            memcmp(entry + skip, name, name_length) == 0) {
            if (out->name)
                return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: %.*s stands twice", file->name,
                                 (int)(length < 100 ? length : 100), entry);
            nst_status status = read_member(out, file, p);
            if (status != NST_OK) return status;
        }
        at += whole;
    }
    return NST_OK;
}
