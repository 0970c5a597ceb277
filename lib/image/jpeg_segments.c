#include "image/jpeg_segments.h"
#include "base/alloc.h"
#include "image/image.h"

#include <string.h>

/* ITU-T T.81, annex B */
enum {
    MARKER_TEM = 0x01,
    MARKER_DHT = 0xc4,
    MARKER_DAC = 0xcc,
    MARKER_RST0 = 0xd0,
    MARKER_RST7 = 0xd7,
    MARKER_SOI = 0xd8,
    MARKER_EOI = 0xd9,
    MARKER_SOS = 0xda,
    MARKER_DQT = 0xdb,
    MARKER_DRI = 0xdd,
    MARKER_APP0 = 0xe0,
    MARKER_APP1 = 0xe1,
    MARKER_APP2 = 0xe2,
    MARKER_APP14 = 0xee
};

static bool is_frame(int marker) /* SOF0..SOF15 without DHT, JPG and DAC in between */
{
    return marker >= 0xc0 && marker <= 0xcf && marker != MARKER_DHT && marker != 0xc8 && marker != MARKER_DAC;
}

static bool is_decoded(int marker) /* baseline, extended and progressive, by Huffman or arithmetic coding */
{
    return marker <= 0xc2 || marker == 0xc9 || marker == 0xca;
}

static bool is_table(int marker)
{
    return marker == MARKER_DHT || marker == MARKER_DAC || marker == MARKER_DQT || marker == MARKER_DRI;
}

/* Moves *AT past the next marker and returns it; -1 at the end of the file. Skips everything before the marker,
 * including stuffed zeros and restart markers, which are part of coded data. */
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

static bool is_padding(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0 && bytes[i] != 0xff) return false;
    return true;
}

/* ---- The copy ---- */

static void put(nst__jpeg *out, const void *bytes, size_t count)
{
    memcpy(out->clean + out->clean_size, bytes, count);
    out->clean_size += count;
}

/* A segment: the marker and the length, then BODY. */
static void put_segment(nst__jpeg *out, int marker, const uint8_t *body, size_t size)
{
    const size_t length = size + 2;
    put(out, (const uint8_t[]){0xff, (uint8_t)marker, (uint8_t)(length >> 8), (uint8_t)length}, 4);
    put(out, body, size);
}

/* The copy has the markers that define the meaning of the channels once, before the first scan. Values that are not
 * standard are replaced by those that TurboJPEG assumes. */
static void put_colours(nst__jpeg *out)
{
    uint8_t adobe[12] = "Adobe\0\x64";
    if (out->jfif) put_segment(out, MARKER_APP0, (const uint8_t *)"JFIF\0\1\1\0\0\1\0\1\0", 14);
    const uint8_t usual = out->components == 4 ? 2 : 1;
    adobe[11] = out->transform == 0 ? 0 : usual;
    if (out->adobe) put_segment(out, MARKER_APP14, adobe, sizeof adobe);
}

/* ---- Segments ---- */

static nst_status read_frame(nst__jpeg *out, int marker, const uint8_t *body, size_t size)
{
    if (out->components != 0) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: two frame headers");
    if (size < 6) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a frame header of %zu bytes", size);
    if (!is_decoded(marker))
        return nst__fail(
            NST_ERR_UNSUPPORTED,
            "a JPEG picture of a process that is not read here (SOF%d): convert it to baseline JPEG or PNG",
            marker - 0xc0);
    if (body[0] != 8)
        return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture of %d bits a channel: only 8 are read: convert it to PNG",
                         body[0]);
    out->height = (uint32_t)body[1] << 8 | body[2];
    out->width = (uint32_t)body[3] << 8 | body[4];
    const int components = body[5];
    out->arithmetic = marker >= 0xc9;
    out->progressive = marker == 0xc2 || marker == 0xca;
    if (out->height == 0) return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture that tells its height only at its end");
    if (out->width == 0) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a width of 0");
    if (components != 1 && components != 3 && components != 4)
        return nst__fail(NST_ERR_UNSUPPORTED, "a JPEG picture of %d channels: 1, 3 and 4 are read", components);
    if (size < 6 + 3 * (size_t)components)
        return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a frame header of %zu bytes", size);
    out->components = components;
    for (int c = 0; c < components; c++)
        out->id[c] = body[6 + 3 * c];
    return NST_OK;
}

