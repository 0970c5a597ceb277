/*
 * PNG through libpng, the only file that knows it. Every depth and colour type is read, grey and palette as
 * what they stand for, transparency of any kind as alpha. gAMA, cHRM, sRGB and iCCP are left unread on
 * purpose: values are taken as sRGB-encoded, which nearly every file is, and the same file then gives the
 * same pixels everywhere.
 *
 * libpng reports errors by a call that must not return. Each of read_all() and write_all() calls setjmp()
 * first and keeps all that it makes in a struct of its caller, which cleans up: nothing is lost in the jump,
 * and no local variable is read after it.
 */
#include "image/codec.h"
#include "base/alloc.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

enum { STATE_MAX = 1 << 20 }; /* bytes, of libpng's own needs in one piece */

typedef struct codec {
    png_structp png;
    png_infop info;
    jmp_buf jump;
    char text[128];     /* what libpng said last */
    bool out_of_memory; /* an allocation failed; the message is set */

    /* reading */
    const uint8_t *bytes;
    size_t size, at;
    bool cut_short, in_head;
    nst_image *image;
    uint8_t *rows;

    /* writing */
    uint8_t *buffer;
    size_t length, capacity;
} codec;

/* libpng allocates what a chunk says it holds before it reads it, and makes a warning of the limit that it has for
 * that. Without the memory it passes over the chunk, and so to the end of the file that lies. */
static void *allocate(png_structp png, png_alloc_size_t size)
{
    codec *c = png_get_mem_ptr(png);
    if (c->in_head && size > c->size + STATE_MAX) return NULL;
    void *block = nst__alloc(size, 1);
    if (!block) c->out_of_memory = true;
    return block;
}

static void release(png_structp png, void *block)
{
    (void)png;
    nst__free(block);
}

static void on_warning(png_structp png, const char *text)
{
    codec *c = png_get_error_ptr(png);
    snprintf(c->text, sizeof c->text, "%s", text);
}

/* libpng warns of what is wrong with a header and then says only that something is. */
static void on_error(png_structp png, const char *text)
{
    codec *c = png_get_error_ptr(png);
    if (strcmp(text, "Invalid IHDR data") != 0 || c->text[0] == '\0') on_warning(png, text);
    longjmp(c->jump, 1);
}

static nst_status failure(const codec *c)
{
    if (c->out_of_memory) return NST_ERR_OUT_OF_MEMORY;
    if (c->cut_short)
        return nst__fail(NST_ERR_CORRUPT, "cut short: the PNG picture goes on after its %zu bytes", c->size);
    return nst__fail(NST_ERR_CORRUPT, "corrupt PNG picture: %s", c->text);
}

/* ---- reading ---- */

static void read_bytes(png_structp png, png_bytep to, size_t count)
{
    codec *c = png_get_io_ptr(png);
    if (count > c->size - c->at) {
        c->cut_short = true;
        png_error(png, "cut short");
    }
    memcpy(to, c->bytes + c->at, count);
    c->at += count;
}

static bool little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static int orientation_of(codec *c)
{
    png_uint_32 size;
    png_bytep exif;
    return png_get_eXIf_1(c->png, c->info, &size, &exif) ? nst__exif_orientation(exif, size) : 1;
}

/* Deflate packs at most 1032 to 1 (zlib's documentation), so a header that promises more pixels than the file
 * can hold is found out before there is memory for them. */
static nst_status check_promise(codec *c, uint32_t width, uint32_t height)
{
    const uint64_t raw = (uint64_t)png_get_rowbytes(c->png, c->info) * height;
    if (raw / 1100 > c->size)
        return nst__fail(NST_ERR_CORRUPT, "cut short: %ux%u pixels cannot be in a PNG picture of %zu bytes", width,
                         height, c->size);
    return NST_OK;
}

