/*
 * The orientation from EXIF: tag 0x0112 of the first directory of a TIFF structure (TIFF 6.0, section 2;
 * EXIF 2.32, section 4.6.4). Nothing else of EXIF is read.
 */
#include "image/image.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, ENTRY = 12 };

static uint32_t number(const uint8_t *bytes, int count, bool big_endian)
{
    uint32_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[big_endian ? i : count - 1 - i];
    return value;
}

/* Bytes of a value of the whole-number types: BYTE, SHORT, LONG and their signed kin. The tag should be a SHORT; 0: no
 * number. */
static int bytes_of(uint32_t type)
{
    return type == 1 || type == 6 ? 1 : type == 3 || type == 8 ? 2 : type == 4 || type == 9 ? 4 : 0;
}

/* Wrong metadata is no reason to refuse a picture: the result is then 1, upright. */
int nst__exif_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0)) return 1;
    const bool big = tiff[0] == 'M';
    const size_t directory = number(tiff + 4, 4, big);
    if (directory > size || size - directory < 2) return 1;
    const size_t entries = number(tiff + directory, 2, big);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = directory + 2 + i * ENTRY;
        if (size - at < ENTRY) return 1;
        const uint8_t *entry = tiff + at;
        if (number(entry, 2, big) != TAG_ORIENTATION) continue;
        const int bytes = bytes_of(number(entry + 2, 2, big));
        const uint32_t value = number(entry + 8, bytes, big);
        return number(entry + 4, 4, big) == 1 && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
