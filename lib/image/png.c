/*
 * PNG through libpng, which only this file uses. It reads every depth and colour type, and every kind of transparency.
 *
 * Pictures are read as browsers do, row by row (libpng's progressive reader). Damage after the last row is a warning;
 * missing rows are an error. The pixels have two checksums: one for each chunk, and Adler-32 over all. If only one is
 * wrong, the checksum itself is damaged, which is a warning; if both are wrong, the pixels are damaged.
 *
 * libpng reports errors by a call that must not return. read_all() and write_all() each call setjmp() first and keep
 * everything that they allocate in a struct of their caller, which releases it. So nothing leaks in the jump, and no
 * local variable is read after it.
 */
#include "base/alloc.h"
#include "image/canvas.h"
#include "image/codec.h"
#include "image/png_chunks.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

enum {
    STATE_MAX = 1 << 20, /* bytes: the limit for each single allocation of libpng */
    PIECE = 1 << 16      /* bytes of a file that are read at a time */
};

typedef struct codec {
    png_structp png;
    png_infop info;
    jmp_buf jump;
    char text[128];     /* what libpng said last */
    bool out_of_memory; /* an allocation failed; the message is set */

    /* reading */
    const nst__source *file;
    uint8_t *piece; /* of the file; NULL: the file is in memory */
    const nst__reading *how;
    nst__png_chunks chunks;
    bool in_head;
    bool trust_chunks; /* ignores Adler-32 and checks the checksums of chunks; else the other way round */
    char checksum[5];  /* the first chunk whose checksum is wrong */
    bool failed;       /* libpng gave up */
    char late[128];    /* what libpng said after the last row */
    nst_status status; /* of what failed beside libpng */
    nst__canvas canvas;
    uint32_t height;
    size_t row_bytes;
    uint8_t *rows; /* one row, or all rows of an interlaced picture */
    bool interlaced;

    /* writing */
    const nst__output *output;
} codec;

/* libpng allocates the size that a chunk claims before it reads the chunk; a size above its limit is only a warning. If
 * the allocation fails, libpng skips the chunk, and so a file that lies is read to its end. */
static void *allocate(png_structp png, png_alloc_size_t size)
{
    codec *c = png_get_mem_ptr(png);
    if (c->in_head && size > c->file->size + STATE_MAX) return NULL;
    void *block = nst__alloc(size, 1);
    if (!block) c->out_of_memory = true;
    return block;
}

static void release(png_structp png, void *block)
{
    (void)png;
    nst__free(block);
}

/* libpng first warns about the cause of a wrong header, then reports only that it is wrong. */
static void on_error(png_structp png, const char *text)
{
    codec *c = png_get_error_ptr(png);
    if (strcmp(text, "Invalid IHDR data") != 0 || c->text[0] == '\0') snprintf(c->text, sizeof c->text, "%s", text);
    c->failed = true;
    longjmp(c->jump, 1);
}

static bool has_all_rows(const codec *c)
{
    enum { PASSES = 7 };
    return c->canvas.image && (c->interlaced ? png_get_current_pass_number(c->png) >= PASSES
                                             : png_get_current_row_number(c->png) >= c->height);
}

/* "IDAT: CRC error": libpng skips such a chunk, or uses it if it holds pixels. The header and the palette have no
 * second checksum. */
static void on_warning(png_structp png, const char *text)
{
    codec *c = png_get_error_ptr(png);
    snprintf(c->text, sizeof c->text, "%s", text);
    if (strlen(text) < 5 || strcmp(text + 4, ": CRC error") != 0) {
        if (has_all_rows(c)) memcpy(c->late, c->text, sizeof c->late);
        return;
    }
    if (strncmp(text, "IHDR", 4) == 0 || strncmp(text, "PLTE", 4) == 0) longjmp(c->jump, 1);
    if (c->checksum[0] == '\0' || strncmp(text, "IDAT", 4) == 0) memcpy(c->checksum, text, 4);
}

/* ---- reading ---- */

