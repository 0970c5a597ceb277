/*
 * Netpbm's binary formats, which every converter reads and writes: PGM (P5), PPM (P6) and PAM (P7), by their manual
 * pages pgm(5), ppm(5) and pam(5). Values are 8 or 16 bits, big-endian, of any maximum; colours are taken for sRGB.
 * Left out on purpose: the plain formats and bitmaps (P1 to P4), and further pictures in the same file, which get a
 * warning.
 */
#include "base/alloc.h"
#include "image/background.h"
#include "image/canvas.h"
#include "image/codec.h"

#include <stdio.h>
#include <string.h>

typedef struct header {
    const uint8_t *bytes;
    size_t size, at;
    uint64_t width, height, channels, most; /* MOST: the value that means 1 */
} header;

/* ---- Reading: the header ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Passes over white space and comments; false: the file ends there. */
static bool skip_space(header *h)
{
    while (h->at < h->size && (is_space(h->bytes[h->at]) || h->bytes[h->at] == '#')) {
        if (h->bytes[h->at] == '#')
            while (h->at < h->size && h->bytes[h->at] != '\n')
                h->at++;
        else
            h->at++;
    }
    return h->at < h->size;
}

static nst_status read_number(header *h, const char *what, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (!skip_space(h)) return nst__fail(NST_ERR_CORRUPT, "the file ends before its %s", what);
    const size_t first = h->at;
    for (; h->at < h->size && h->bytes[h->at] >= '0' && h->bytes[h->at] <= '9' && value <= most; h->at++)
        value = 10 * value + (uint64_t)(h->bytes[h->at] - '0');
    if (h->at == first || value == 0 || value > most)
        return nst__fail(NST_ERR_CORRUPT, "%s: expected 1 to %llu, found %s", what, (unsigned long long)most,
                         h->at == first ? "no number"
                         : value == 0   ? "0"
                                        : "a larger number");
    *out = value;
    return NST_OK;
}

static nst_status read_plain_header(header *h)
{
    nst_status status = NST_OK;
    h->channels = h->bytes[1] == '5' ? 1 : 3;
    NST_TRY(read_number(h, "width", INT32_MAX, &h->width));
    NST_TRY(read_number(h, "height", INT32_MAX, &h->height));
    NST_TRY(read_number(h, "maximum", 65535, &h->most));
    if (h->at >= h->size || !is_space(h->bytes[h->at++]))
        return nst__fail(NST_ERR_CORRUPT, "expected white space between header and pixels");
out:
    return status;
}

/* The next word of a PAM header, at most SIZE - 1 of its letters; false: the file ends. */
static bool read_word(header *h, char *out, size_t size)
{
    size_t length = 0;
    if (!skip_space(h)) return false;
    for (; h->at < h->size && !is_space(h->bytes[h->at]); h->at++)
        if (length + 1 < size) out[length++] = (char)h->bytes[h->at];
    out[length] = '\0';
    return true;
}

static nst_status read_pam_header(header *h)
{
    char word[24];
    nst_status status = NST_OK;
    for (;;) {
        if (!read_word(h, word, sizeof word)) return nst__fail(NST_ERR_CORRUPT, "the file ends within its header");
        if (strcmp(word, "ENDHDR") == 0) break;
        if (strcmp(word, "WIDTH") == 0)
            NST_TRY(read_number(h, "WIDTH", INT32_MAX, &h->width));
        else if (strcmp(word, "HEIGHT") == 0)
            NST_TRY(read_number(h, "HEIGHT", INT32_MAX, &h->height));
        else if (strcmp(word, "DEPTH") == 0)
            NST_TRY(read_number(h, "DEPTH", 65535, &h->channels));
        else if (strcmp(word, "MAXVAL") == 0)
            NST_TRY(read_number(h, "MAXVAL", 65535, &h->most));
        else if (strcmp(word, "TUPLTYPE") == 0)
            (void)read_word(h, word, sizeof word); /* DEPTH tells the same: grey, grey and alpha, RGB, RGBA */
        else
            return nst__fail(NST_ERR_CORRUPT, "expected a line of a PAM header, found '%s'", word);
    }
    if (!h->width || !h->height || !h->channels || !h->most)
        return nst__fail(NST_ERR_CORRUPT, "expected WIDTH, HEIGHT, DEPTH and MAXVAL before ENDHDR");
    if (h->channels > 4)
        return nst__fail(NST_ERR_UNSUPPORTED, "expected a DEPTH of 1 to 4 channels, found %llu",
                         (unsigned long long)h->channels);
    if (h->at < h->size) h->at++; /* the end of the line */
out:
    return status;
}

/* ---- Reading: the pixels ---- */

/* COUNT values, scaled to 16 bits. Values above the maximum count as the maximum; returns how many there were. */
static size_t widen(uint16_t *out, const uint8_t *from, size_t count, uint64_t most)
{
    size_t above = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = most > 255 ? (uint64_t)(from[2 * i] << 8 | from[2 * i + 1]) : from[i];
        if (value > most) {
            value = most;
            above++;
        }
        out[i] = (uint16_t)((value * 65535 + most / 2) / most);
    }
    return above;
}

