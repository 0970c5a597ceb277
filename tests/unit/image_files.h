/*
 * Picture files made in memory by libpng and TurboJPEG themselves, for the tests of the codecs and as seeds
 * of the fuzzer.
 */
#ifndef NST_UNIT_IMAGE_FILES_H
#define NST_UNIT_IMAGE_FILES_H

#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* Of things that do not fail. */
static inline void must(bool true_here)
{
    if (!true_here) abort();
}

typedef struct file {
    uint8_t *bytes; /* from malloc */
    size_t size;
} file;

/* xorshift: the same numbers everywhere. */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* ---- PNG ---- */

typedef struct png_kind {
    int depth, type; /* PNG_COLOR_TYPE_* */
    bool interlaced;
    bool trns; /* with a tRNS chunk: GREY, RED.. are its colour; palettes get alphas for their first half */
} png_kind;

enum { KEY_GREY = 1, KEY_RED = 1, KEY_GREEN = 2, KEY_BLUE = 3 };

static inline int png_channels(int type)
{
    return type == PNG_COLOR_TYPE_RGB          ? 3
           : type == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
           : type == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                               : 1;
}

/* Channel C of pixel (x, y). Every 5th pixel has the colour that tRNS makes transparent. */
static inline uint32_t png_sample(const png_kind *kind, uint32_t x, uint32_t y, int c)
{
    const uint32_t largest = (1u << kind->depth) - 1;
    if (kind->trns && kind->type != PNG_COLOR_TYPE_PALETTE && (x + 2 * y) % 5 == 0)
        return kind->type == PNG_COLOR_TYPE_RGB ? (uint32_t)(KEY_RED + c) : KEY_GREY;
    return (x * 40503u + y * 30011u + (uint32_t)c * 20177u + x * y * 77u) & largest;
}

static inline png_color palette_colour(uint32_t i)
{
    return (png_color){(png_byte)(i * 7), (png_byte)(i * 31 + 5), (png_byte)(255 - i)};
}

static inline uint8_t palette_alpha(const png_kind *kind, uint32_t i)
{
    return kind->trns && i < 1u << (kind->depth - 1) ? (uint8_t)(i * 50) : 255;
}

static inline void file_write(png_structp png, png_bytep from, size_t count)
{
    file *f = png_get_io_ptr(png);
    f->bytes = realloc(f->bytes, f->size + count);
    must(f->bytes != NULL);
    memcpy(f->bytes + f->size, from, count);
    f->size += count;
}

static inline void file_flush(png_structp png)
{
    (void)png;
}

/* EXIF, GAMMA: 0 for none. */
static inline file make_png(const png_kind *kind, uint32_t width, uint32_t height, uint8_t *exif, size_t exif_size,
                            double gamma)
{
    file f = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    const int channels = png_channels(kind->type), bits = channels * kind->depth;
    const size_t row_bytes = ((size_t)width * (size_t)bits + 7) / 8;
    uint8_t *pixels = calloc(height, row_bytes);
    png_bytepp rows = malloc(height * sizeof *rows);
    must(pixels && rows);
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *row = rows[y] = pixels + y * row_bytes;
        for (uint32_t x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) {
                const uint32_t v = png_sample(kind, x, y, c);
                const size_t bit = (size_t)x * (size_t)bits + (size_t)(c * kind->depth);
                if (kind->depth == 16) {
                    row[bit / 8] = (uint8_t)(v >> 8);
                    row[bit / 8 + 1] = (uint8_t)v;
                } else {
                    row[bit / 8] |= (uint8_t)(v << (8 - (size_t)kind->depth - bit % 8));
                }
            }
    }
    png_set_write_fn(png, &f, file_write, file_flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, info, width, height, kind->depth, kind->type,
                 kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (gamma > 0) png_set_gAMA(png, info, gamma);
    if (exif_size) png_set_eXIf_1(png, info, (png_uint_32)exif_size, exif);
    png_color palette[256];
    png_byte alphas[256];
    png_color_16 key = {.red = KEY_RED, .green = KEY_GREEN, .blue = KEY_BLUE, .gray = KEY_GREY};
    if (kind->type == PNG_COLOR_TYPE_PALETTE) {
        for (uint32_t i = 0; i < 1u << kind->depth; i++) {
            palette[i] = palette_colour(i);
            alphas[i] = palette_alpha(kind, i);
        }
        png_set_PLTE(png, info, palette, 1 << kind->depth);
    }
    if (kind->trns)
        png_set_tRNS(png, info, alphas, kind->type == PNG_COLOR_TYPE_PALETTE ? 1 << (kind->depth - 1) : 1, &key);
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(rows);
    free(pixels);
    return f;
}

