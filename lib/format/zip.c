/*
 * PKWARE's .ZIP File Format Specification (APPNOTE.TXT) 6.3, sections 4.3.7 (local header), 4.3.12 (central directory),
 * 4.3.14 to 4.3.16 (its end), 4.5.3 (sizes of 64 bits). Left out on purpose: compression other than deflate,
 * encryption, split archives, checksums.
 */
#include "format/zip.h"

#include <inttypes.h>
#include <string.h>

#define LOCAL_HEADER   0x04034b50
#define CENTRAL_HEADER 0x02014b50
#define END_RECORD     0x06054b50
#define END_RECORD64   0x06064b50
#define END_LOCATOR64  0x07064b50

#define DIRECTORY_MAX (1 << 22) /* bytes: tens of thousands of members; checkpoints have hundreds */

static nst_status corrupt(const nst__source *file, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: ZIP: expected %s (a file cut short?)", file->name, expected);
}

bool nst__zip_begins(const nst__head *head, const char *name)
{
    const unsigned char *p = head->bytes;
    const size_t length = name ? strlen(name) : 0;
    if (head->size < 30 + length || nst__u32_at(p) != LOCAL_HEADER) return false;
    return !name || (nst__u16_at(p + 26) == length && memcmp(p + 30, name, length) == 0);
}

/* The end record is the last thing in the file, except for a comment whose length the record holds. TAIL ends where the
 * file ends. */
static const unsigned char *find_end(const unsigned char *tail, size_t size)
{
    for (size_t comment = 0; comment + 22 <= size; comment++) {
        const unsigned char *p = tail + size - 22 - comment;
        if (nst__u32_at(p) == END_RECORD && nst__u16_at(p + 20) == comment) return p;
    }
    return NULL;
}

/* The central directory, as described by the end records. */
typedef struct directory {
    uint64_t at, size, count;
    uint64_t limit; /* it must end here or earlier */
} directory;

static nst_status find_directory(directory *out, nst__table *table)
{
    const nst__source *file = table->source;
    const size_t size = file->size < 65535 + 22 ? (size_t)file->size : 65535 + 22;
    const unsigned char *tail;
    unsigned char locator[20], record[56];
    nst_status status = NST_OK;
    NST_TRY(nst__table_view(table, &tail, file->size - size, size));
    const unsigned char *end = find_end(tail, size);
    if (!end) return corrupt(file, "a central directory at the end");
    out->limit = file->size - size + (uint64_t)(end - tail);
    out->count = nst__u16_at(end + 10);
    out->size = nst__u32_at(end + 12);
    out->at = nst__u32_at(end + 16);
    if (out->limit < sizeof locator) return NST_OK;
    NST_TRY(nst__source_read(file, out->limit - sizeof locator, locator, sizeof locator));
    if (nst__u32_at(locator) != END_LOCATOR64) return NST_OK;
    const uint64_t at = nst__u64_at(locator + 8);
    out->limit -= sizeof locator;
    if (out->limit < sizeof record || at > out->limit - sizeof record)
        return corrupt(file, "a central directory of 64 bits");
    NST_TRY(nst__source_read(file, at, record, sizeof record));
    if (nst__u32_at(record) != END_RECORD64) return corrupt(file, "a central directory of 64 bits");
    *out = (directory){.at = nst__u64_at(record + 48),
                       .size = nst__u64_at(record + 40),
                       .count = nst__u64_at(record + 32),
                       .limit = at};
out:
    return status;
}

nst_status nst__zip_open(nst__zip *out, nst__table *table)
{
    directory d = {0};
    *out = (nst__zip){.source = table->source};
    nst_status status = find_directory(&d, table);
    if (status != NST_OK) return status;
    if (d.at > d.limit || d.size > d.limit - d.at) return corrupt(out->source, "a central directory within the file");
    if (d.size > DIRECTORY_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: ZIP: more members than a state dict has tensors", out->source->name);
    out->size = d.size;
    out->count = d.count;
    return nst__table_view(table, &out->directory, d.at, d.size);
}

/* Replaces sizes and offset that do not fit 32 bits by those of the extra field. */
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

/* Reads the member that the central header at P describes. The header's 46 bytes and its three fields are all there. */
static nst_status read_member(nst__member *out, const nst__source *file, const unsigned char *p)
{
    uint64_t packed = nst__u32_at(p + 20), size = nst__u32_at(p + 24), at = nst__u32_at(p + 42);
    const size_t name_length = nst__u16_at(p + 28), extra_length = nst__u16_at(p + 30);
    const int shown = name_length < 100 ? (int)name_length : 100;
    const char *name = (const char *)p + 46;
    unsigned char local[30];
    if (!read_extra64(p + 46 + name_length, extra_length, (uint64_t *[]){&size, &packed, &at}))
        return corrupt(file, "a sound extra field");
    const unsigned method = nst__u16_at(p + 10);
    if (nst__u16_at(p + 8) & 1 || (method != 0 && method != 8) || (method == 0 && packed != size))
        return nst__fail(
            NST_ERR_UNSUPPORTED,
            "%s: ZIP: %.*s: expected it to be stored or deflated, found it encrypted or compressed otherwise",
            file->name, shown, name);
    if (at > file->size || file->size - at < sizeof local) return corrupt(file, "a member where the directory says");
    nst_status status = nst__source_read(file, at, local, sizeof local);
    if (status != NST_OK) return status;
    if (nst__u32_at(local) != LOCAL_HEADER) return corrupt(file, "a member where the directory says");
    const uint64_t head = sizeof local + (uint64_t)nst__u16_at(local + 26) + nst__u16_at(local + 28);
    if (nst__u16_at(local + 26) != name_length || head > file->size - at)
        return corrupt(file, "a member of the name that the directory says");
    for (size_t i = 0; i < name_length; i += sizeof local) { /* compares the names, piece by piece */
        const size_t n = name_length - i < sizeof local ? name_length - i : sizeof local;
        status = nst__source_read(file, at + 30 + i, local, n);
        if (status != NST_OK) return status;
        if (memcmp(local, name + i, n) != 0) return corrupt(file, "a member of the name that the directory says");
    }
    if (packed > file->size - at - head) return corrupt(file, "all bytes of a member");
    *out = (nst__member){name, name_length, at + head, packed, size, method == 0 ? NST__STORED : NST__DEFLATE};
    return NST_OK;
}

nst_status nst__zip_find(nst__member *out, const nst__zip *zip, const char *prefix, size_t prefix_length,
                         const char *name, size_t name_length)
{
    const nst__source *file = zip->source;
    uint64_t at = 0;
    *out = (nst__member){0};
    for (uint64_t i = 0; i < zip->count; i++) {
        const unsigned char *p = zip->directory + at;
        if (zip->size - at < 46 || nst__u32_at(p) != CENTRAL_HEADER)
            return corrupt(file, "an entry of the central directory");
        const size_t length = nst__u16_at(p + 28);
        const uint64_t whole = 46 + (uint64_t)length + nst__u16_at(p + 30) + nst__u16_at(p + 32);
        if (whole > zip->size - at) return corrupt(file, "a whole entry of the central directory");
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
