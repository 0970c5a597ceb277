/*
 * Netpbm's binary formats, which every converter reads and writes: PGM (P5), PPM (P6) and PAM (P7), by their manual
 * pages pgm(5), ppm(5) and pam(5). Values are 8 or 16 bits, big-endian, of any maximum; colours are taken for sRGB.
 * Left out on purpose: the plain formats and bitmaps (P1 to P4), tuple types that are not pictures in grey or RGB, and
 * further pictures in the same file, which get a warning.
 */
#include "base/alloc.h"
#include "image/background.h"
#include "image/canvas.h"
#include "image/codec.h"
#include "image/pnm_header.h"

#include <stdio.h>
#include <string.h>

/* ---- Reading ---- */

/* The channels of a row, scaled to 16 bits. Values above the maximum count as the maximum; returns how many there
 * were. */
static size_t widen(uint16_t *out, const uint8_t *from, const nst__pnm_header *h)
{
    const size_t bytes = h->most > 255 ? 2 : 1, others = (size_t)(h->planes - h->channels) * bytes;
    size_t above = 0;
    for (uint64_t x = 0; x < h->width; x++, from += others)
        for (uint64_t c = 0; c < h->channels; c++, from += bytes) {
            uint64_t value = bytes == 2 ? (uint64_t)(from[0] << 8 | from[1]) : from[0];
            if (value > h->most) {
                value = h->most;
                above++;
            }
            *out++ = (uint16_t)((value * 65535 + h->most / 2) / h->most);
        }
    return above;
}

static void warn(nst_image *image, const nst__pnm_header *h, size_t above)
{
    if (h->doubt) nst__image_warn(image, "%s", h->doubt);
    if (h->planes > h->channels)
        nst__image_warn(image, "%llu planes are ignored: the tuple type of the file needs only %llu",
                        (unsigned long long)(h->planes - h->channels), (unsigned long long)h->channels);
    if (above) nst__image_warn(image, "%zu values are above the maximum of %llu", above, (unsigned long long)h->most);
    if (h->left)
        nst__image_warn(image, "%llu bytes after the picture are ignored, as further pictures are",
                        (unsigned long long)h->left);
}

/* A file on its way to a picture. */
typedef struct reading {
    const nst__source *file;
    nst__pnm_header header;
    nst__canvas canvas;
    uint8_t *row;   /* of a file that is not in memory; else NULL */
    uint16_t *wide; /* a row of 16 bits; NULL: the file has 8, and nothing else */
    size_t above;
} reading;

static nst_status begin(reading *r, const nst__reading *how)
{
    const nst__pnm_header *h = &r->header;
    nst_status status = NST_OK;
    NST_TRY(nst__pnm_header_read(&r->header, r->file, how->max_pixels));
    const bool plain = h->most == 255 && h->planes == h->channels;
    const nst__color_layout layout = {.channels = (int)h->channels, .depth = plain ? 8 : 16};
    NST_TRY(nst__canvas_create(&r->canvas, (uint32_t)h->width, (uint32_t)h->height, 1, &layout,
                               &(nst__color_profile){0}, how));
    if (h->most <= 255)
        NST_TRY(nst__settings_set_int(&r->canvas.image->settings, NST_PARAM_PNG_DEPTH, NST_PNG_DEPTH_8));
    if (!plain) r->wide = nst__alloc((size_t)h->width * (size_t)h->channels, sizeof *r->wide);
    if (!r->file->bytes) r->row = nst__alloc((size_t)h->row_bytes, 1);
    if ((!plain && !r->wide) || (!r->file->bytes && !r->row)) status = NST_ERR_OUT_OF_MEMORY;
out:
    return status;
}

static nst_status read_row(reading *r, uint32_t y)
{
    const nst__pnm_header *h = &r->header;
    const uint64_t at = h->at + y * h->row_bytes;
    nst_status status = NST_OK;
    if (r->row) NST_TRY(nst__source_read(r->file, at, r->row, (size_t)h->row_bytes));
    const uint8_t *row = r->row ? r->row : r->file->bytes + at;
    if (r->wide) r->above += widen(r->wide, row, h);
    nst__canvas_row(&r->canvas, y, r->wide ? (const void *)r->wide : row);
out:
    return status;
}