static bool little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* Deflate compresses at most 1032 to 1 (zlib's documentation), so a header that claims more pixels than the file can
 * hold is refused before memory is allocated. */
static nst_status check_promise(codec *c, uint32_t width, uint32_t height)
{
    const uint64_t raw = (uint64_t)png_get_rowbytes(c->png, c->info) * height;
    if (raw / 1100 > c->file->size)
        return nst__fail(NST_ERR_CORRUPT, "cut short: %ux%u pixels cannot be in a PNG picture of %llu bytes", width,
                         height, (unsigned long long)c->file->size);
    return NST_OK;
}

/* PNG, 4.3: a profile has priority over sRGB, and sRGB over gamma and chromaticities. libpng recognises the common
 * profiles of sRGB and reports them as sRGB. */
static nst__color_profile profile_of(codec *c)
{
    nst__color_profile profile = {0};
    png_charp name;
    int method, intent;
    png_bytep bytes;
    png_uint_32 size;
    double *xy = profile.chromaticity;
    if (png_get_sRGB(c->png, c->info, &intent)) return profile;
    if (png_get_iCCP(c->png, c->info, &name, &method, &bytes, &size)) {
        profile.icc = bytes;
        profile.icc_size = size;
        return profile;
    }
    png_get_gAMA(c->png, c->info, &profile.gamma);
    png_get_cHRM(c->png, c->info, &xy[0], &xy[1], &xy[2], &xy[3], &xy[4], &xy[5], &xy[6], &xy[7]);
    return profile;
}

/* An interlaced picture is complete only after its last pass, so all rows are kept until then. */
static nst_status begin(codec *c)
{
    nst_status status = NST_OK;
    const uint32_t width = png_get_image_width(c->png, c->info), height = png_get_image_height(c->png, c->info);
    NST_TRY(nst__check_pixels(width, height, c->how->max_pixels));
    NST_TRY(check_promise(c, width, height));

    const nst__color_profile profile = profile_of(c);
    const bool lost = c->chunks.profile && !profile.icc && !png_get_valid(c->png, c->info, PNG_INFO_sRGB);
    png_set_expand(c->png);
    if (little_endian()) png_set_swap(c->png);
    c->interlaced = png_set_interlace_handling(c->png) > 1;
    png_read_update_info(c->png, c->info);
    const nst__color_layout layout = {.channels = png_get_channels(c->png, c->info),
                                      .depth = png_get_bit_depth(c->png, c->info)};
    NST_TRY(nst__canvas_create(&c->canvas, width, height, c->chunks.orientation, &layout, &profile, c->how));
    if (lost) nst__image_warn(c->canvas.image, "the colour profile is damaged: colours are taken for sRGB");
    c->height = height;
    c->row_bytes = png_get_rowbytes(c->png, c->info);
    c->rows = nst__zalloc(c->interlaced ? height : 1, c->row_bytes);
    if (!c->rows) return NST_ERR_OUT_OF_MEMORY;
out:
    return status;
}

static void on_head(png_structp png, png_infop info)
{
    codec *c = png_get_progressive_ptr(png);
    (void)info;
    c->in_head = false;
    c->status = begin(c);
    if (c->status != NST_OK) longjmp(c->jump, 1);
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass)
{
    codec *c = png_get_progressive_ptr(png);
    (void)pass;
    if (!row) return; /* this pass has nothing there */
    png_progressive_combine_row(png, c->rows + (c->interlaced ? y * c->row_bytes : 0), row);
    /* Blocks of the allocator are aligned, and rows of 16 bits have an even number of bytes. */
    if (!c->interlaced) nst__canvas_row(&c->canvas, y, c->rows);
}

/* Gives the file to libpng, in pieces unless it is in memory. */
static void process(codec *c)
{
    const nst__source *file = c->file;
    if (file->bytes) {
        png_process_data(c->png, c->info, (png_bytep)(uintptr_t)file->bytes, (size_t)file->size);
        return;
    }
    for (uint64_t at = 0; at < file->size;) {
        const uint64_t left = file->size - at;
        const size_t size = left < PIECE ? (size_t)left : PIECE;
        c->status = nst__source_read(file, at, c->piece, size);
        if (c->status != NST_OK) return;
        png_process_data(c->png, c->info, c->piece, size);
        at += size;
    }
}

/* Calls setjmp(): any call of libpng may jump here. */
static void feed(codec *c)
{
    if (setjmp(c->jump)) return;
    c->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, c, on_error, on_warning, c, allocate, release);
    c->info = c->png ? png_create_info_struct(c->png) : NULL;
    if (!c->info) return;
    png_set_progressive_read_fn(c->png, c, on_head, on_row, NULL);
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "tRNS\0iCCP\0sRGB\0gAMA\0cHRM",
                                5);
    png_set_option(c->png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON); /* whatever the stream says it needs */
#ifdef PNG_IGNORE_ADLER32
    if (c->trust_chunks) png_set_option(c->png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
    png_set_crc_action(c->png, c->trust_chunks ? PNG_CRC_DEFAULT : PNG_CRC_WARN_USE, PNG_CRC_DEFAULT);
    c->in_head = true;
    process(c);
}

