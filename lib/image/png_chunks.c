#include "image/png_chunks.h"
#include "base/alloc.h"
#include "image/image.h"

#include <string.h>

static uint32_t number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* PNG, annex D: the CRC of ISO 3309. */
static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return crc ^ 0xffffffff;
}

/* Sets the orientation from the eXIf chunk at AT, with LENGTH bytes of data, if its checksum is right. */
static nst_status read_exif(nst__png_chunks *out, bool *found, const nst__source *file, uint64_t at, size_t length)
{
    nst_status status = NST_OK;
    uint8_t *chunk = nst__alloc(length + 8, 1); /* letters, data and checksum */
    if (!chunk) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(nst__source_read(file, at + 4, chunk, length + 8));
    *found = number(chunk + 4 + length) == checksum(chunk, length + 4);
    if (*found) out->orientation = nst__exif_orientation(chunk + 4, length);
out:
    nst__free(chunk);
    return status;
}

/* A chunk is the length of its data, four letters, the data, and the checksum of letters and data. */
nst_status nst__png_chunks_read(nst__png_chunks *out, const nst__source *file)
{
    enum { SIGNATURE = 8, AROUND = 12, EXIF_MAX = 1 << 16 };
    nst_status status = NST_OK;
    *out = (nst__png_chunks){.orientation = 1};
    bool exif = false;
    for (uint64_t at = SIGNATURE; at <= file->size && file->size - at >= AROUND;) {
        uint8_t head[8];
        NST_TRY(nst__source_read(file, at, head, sizeof head));
        const uint8_t *name = head + 4;
        const size_t length = number(head);
        if (memcmp(name, "IEND", 4) == 0) out->ended = true;
        if (out->ended || length > file->size - at - AROUND) break;
        if (memcmp(name, "iCCP", 4) == 0) out->profile = true;
        if (memcmp(name, "eXIf", 4) == 0 && !exif && length <= EXIF_MAX)
            NST_TRY(read_exif(out, &exif, file, at, length));
        at += AROUND + length;
    }
out:
    return status;
}