/* The checksum of PNG's chunks, ISO 3309. */
static inline uint32_t png_crc(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return crc ^ 0xffffffff;
}

static inline void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static inline uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* Makes the checksums of all chunks right again, as far as the chunks go. */
static inline void fix_png(file *f)
{
    for (size_t at = 8; at + 12 <= f->size;) {
        const size_t length = get_u32(f->bytes + at);
        if (length > f->size - at - 12) return;
        put_u32(f->bytes + at + 8 + length, png_crc(f->bytes + at + 4, length + 4));
        at += 12 + length;
    }
}

/* ---- JPEG ---- */

/* A smooth picture with a few colours in it: [height, width, channels]. */
static inline uint8_t *smooth_pixels(int width, int height, int channels)
{
    uint8_t *pixels = malloc((size_t)width * (size_t)height * (size_t)channels);
    must(pixels != NULL);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * width + x) * channels + c] = (uint8_t)(40 +
                                                                   (c == 0   ? 170 * x / width
                                                                    : c == 1 ? 150 * y / height
                                                                             : 80 * (x + y) / (width + height)) +
                                                                   10 * c);
    return pixels;
}

static inline file make_jpeg_of(const uint8_t *pixels, int width, int height, int format, int subsampling, int quality,
                                int flags)
{
    file f = {0};
    unsigned char *packed = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    must(tjCompress2(tj, pixels, width, 0, height, format, &packed, &size, subsampling, quality, flags) == 0);
    f.bytes = malloc(size);
    f.size = size;
    must(f.bytes != NULL);
    memcpy(f.bytes, packed, size);
    tjFree(packed);
    tjDestroy(tj);
    return f;
}

static inline file make_jpeg(int width, int height, int format, int subsampling, int flags)
{
    uint8_t *pixels = smooth_pixels(width, height, tjPixelSize[format]);
    file f = make_jpeg_of(pixels, width, height, format, subsampling, 95, flags);
    free(pixels);
    return f;
}

/* The file with COUNT bytes put in at AT. */
static inline file insert_bytes(const file *f, size_t at, const void *bytes, size_t count)
{
    file longer = {malloc(f->size + count), f->size + count};
    must(longer.bytes != NULL);
    memcpy(longer.bytes, f->bytes, at);
    memcpy(longer.bytes + at, bytes, count);
    memcpy(longer.bytes + at + count, f->bytes + at, f->size - at);
    return longer;
}

/* Where the marker FF CODE of a header segment stands; 0: nowhere. */
static inline size_t find_marker(const file *f, int code)
{
    for (size_t at = 2; at + 4 <= f->size && f->bytes[at] == 0xff;) {
        if (f->bytes[at + 1] == code) return at;
        at += 2 + ((size_t)f->bytes[at + 2] << 8 | f->bytes[at + 3]);
    }
    return 0;
}

/* ---- EXIF ---- */

/* A TIFF structure with two entries, the second of them ORIENTATION: 38 bytes. */
enum { EXIF_SIZE = 38 };
static inline void make_exif(uint8_t *tiff, bool big_endian, int orientation)
{
    static const struct {
        size_t at, count;
        uint32_t value;
    } fields[] = {{2, 2, 42}, {4, 4, 8},  {8, 2, 2},       {10, 2, 0x0100}, {12, 2, 3},
                  {14, 4, 1}, {18, 2, 7}, {22, 2, 0x0112}, {24, 2, 3},      {26, 4, 1}};
    memset(tiff, 0, EXIF_SIZE);
    memcpy(tiff, big_endian ? "MM" : "II", 2);
    for (size_t i = 0; i <= sizeof fields / sizeof fields[0]; i++) {
        const bool last = i == sizeof fields / sizeof fields[0];
        const size_t at = last ? 30 : fields[i].at, count = last ? 2 : fields[i].count;
        const uint32_t value = last ? (uint32_t)orientation : fields[i].value;
        for (size_t k = 0; k < count; k++)
            tiff[at + k] = (uint8_t)(value >> 8 * (big_endian ? count - 1 - k : k));
    }
}

/* The JPEG file with that EXIF behind its first marker. */
static inline file with_exif(const file *jpeg, const uint8_t *tiff, size_t size)
{
    uint8_t *segment = malloc(10 + size);
    must(segment != NULL);
    memcpy(segment, "\xff\xe1\0\0Exif\0\0", 10);
    segment[2] = (uint8_t)((size + 8) >> 8);
    segment[3] = (uint8_t)(size + 8);
    memcpy(segment + 10, tiff, size);
    file f = insert_bytes(jpeg, 2, segment, 10 + size);
    free(segment);
    return f;
}

#endif
