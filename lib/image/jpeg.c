/*
 * JPEG through TurboJPEG, the only file that knows it. JPEG has no alpha: transparent pictures are laid on a
 * background. No profile is written: all readers take JPEG without a profile for sRGB.
 */
#include "base/alloc.h"
#include "image/background.h"
#include "image/canvas.h"
#include "image/codec.h"
#include "image/jpeg_segments.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <turbojpeg.h>

enum { LARGEST_SIDE = 65500 }; /* of libjpeg: JPEG_MAX_DIMENSION */

static nst_status out_of_memory(void)
{
    return nst__fail(NST_ERR_OUT_OF_MEMORY, "out of memory: TurboJPEG found none");
}

/* The system has no memory, or the environment variable JPEGMEM limits it. */
static bool is_memory(const char *text)
{
    return strstr(text, "Insufficient memory") || strstr(text, "Memory allocation failure") ||
           strstr(text, "Backing store not supported");
}

/* ---- Reading ---- */

/* A Huffman code has at least one bit, and every component has codes for each of its 8x8 blocks, which cover at most
 * 32x32 pixels. So a header that claims more pixels than the file can hold is refused before memory is allocated. */
static nst_status check_promise(const nst__jpeg *jpeg, size_t size)
{
    const uint64_t least_bits = (uint64_t)jpeg->width * jpeg->height / (32 * 32);
    if (!jpeg->arithmetic && least_bits / 8 > size)
        return nst__fail(NST_ERR_CORRUPT, "cut short: %ux%u pixels cannot be in a JPEG picture of %zu bytes",
                         jpeg->width, jpeg->height, size);
    return NST_OK;
}

/* For TurboJPEG a damaged scan is only a warning, and the rest of the picture is grey; here it is an error. Some
 * programs write padding, 00 or FF, after a scan: it is removed, and the picture is decoded again. */
static nst_status read_pixels(tjhandle handle, nst__jpeg *jpeg, uint8_t *pixels)
{
    enum { TRIES = 16 };
    const int channels = jpeg->components;
    const int format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
    const int width = (int)jpeg->width, height = (int)jpeg->height;
    size_t stripped = 0;
    const char *text = "";
    for (int i = 0; i < TRIES; i++) {
        unsigned extra, marker;
        if (tjDecompress2(handle, jpeg->clean, (unsigned long)jpeg->clean_size, pixels, width, width * channels, height,
                          format, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) == 0)
            return NST_OK;
        text = tjGetErrorStr2(handle);
        if (is_memory(text)) return out_of_memory();
        if (sscanf(text, "Corrupt JPEG data: %u extraneous bytes before marker 0x%x", &extra, &marker) != 2 ||
            !nst__jpeg_strip(jpeg, &stripped, extra, (int)marker))
            break;
    }
    return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: %s", text);
}

static nst_status read_all(nst_image **out, nst__jpeg *jpeg, uint8_t *pixels, const nst__reading *how)
{
    nst_status status = NST_OK;
    const nst__color_layout layout = {.channels = jpeg->components, .depth = 8, .cmyk = jpeg->components == 4};
    const nst__color_profile profile = {.icc = jpeg->icc_broken ? NULL : jpeg->icc, .icc_size = jpeg->icc_size};
    nst__canvas canvas = {0};
    tjhandle handle = tjInitDecompress();
    if (!handle) return out_of_memory();
    NST_TRY(read_pixels(handle, jpeg, pixels));
    NST_TRY(nst__canvas_create(&canvas, jpeg->width, jpeg->height, jpeg->orientation, &layout, &profile, how));
    for (uint32_t y = 0; y < jpeg->height; y++)
        nst__canvas_row(&canvas, y, pixels + (size_t)y * jpeg->width * (size_t)jpeg->components);
    *out = nst__canvas_take(&canvas);
    if (jpeg->cut_short) nst__image_warn(*out, "the JPEG file has no end: it is cut short after its last pixel");
    if (jpeg->icc_broken) nst__image_warn(*out, "parts of the colour profile are missing: colours are taken for sRGB");
out:
    nst__canvas_destroy(&canvas);
    tjDestroy(handle);
    return status;
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, const nst__reading *how)
{
    nst_status status = NST_OK;
    nst__jpeg jpeg;
    uint8_t *pixels = NULL;
    *out = NULL;
    NST_TRY(nst__jpeg_walk(&jpeg, bytes, size));
    NST_TRY(nst__check_pixels(jpeg.width, jpeg.height, how->max_pixels));
    NST_TRY(check_promise(&jpeg, size));
    if (jpeg.clean_size > ULONG_MAX) {
        status = nst__fail(NST_ERR_TOO_LARGE, "a JPEG picture of %zu bytes is beyond what TurboJPEG reads", size);
        goto out;
    }
    pixels = nst__zalloc(jpeg.height, (size_t)jpeg.width * (size_t)jpeg.components);
    if (!pixels)
        status = NST_ERR_OUT_OF_MEMORY;
    else
        status = read_all(out, &jpeg, pixels, how);
out:
    nst__free(pixels);
    nst__jpeg_destroy(&jpeg);
    return status;
}