/* The bits and the coefficients that a scan contains (T.81, G.1.1.1.1). If the picture is not progressive, a scan
 * contains all of them, and its header is ignored. */
static void note_scan(nst__jpeg *out, uint8_t *body, size_t size)
{
    const size_t channels = size > 0 ? body[0] : 0;
    if (size < 4 + 2 * channels) return; /* TurboJPEG says what is wrong with it */
    uint8_t *spectrum = body + 1 + 2 * channels;
    if (!out->progressive) memcpy(spectrum, "\0\x3f\0", 3);
    for (size_t i = 0; i < channels; i++)
        for (int c = 0; c < out->components; c++)
            for (int k = spectrum[0]; k <= spectrum[1] && k < 64 && out->id[c] == body[1 + 2 * i]; k++)
                out->least_bit[c][k] = spectrum[2] & 15;
}

static const char icc_name[12] = "ICC_PROFILE"; /* with the NUL */

/* ICC.1:2010, B.4: a name, the number of the part from 1, how many there are. */
static nst_status add_profile(nst__jpeg *out, const uint8_t *body, size_t size, int *parts)
{
    const size_t head = sizeof icc_name + 2;
    if (size < head || memcmp(body, icc_name, sizeof icc_name) != 0) return NST_OK;
    if (body[12] != ++*parts || body[13] < body[12]) out->icc_broken = true;
    if (out->icc_broken || size == head) return NST_OK;
    uint8_t *longer = nst__resize(out->icc, out->icc_size + size - head, 1);
    if (!longer) return NST_ERR_OUT_OF_MEMORY;
    memcpy(longer + out->icc_size, body + head, size - head);
    out->icc = longer;
    out->icc_size += size - head;
    return NST_OK;
}

/* Leaves out fill bytes: any number of FF before a marker. Coded data never end with FF. */
static void read_scan(nst__jpeg *out, const uint8_t *body, size_t size, const uint8_t *data, size_t data_size)
{
    if (!out->scan) put_colours(out);
    out->scan = true;
    put_segment(out, MARKER_SOS, body, size);
    note_scan(out, out->clean + out->clean_size - size, size);
    while (data_size > 0 && data[data_size - 1] == 0xff)
        data_size--;
    put(out, data, data_size);
}

/* Everything but scans. */
static nst_status read_segment(nst__jpeg *out, int marker, const uint8_t *body, size_t size, int *parts)
{
    nst_status status = NST_OK;
    if (is_frame(marker)) NST_TRY(read_frame(out, marker, body, size));
    if (is_frame(marker) || is_table(marker)) put_segment(out, marker, body, size);
    if (marker == MARKER_APP0 && size >= 14 && memcmp(body, "JFIF", 5) == 0) out->jfif = true;
    if (marker == MARKER_APP1 && out->orientation == 0 && size > 6 && memcmp(body, "Exif\0\0", 6) == 0)
        out->orientation = nst__exif_orientation(body + 6, size - 6);
    if (marker == MARKER_APP2) NST_TRY(add_profile(out, body, size, parts));
    if (marker == MARKER_APP14 && size >= 12 && memcmp(body, "Adobe", 5) == 0) {
        out->adobe = true;
        out->transform = body[11];
    }
out:
    return status;
}

/* ---- The whole ---- */

static nst_status cut_short(size_t size)
{
    return nst__fail(NST_ERR_CORRUPT, "cut short: a JPEG picture of %zu bytes without its end", size);
}