static void warn(nst_image *image, const header *h, size_t end, size_t above)
{
    size_t after = end;
    while (after < h->size && is_space(h->bytes[after]))
        after++;
    if (above) nst__image_warn(image, "%zu values are above the maximum of %llu", above, (unsigned long long)h->most);
    if (after < h->size)
        nst__image_warn(image, "%zu bytes after the picture are ignored, as further pictures are", h->size - end);
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, uint64_t max_pixels)
{
    nst_status status = NST_OK;
    header h = {.bytes = bytes, .size = size, .at = 2};
    nst__canvas canvas = {0};
    uint16_t *wide = NULL;
    size_t above = 0;
    NST_TRY(bytes[1] == '7' ? read_pam_header(&h) : read_plain_header(&h));
    NST_TRY(nst__check_pixels(h.width, h.height, max_pixels));
    const size_t values = (size_t)h.width * h.channels, row_bytes = values * (h.most > 255 ? 2 : 1);
    if ((size - h.at) / row_bytes < h.height)
        return nst__fail(NST_ERR_CORRUPT, "cut short: expected %llu rows of pixels, found %zu",
                         (unsigned long long)h.height, (size - h.at) / row_bytes);
    const bool plain = h.most == 255;
    const nst__color_layout layout = {.channels = (int)h.channels, .depth = plain ? 8 : 16};
    NST_TRY(nst__canvas_create(&canvas, (uint32_t)h.width, (uint32_t)h.height, 1, &layout, &(nst__color_profile){0}));
    wide = plain ? NULL : nst__alloc(values, sizeof *wide);
    if (!plain && !wide) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    for (uint32_t y = 0; y < h.height; y++) {
        const uint8_t *row = bytes + h.at + y * row_bytes;
        if (wide) above += widen(wide, row, values, h.most);
        nst__canvas_row(&canvas, y, wide ? (const void *)wide : row);
    }
    warn(canvas.image, &h, h.at + h.height * row_bytes, above);
    *out = nst__canvas_take(&canvas);
out:
    nst__free(wide);
    nst__canvas_destroy(&canvas);
    return status;
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
static nst_status encode_as(void **out, size_t *size, const nst_image *image, const char *head, int channels)
{
    nst_status status = NST_OK;
    const bool deep = nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH) == NST_PNG_DEPTH_16;
    const size_t values = (size_t)image->width * (size_t)channels, row_bytes = values * (deep ? 2 : 1);
    const size_t start = (strlen(head) + 1) / 2 * 2; /* rows of 16 bits are aligned until HEAD moves to the front */
    float background[3];
    NST_TRY(nst__background_parse(background, nst__settings_text(&image->settings, NST_PARAM_BACKGROUND)));
    uint8_t *bytes = nst__alloc(start + image->height * row_bytes, 1);
    if (!bytes) return NST_ERR_OUT_OF_MEMORY;
    for (uint32_t y = 0; y < image->height; y++) {
        uint8_t *row = bytes + start + y * row_bytes;
        if (deep) {
            nst__get_row_u16(image, y, (uint16_t *)(void *)row, channels, background);
            big_endian(row, values);
        } else
            nst__get_row_u8(image, y, row, channels, background);
    }
    memmove(bytes + strlen(head), bytes + start, image->height * row_bytes);
    memcpy(bytes, head, strlen(head));
    *out = bytes;
    *size = strlen(head) + image->height * row_bytes;
out:
    return status;
}

static int most_of(const nst_image *image)
{
    return nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH) == NST_PNG_DEPTH_16 ? 65535 : 255;
}

static nst_status encode_pgm(void **out, size_t *size, const nst_image *image)
{
    char head[64];
    snprintf(head, sizeof head, "P5\n%u %u\n%d\n", image->width, image->height, most_of(image));
    return encode_as(out, size, image, head, 1);
}

static nst_status encode_ppm(void **out, size_t *size, const nst_image *image)
{
    char head[64];
    snprintf(head, sizeof head, "P6\n%u %u\n%d\n", image->width, image->height, most_of(image));
    return encode_as(out, size, image, head, 3);
}

static nst_status encode_pam(void **out, size_t *size, const nst_image *image)
{
    char head[128];
    snprintf(head, sizeof head, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n", image->width,
             image->height, image->alpha ? 4 : 3, most_of(image), image->alpha ? "RGB_ALPHA" : "RGB");
    return encode_as(out, size, image, head, image->alpha ? 4 : 3);
}

/* ---- The codecs ---- */

static bool is(const uint8_t *bytes, size_t size, char kind)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] == (uint8_t)kind && (is_space(bytes[2]) || bytes[2] == '#');
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

const nst__codec nst__codec_pgm = {"PGM", "pgm", (const char *const[]){"pgm", NULL}, false, is_pgm, decode, encode_pgm};
const nst__codec nst__codec_ppm = {"PPM",  "ppm",     (const char *const[]){"ppm", "pnm", NULL}, false, is_ppm,
                                   decode, encode_ppm};
const nst__codec nst__codec_pam = {"PAM", "pam", (const char *const[]){"pam", NULL}, true, is_pam, decode, encode_pam};
