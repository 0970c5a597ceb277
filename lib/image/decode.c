/*
 * Which codec: told by the first bytes when reading, by a name when writing.
 */
#include "image/image.h"
#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const uint8_t png_start[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
static const uint8_t jpeg_start[] = {0xff, 0xd8, 0xff};

typedef struct start {
    size_t offset, length;
    const char *bytes, *name;
} start;

/* Formats that a picture may well have but that are not read, to be called by their names. */
static const start foreign[] = {
    {0, 4, "GIF8", "GIF"},       {8, 4, "WEBP", "WebP"},     {0, 2, "BM", "BMP"},        {0, 4, "II*\0", "TIFF"},
    {0, 4, "MM\0*", "TIFF"},     {4, 8, "ftypavif", "AVIF"}, {4, 8, "ftypheic", "HEIC"}, {4, 8, "ftypmif1", "HEIF"},
    {0, 4, "8BPS", "Photoshop"}, {0, 4, "%PDF", "PDF"},      {0, 4, "<svg", "SVG"},
};

nst_status nst__check_pixels(uint64_t width, uint64_t height, uint64_t max_pixels)
{
    const uint64_t cap = max_pixels ? max_pixels : (uint64_t)1 << 28;
    if (width > cap / height)
        return nst__fail(NST_ERR_TOO_LARGE, "%llux%llu pixels are above the cap of %llu", (unsigned long long)width,
                         (unsigned long long)height, (unsigned long long)cap);
    return NST_OK;
}

/* The file may be as short as a part of the start. */
static bool starts_with(const uint8_t *bytes, size_t size, const uint8_t *begin, size_t length)
{
    return memcmp(bytes, begin, size < length ? size : length) == 0;
}

static nst_status unknown_format(const uint8_t *bytes, size_t size)
{
    char shown[8 * 4 + 1], *to = shown;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        const start *f = &foreign[i];
        if (size >= f->offset + f->length && memcmp(bytes + f->offset, f->bytes, f->length) == 0)
            return nst__fail(NST_ERR_FORMAT, "not a PNG or JPEG picture but %s", f->name);
    }
    for (size_t i = 0; i < size && i < 8; i++)
        to += snprintf(to, 5, bytes[i] >= 0x20 && bytes[i] < 0x7f ? "%c" : "\\x%02x", bytes[i]);
    return nst__fail(NST_ERR_FORMAT, "not a PNG or JPEG picture: starts with '%s'", shown);
}

nst_status nst_image_decode(nst_image **out, const void *bytes, size_t size, uint64_t max_pixels)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(bytes);
    if (size == 0) return nst__fail(NST_ERR_CORRUPT, "no bytes to read a picture from");
    const bool png = starts_with(bytes, size, png_start, sizeof png_start);
    const bool jpeg = starts_with(bytes, size, jpeg_start, sizeof jpeg_start);
    if (!png && !jpeg) return unknown_format(bytes, size);
    if (size < (png ? sizeof png_start : sizeof jpeg_start))
        return nst__fail(NST_ERR_CORRUPT, "cut short: %zu bytes of a %s picture", size, png ? "PNG" : "JPEG");
    return png ? nst__png_decode(out, bytes, size, max_pixels) : nst__jpeg_decode(out, bytes, size, max_pixels);
}

/* Puts PATH before the message that the failing function left. */
static nst_status name_file(nst_status status, const char *path)
{
    char detail[1024];
    snprintf(detail, sizeof detail, "%s", nst_last_error());
    return nst__fail(status, "%s: %s", path, detail);
}

nst_status nst_image_load(nst_image **out, const char *path, uint64_t max_pixels)
{
    nst_status status = NST_OK;
    nst__mapping file = {0};
    NST_NEED(out);
    *out = NULL;
    NST_NEED(path);
    NST_TRY(nst__file_map(&file, path));
    status = nst_image_decode(out, file.bytes, file.size, max_pixels);
    if (status != NST_OK) status = name_file(status, path);
out:
    nst__file_unmap(&file);
    return status;
}

typedef nst_status (*encoder)(void **out, size_t *size, const nst_image *image);

static encoder encoder_for(const char *type)
{
    if (strcasecmp(type, "png") == 0) return nst__png_encode;
    if (strcasecmp(type, "jpg") == 0 || strcasecmp(type, "jpeg") == 0) return nst__jpeg_encode;
    return NULL;
}

nst_status nst_image_encode(void **out, size_t *size, const nst_image *image, const char *type)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(size);
    *size = 0;
    NST_NEED(image);
    NST_NEED(type);
    const encoder encode = encoder_for(type);
    if (!encode) return nst__fail(NST_ERR_ARGUMENT, "type: expected png or jpeg, found '%s'", type);
    return encode(out, size, image);
}

nst_status nst_image_save_as(const nst_image *image, const char *path, const char *type)
{
    nst_status status = NST_OK;
    void *bytes = NULL;
    size_t size = 0;
    NST_NEED(image);
    NST_NEED(path);
    NST_NEED(type);
    status = nst_image_encode(&bytes, &size, image, type);
    if (status != NST_OK) return name_file(status, path);
    NST_TRY(nst__file_write(path, &(nst__part){bytes, size}, 1));
out:
    nst__free(bytes);
    return status;
}

nst_status nst_image_save(const nst_image *image, const char *path)
{
    NST_NEED(image);
    NST_NEED(path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    if (!dot || !encoder_for(dot + 1))
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected a name that ends in .png, .jpg or .jpeg", path);
    return nst_image_save_as(image, path, dot + 1);
}
