#include "image/png_chunks.h"
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

/* A chunk is the length of its data, four letters, the data, and the checksum of letters and data. */
void nst__png_chunks_read(nst__png_chunks *out, const uint8_t *bytes, size_t size)
{
    enum { SIGNATURE = 8, AROUND = 12, EXIF_MAX = 1 << 16 };
    *out = (nst__png_chunks){.orientation = 1};
    bool exif = false;
    for (size_t at = SIGNATURE; at <= size && size - at >= AROUND;) {
        const uint8_t *name = bytes + at + 4, *data = name + 4;
        const size_t length = number(bytes + at);
        if (memcmp(name, "IEND", 4) == 0) out->ended = true;
        if (out->ended || length > size - at - AROUND) return;
        if (memcmp(name, "iCCP", 4) == 0) out->profile = true;
        if (memcmp(name, "eXIf", 4) == 0 && !exif && length <= EXIF_MAX &&
            number(data + length) == checksum(name, length + 4)) {
            exif = true;
            out->orientation = nst__exif_orientation(data, length);
        }
        at += AROUND + length;
    }
}