static nst_status failure(const codec *c)
{
    if (c->status != NST_OK) return c->status;
    if (c->out_of_memory) return NST_ERR_OUT_OF_MEMORY;
    if (!c->chunks.ended)
        return nst__fail(NST_ERR_CORRUPT, "cut short: the PNG picture goes on after its %llu bytes",
                         (unsigned long long)c->file->size);
    return nst__fail(NST_ERR_CORRUPT, "corrupt PNG picture: %s", c->text[0] ? c->text : "rows are missing");
}

static void tell(const codec *c, nst_image *image)
{
    if (!c->chunks.ended) nst__image_warn(image, "the PNG file has no end: it is cut short after its last pixel");
    if (c->checksum[0]) nst__image_warn(image, "the checksum of a part of the PNG file, %s, is wrong", c->checksum);
    if (c->trust_chunks)
        nst__image_warn(image, "the checksum of all pixels is wrong, those of the parts of the PNG file are right");
    else if (c->failed || c->late[0])
        nst__image_warn(image, "the PNG file is damaged after its last pixel: %s", c->failed ? c->text : c->late);
}

static nst_status read_all(nst_image **out, codec *c)
{
    c->status = nst__png_chunks_read(&c->chunks, c->file);
    if (c->status != NST_OK) return c->status;
    if (!c->file->bytes) {
        c->piece = nst__alloc(PIECE, 1);
        if (!c->piece) return NST_ERR_OUT_OF_MEMORY;
    }
    feed(c);
    if (c->out_of_memory || c->status != NST_OK || !c->png || !has_all_rows(c)) return failure(c);
    if (c->failed && c->trust_chunks) return failure(c);
    if (c->late[0] && strcmp(c->checksum, "IDAT") == 0) return failure(c);
    for (uint32_t y = 0; y < c->height && c->interlaced; y++)
        nst__canvas_row(&c->canvas, y, c->rows + y * c->row_bytes);
    *out = nst__canvas_take(&c->canvas);
    tell(c, *out);
    return NST_OK;
}

static void clear(codec *c)
{
    png_destroy_read_struct(&c->png, &c->info, NULL);
    nst__canvas_destroy(&c->canvas);
    nst__free(c->rows);
    nst__free(c->piece);
}

/* zlib may report a wrong Adler-32 instead of the last row: then the picture is read again, ignoring Adler-32. */
static nst_status decode_from(nst_image **out, const nst__source *file, const nst__reading *how)
{
    codec c = {.file = file, .how = how};
    *out = NULL;
    nst_status status = read_all(out, &c);
    const bool again = status == NST_ERR_CORRUPT && c.canvas.image && c.chunks.ended;
    clear(&c);
    if (!again) return status;
    codec second = {.file = file, .how = how, .trust_chunks = true};
    status = read_all(out, &second);
    clear(&second);
    return status;
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, const nst__reading *how)
{
    return decode_from(out, &(nst__source){.name = "the picture", .size = size, .bytes = bytes}, how);
}

/* ---- writing ---- */

static void write_bytes(png_structp png, png_bytep from, size_t count)
{
    codec *c = png_get_io_ptr(png);
    c->status = c->output->put(c->output->user, from, count);
    if (c->status != NST_OK) png_error(png, "the bytes cannot be put");
}

static void flush(png_structp png)
{
    (void)png;
}

static nst_status write_all(codec *c, const nst_image *image)
{
    if (setjmp(c->jump)) {
        if (c->status != NST_OK) return c->status;
        if (c->out_of_memory) return NST_ERR_OUT_OF_MEMORY;
        return nst__fail(NST_ERR_INTERNAL, "libpng refused to write %ux%u pixels: %s", image->width, image->height,
                         c->text);
    }
    const int depth = (int)nst__settings_int(&image->settings, NST_PARAM_PNG_DEPTH);
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
    png_set_sRGB(c->png, c->info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(c->png, c->info);
    if (depth == 16 && little_endian()) png_set_swap(c->png);
    for (uint32_t y = 0; y < image->height; y++) {
        if (depth == 16)
            nst__get_row_u16(image, y, (uint16_t *)(void *)c->rows, channels, NULL);
        else
            nst__get_row_u8(image, y, c->rows, channels, NULL);
        png_write_row(c->png, c->rows);
    }
    png_write_end(c->png, NULL);
    return NST_OK;
}

static nst_status encode(const nst__output *out, const nst_image *image)
{
    codec c = {.output = out};
    const nst_status status = write_all(&c, image);
    png_destroy_write_struct(&c.png, &c.info);
    nst__free(c.rows);
    return status;
}

/* ---- the codec ---- */

static bool probe(const uint8_t *bytes, size_t size)
{
    return nst__starts_with(bytes, size, "\x89PNG\r\n\x1a\n", 8);
}

const nst__codec nst__codec_png = {"PNG",       "png", (const char *const[]){"png", NULL}, true, probe, decode,
                                   decode_from, encode};