/* ---- Writing ---- */

static int subsampling_of(int64_t value)
{
    return value == NST_JPEG_SUBSAMPLING_420 ? TJSAMP_420 : value == NST_JPEG_SUBSAMPLING_422 ? TJSAMP_422 : TJSAMP_444;
}

/* JFIF says nothing of colours; EXIF says sRGB (2.32, tag 0xa001). */
/* clang-format off */
static const uint8_t exif[] = {
    0xff, 0xe1, 0, 64, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I', '*', 0, 8, 0, 0, 0, /* the marker, and TIFF */
    1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0,               /* where EXIF's own tags are */
    2, 0, 0x00, 0x90, 7, 0, 4, 0, 0, 0, '0', '2', '3', '2',                    /* its version */
    0x01, 0xa0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};                     /* the colours: sRGB */
/* clang-format on */

/* Puts FILE with that segment after JFIF's own, which comes first. */
static nst_status put_file(const nst__output *out, const uint8_t *file, size_t size)
{
    const size_t first = 4 + (size_t)(file[4] << 8 | file[5]);
    nst_status status = NST_OK;
    NST_TRY(out->put(out->user, file, first));
    NST_TRY(out->put(out->user, exif, sizeof exif));
    NST_TRY(out->put(out->user, file + first, size - first));
out:
    return status;
}

static nst_status encode(const nst__output *out, const nst_image *image)
{
    nst_status status = NST_OK;
    uint8_t *pixels = NULL;
    unsigned char *packed = NULL;
    tjhandle handle = NULL;
    float background[3];
    const int subsampling = subsampling_of(nst__settings_int(&image->settings, NST_PARAM_JPEG_SUBSAMPLING));
    const int quality = (int)nst__settings_int(&image->settings, NST_PARAM_JPEG_QUALITY);

    if (image->width > LARGEST_SIDE || image->height > LARGEST_SIDE)
        return nst__fail(NST_ERR_TOO_LARGE, "JPEG takes at most %d pixels a side, found %ux%u", LARGEST_SIDE,
                         image->width, image->height);
    const int width = (int)image->width, height = (int)image->height;
    unsigned long packed_size = tjBufSize(width, height, subsampling);
    if (packed_size == (unsigned long)-1)
        return nst__fail(NST_ERR_TOO_LARGE, "%ux%u pixels are beyond what TurboJPEG writes", image->width,
                         image->height);
    pixels = nst__alloc(image->height, (size_t)image->width * 3);
    packed = pixels ? nst__alloc(packed_size, 1) : NULL;
    if (!packed) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(nst__background_parse(background, nst__settings_text(&image->settings, NST_PARAM_BACKGROUND)));
    for (uint32_t y = 0; y < image->height; y++)
        nst__get_row_u8(image, y, pixels + (size_t)y * image->width * 3, 3, background);
    handle = tjInitCompress();
    if (!handle) {
        status = out_of_memory();
        goto out;
    }
    if (tjCompress2(handle, pixels, width, 3 * width, height, TJPF_RGB, &packed, &packed_size, subsampling, quality,
                    TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) != 0) {
        const char *text = tjGetErrorStr2(handle);
        status = is_memory(text)
                     ? out_of_memory()
                     : nst__fail(NST_ERR_INTERNAL, "TurboJPEG refused to write %dx%d pixels: %s", width, height, text);
        goto out;
    }
    nst__free(pixels); /* before more memory is taken */
    pixels = NULL;
    status = put_file(out, packed, packed_size);
out:
    if (handle) tjDestroy(handle);
    nst__free(packed);
    nst__free(pixels);
    return status;
}

static bool probe(const uint8_t *bytes, size_t size)
{
    return nst__starts_with(bytes, size, "\xff\xd8\xff", 3);
}

const nst__codec nst__codec_jpeg = {"JPEG", "jpeg", (const char *const[]){"jpg", "jpeg", NULL}, false, probe, decode,
                                    NULL,   encode};