static nst_status read_all(codec *c, uint64_t max_pixels)
{
    nst_status status = NST_OK;
    if (setjmp(c->jump)) return failure(c);
    c->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, c, on_error, on_warning, c, allocate, release);
    c->info = c->png ? png_create_info_struct(c->png) : NULL;
    if (!c->info) return failure(c);
    png_set_read_fn(c->png, c, read_bytes);
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "tRNS\0eXIf", 2);
    c->in_head = true;
    png_read_info(c->png, c->info);
    c->in_head = false;

    const uint32_t width = png_get_image_width(c->png, c->info), height = png_get_image_height(c->png, c->info);
    NST_TRY(nst__check_pixels(width, height, max_pixels));
    NST_TRY(check_promise(c, width, height));

    png_set_expand(c->png);
    if (little_endian()) png_set_swap(c->png);
    const int passes = png_set_interlace_handling(c->png);
    png_read_update_info(c->png, c->info);
    const int channels = png_get_channels(c->png, c->info);
    const bool deep = png_get_bit_depth(c->png, c->info) == 16;
    const size_t row_bytes = png_get_rowbytes(c->png, c->info);
    const nst__placement place = nst__orient(orientation_of(c), width, height);

    /* An interlaced picture is there only after its last pass, so all of it is kept until then. */
    const size_t kept = passes > 1 ? height : 1;
    NST_TRY(nst__image_create(&c->image, place.width, place.height, channels % 2 == 0));
    c->rows = nst__alloc(kept, row_bytes);
    if (!c->rows) return NST_ERR_OUT_OF_MEMORY;
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) {
            uint8_t *row = c->rows + (kept > 1 ? y * row_bytes : 0);
            png_read_row(c->png, row, NULL);
            if (pass < passes - 1) continue;
            if (deep) /* blocks of the allocator are aligned, and rows have an even number of bytes */
                nst__put_row_u16(c->image, &place, width, y, (const uint16_t *)(const void *)row, channels);
            else
                nst__put_row_u8(c->image, &place, width, y, row, channels);
        }
    png_read_end(c->png, NULL);
    if (c->out_of_memory) /* of a chunk that libpng then went on without */
        status = NST_ERR_OUT_OF_MEMORY;
out:
    return status;
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, uint64_t max_pixels)
{
    codec c = {.bytes = bytes, .size = size};
    *out = NULL;
    nst_status status = read_all(&c, max_pixels);
    png_destroy_read_struct(&c.png, &c.info, NULL);
    nst__free(c.rows);
    if (status == NST_OK)
        *out = c.image;
    else
        nst_image_destroy(c.image);
    return status;
}

/* ---- writing ---- */

static void write_bytes(png_structp png, png_bytep from, size_t count)
{
    codec *c = png_get_io_ptr(png);
    if (count > c->capacity - c->length) {
        const size_t needed = c->length + count, twice = 2 * c->capacity;
        const size_t capacity = needed > twice ? needed : twice;
        uint8_t *moved = nst__resize(c->buffer, capacity, 1);
        if (!moved) {
            c->out_of_memory = true;
            png_error(png, "out of memory");
        }
        c->buffer = moved;
        c->capacity = capacity;
    }
    memcpy(c->buffer + c->length, from, count);
    c->length += count;
}

static void flush(png_structp png)
{
    (void)png;
}

static nst_status write_all(codec *c, const nst_image *image)
{
    static const int depths[] = {8, 16}; /* the choices of NST_PARAM_PNG_DEPTH */
    if (setjmp(c->jump)) {
        if (c->out_of_memory) return NST_ERR_OUT_OF_MEMORY;
        return nst__fail(NST_ERR_INTERNAL, "libpng refused to write %ux%u pixels: %s", image->width, image->height,
                         c->text);
    }
    const int depth = depths[nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH)];
    const int channels = image->alpha ? 4 : 3;
    c->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, c, on_error, on_warning, c, allocate, release);
    c->info = c->png ? png_create_info_struct(c->png) : NULL;
    c->rows = nst__alloc(image->width, (size_t)(channels * depth / 8));
    if (!c->info || !c->rows) return NST_ERR_OUT_OF_MEMORY;
    png_set_write_fn(c->png, c, write_bytes, flush);
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(c->png, c->info, image->width, image->height, depth,
                 image->alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(c->png, c->info);
    if (depth == 16 && little_endian()) png_set_swap(c->png);
    for (uint32_t y = 0; y < image->height; y++) {
        if (depth == 16)
            nst__get_row_u16(image, y, (uint16_t *)(void *)c->rows, channels);
        else
            nst__get_row_u8(image, y, c->rows, channels);
        png_write_row(c->png, c->rows);
    }
    png_write_end(c->png, NULL);
    return NST_OK;
}

static nst_status encode(void **out, size_t *size, const nst_image *image)
{
    codec c = {0};
    nst_status status = write_all(&c, image);
    png_destroy_write_struct(&c.png, &c.info);
    nst__free(c.rows);
    if (status == NST_OK) {
        *out = c.buffer;
        *size = c.length;
    } else
        nst__free(c.buffer);
    return status;
}

/* ---- the codec ---- */

static bool probe(const uint8_t *bytes, size_t size)
{
    return nst__starts_with(bytes, size, "\x89PNG\r\n\x1a\n", 8);
}

const nst__codec nst__codec_png = {"PNG", "png", (const char *const[]){"png", NULL}, probe, decode, encode};
