/*
 * A walk over the markers of a JPEG file (ITU-T T.81, annex B), for what TurboJPEG does not tell: whether the
 * file reaches its end-of-image marker, whether Adobe wrote it, how EXIF turns it.
 */
#include "image/codec.h"

#include <string.h>

enum {
    MARKER_TEM = 0x01,
    MARKER_RST0 = 0xd0,
    MARKER_RST7 = 0xd7,
    MARKER_SOI = 0xd8,
    MARKER_EOI = 0xd9,
    MARKER_SOS = 0xda,
    MARKER_APP1 = 0xe1,
    MARKER_APP14 = 0xee
};

static bool is_frame(int marker) /* SOF0..SOF15 without DHT, JPG and DAC in between */
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool is_decoded(int marker) /* baseline, extended and progressive, by Huffman or arithmetic coding */
{
    return marker <= 0xc2 || marker == 0xc9 || marker == 0xca;
}

/* Moves *AT behind the next marker and returns it, -1 at the end of the file. Bytes before it are skipped, as
 * libjpeg does, and so are stuffed zeros and restart markers: they stand inside of coded data. */
static int next_marker(const uint8_t *bytes, size_t size, size_t *at)
{
    while (*at + 1 < size) {
        const int code = bytes[*at + 1];
        if (bytes[*at] != 0xff || code == 0xff) {
            ++*at;
            continue;
        }
        *at += 2;
        if (code != 0 && code != MARKER_TEM && (code < MARKER_RST0 || code > MARKER_RST7)) return code;
    }
    return -1;
}

static nst_status read_frame(nst__jpeg_header *out, int marker, const uint8_t *body, size_t size)
{
    if (size < 6) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a frame header of %zu bytes", size);
    if (!is_decoded(marker))
        return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture of a process that is not read here (SOF%d)",
                         marker - 0xc0);
    if (body[0] != 8)
        return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture of %d bits a channel: only 8 are read", body[0]);
    out->height = (uint32_t)body[1] << 8 | body[2];
    out->width = (uint32_t)body[3] << 8 | body[4];
    out->components = body[5];
    out->arithmetic = marker >= 0xc9;
    if (out->height == 0) return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture that tells its height only at its end");
    if (out->width == 0) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a width of 0");
    if (out->components != 1 && out->components != 3 && out->components != 4)
        return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture of %d channels: 1, 3 and 4 are read", out->components);
    return NST_OK;
}

nst_status nst__jpeg_header_read(nst__jpeg_header *out, const uint8_t *bytes, size_t size)
{
    nst_status status = NST_OK;
    bool scan = false, exif = false;
    size_t at = 2; /* behind SOI, which told that this is a JPEG file */
    *out = (nst__jpeg_header){.orientation = 1};
    for (;;) {
        const int marker = next_marker(bytes, size, &at);
        if (marker < 0) break;
        if (marker == MARKER_EOI) {
            if (out->components == 0 || !scan)
                return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: it ends before the first pixel");
            return NST_OK;
        }
        if (marker == MARKER_SOI)
            return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a second one starts inside of it");
        if (size - at < 2) break;
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a segment of %zu bytes", length);
        if (size - at < length) break;
        const uint8_t *body = bytes + at + 2;
        const size_t body_size = length - 2;
        if (is_frame(marker)) {
            if (out->components != 0) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: two frame headers");
            NST_TRY(read_frame(out, marker, body, body_size));
        } else if (marker == MARKER_SOS) {
            scan = true;
        } else if (marker == MARKER_APP1 && !exif && body_size > 6 && memcmp(body, "Exif\0\0", 6) == 0) {
            exif = true;
            out->orientation = nst__exif_orientation(body + 6, body_size - 6);
        } else if (marker == MARKER_APP14 && body_size >= 12 && memcmp(body, "Adobe", 5) == 0) {
            out->adobe = true;
        }
        at += length;
    }
    return nst__fail(NST_ERR_CORRUPT, "cut short: a JPEG picture of %zu bytes without its end", size);
out:
    return status;
}