static nst_status decode_from(nst_image **out, const nst__source *file, const nst__reading *how)
{
    reading r = {.file = file};
    nst_status status = NST_OK;
    NST_TRY(begin(&r, how));
    for (uint32_t y = 0; y < r.header.height; y++)
        if (nst__canvas_wants(&r.canvas, y)) NST_TRY(read_row(&r, y));
    warn(r.canvas.image, &r.header, r.above);
    *out = nst__canvas_take(&r.canvas);
out:
    nst__free(r.row);
    nst__free(r.wide);
    nst__canvas_destroy(&r.canvas);
    return status;
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, const nst__reading *how)
{
    return decode_from(out, &(nst__source){.name = "the picture", .size = size, .bytes = bytes}, how);
}

/* ---- Writing ---- */

static void big_endian(uint8_t *row, size_t values)
{
    for (size_t i = 0; i < values; i++) {
        uint16_t value;
        memcpy(&value, row + 2 * i, 2);
        row[2 * i] = (uint8_t)(value >> 8);
        row[2 * i + 1] = (uint8_t)value;
    }
}

/* HEAD is the header. CHANNELS without alpha show the background through transparent parts. */
static nst_status encode_as(const nst__output *out, const nst_image *image, const char *head, int channels)
{
    nst_status status = NST_OK;
    const bool deep = nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH) == NST_PNG_DEPTH_16;
    const size_t values = (size_t)image->width * (size_t)channels;
    uint8_t *row = NULL;
    float background[3];
    NST_TRY(nst__background_parse(background, nst__settings_text(&image->settings, NST_PARAM_BACKGROUND)));
    row = nst__alloc(values, deep ? 2 : 1);
    if (!row) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(out->put(out->user, head, strlen(head)));
    for (uint32_t y = 0; y < image->height; y++) {
        if (deep) {
            nst__get_row_u16(image, y, (uint16_t *)(void *)row, channels, background);
            big_endian(row, values);
        } else
            nst__get_row_u8(image, y, row, channels, background);
        NST_TRY(out->put(out->user, row, values * (deep ? 2 : 1)));
    }
out:
    nst__free(row);
    return status;
}

static int most_of(const nst_image *image)
{
    return nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH) == NST_PNG_DEPTH_16 ? 65535 : 255;
}

static nst_status encode_pgm(const nst__output *out, const nst_image *image)
{
    char head[64];
    snprintf(head, sizeof head, "P5\n%u %u\n%d\n", image->width, image->height, most_of(image));
    return encode_as(out, image, head, 1);
}

static nst_status encode_ppm(const nst__output *out, const nst_image *image)
{
    char head[64];
    snprintf(head, sizeof head, "P6\n%u %u\n%d\n", image->width, image->height, most_of(image));
    return encode_as(out, image, head, 3);
}

static nst_status encode_pam(const nst__output *out, const nst_image *image)
{
    char head[128];
    snprintf(head, sizeof head, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n", image->width,
             image->height, image->alpha ? 4 : 3, most_of(image), image->alpha ? "RGB_ALPHA" : "RGB");
    return encode_as(out, image, head, image->alpha ? 4 : 3);
}

/* ---- The codecs ---- */

static bool is(const uint8_t *bytes, size_t size, char kind)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] == (uint8_t)kind && (nst__pnm_space(bytes[2]) || bytes[2] == '#');
}

static bool is_pgm(const uint8_t *bytes, size_t size)
{
    return is(bytes, size, '5');
}

static bool is_ppm(const uint8_t *bytes, size_t size)
{
    return is(bytes, size, '6');
}

static bool is_pam(const uint8_t *bytes, size_t size)
{
    return is(bytes, size, '7');
}

const nst__codec nst__codec_pgm = {"PGM",       "pgm",     (const char *const[]){"pgm", NULL}, false, is_pgm, decode,
                                   decode_from, encode_pgm};
const nst__codec nst__codec_ppm = {
    "PPM", "ppm", (const char *const[]){"ppm", "pnm", NULL}, false, is_ppm, decode, decode_from, encode_ppm};
const nst__codec nst__codec_pam = {"PAM",       "pam",     (const char *const[]){"pam", NULL}, true, is_pam, decode,
                                   decode_from, encode_pam};