/* A channel without a scan is missing. In a file without its end, scans may be missing: it is complete if each bit of
 * each coefficient was in a scan. With arithmetic coding the end of the data cannot be seen. */
static nst_status check_scans(const nst__jpeg *jpeg, size_t size)
{
    if (!jpeg->scan && jpeg->cut_short) return cut_short(size);
    if (!jpeg->scan || jpeg->components == 0)
        return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: it ends before the first pixel");
    if (jpeg->cut_short && jpeg->arithmetic) return cut_short(size);
    for (int c = 0; c < jpeg->components; c++) {
        for (int k = 0; k < 64 && jpeg->cut_short; k++)
            if (jpeg->least_bit[c][k] != 0) return cut_short(size);
        if (jpeg->least_bit[c][0] == 255)
            return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: channel %d of %d is missing", c + 1,
                             jpeg->components);
    }
    return NST_OK;
}

static nst_status walk(nst__jpeg *out, const uint8_t *bytes, size_t size)
{
    size_t at = 2; /* past SOI, by which the file was recognised */
    int parts = 0;
    put(out, "\xff\xd8", 2);
    for (;;) {
        nst_status status = NST_OK;
        const size_t before = at;
        const int marker = next_marker(bytes, size, &at);
        if (marker < 0) break;
        if (!is_padding(bytes + before, at - 2 - before))
            return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: %zu bytes that belong to nothing",
                             at - 2 - before);
        if (marker == MARKER_EOI) {
            out->cut_short = false;
            break;
        }
        if (marker == MARKER_SOI)
            return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a second one starts inside of it");
        if (size - at < 2) break;
        const size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
        if (length < 2) return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: a segment of %zu bytes", length);
        if (size - at < length) break;
        const uint8_t *body = bytes + at + 2;
        at += length;
        if (marker == MARKER_SOS) {
            const size_t data = at;
            const int next = next_marker(bytes, size, &at);
            at = next < 0 ? size : at - 2;
            read_scan(out, body, length - 2, bytes + data, at - data);
        } else {
            status = read_segment(out, marker, body, length - 2, &parts);
        }
        if (status != NST_OK) return status;
    }
    put(out, "\xff\xd9", 2);
    return check_scans(out, size);
}

nst_status nst__jpeg_walk(nst__jpeg *out, const uint8_t *bytes, size_t size)
{
    enum { ADDED = 64 }; /* bytes: an end, JFIF's and Adobe's markers */
    *out = (nst__jpeg){.cut_short = true};
    memset(out->least_bit, 255, sizeof out->least_bit);
    if (size > SIZE_MAX - ADDED) return nst__fail(NST_ERR_TOO_LARGE, "a JPEG picture of %zu bytes", size);
    out->clean = nst__alloc(size + ADDED, 1);
    if (!out->clean) return NST_ERR_OUT_OF_MEMORY;
    const nst_status status = walk(out, bytes, size);
    if (out->orientation == 0) out->orientation = 1;
    return status;
}

void nst__jpeg_destroy(nst__jpeg *jpeg)
{
    nst__free(jpeg->icc);
    nst__free(jpeg->clean);
    *jpeg = (nst__jpeg){0};
}

bool nst__jpeg_strip(nst__jpeg *jpeg, size_t *from, size_t count, int marker)
{
    uint8_t *bytes = jpeg->clean;
    for (size_t at = 2;;) {
        const int code = next_marker(bytes, jpeg->clean_size, &at);
        if (code < 0 || code == MARKER_EOI) return false;
        at += (size_t)bytes[at] << 8 | bytes[at + 1];
        if (code != MARKER_SOS) continue;
        size_t end = at;
        const int next = next_marker(bytes, jpeg->clean_size, &end);
        end -= 2;
        if (next == marker && end > *from && count > 0 && count <= end - at && is_padding(bytes + end - count, count)) {
            memmove(bytes + end - count, bytes + end, jpeg->clean_size - end);
            jpeg->clean_size -= count;
            *from = end - count;
            return true;
        }
        at = end;
    }
}
