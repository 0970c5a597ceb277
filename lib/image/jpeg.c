/*
 * JPEG through TurboJPEG, the only file that knows it. Colour profiles are left unread, as in png.c; JPEG has
 * no alpha, so that of the picture is not written.
 */
#include "image/codec.h"
#include "base/alloc.h"

#include <limits.h>
#include <string.h>
#include <turbojpeg.h>

enum { LARGEST_SIDE = 65500 }; /* of libjpeg: JPEG_MAX_DIMENSION */

/* A damaged scan is a mere warning to TurboJPEG, which fills the rest with grey: that is an error here. These
 * are warnings that leave every pixel as it was written. TurboJPEG tells the first warning of a file only, so
 * damage behind one of these goes unseen; a file that was cut short does not, by its missing end. */
static bool is_harmless(const char *warning)
{
    static const char *const harmless[] = {
        "Unknown Adobe color transform",
        "Warning: unknown JFIF revision",
        "Invalid SOS parameters for sequential JPEG",
        "Corrupt JPEG data: bad ICC marker",
    };
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (strncmp(warning, harmless[i], strlen(harmless[i])) == 0) return true;
    /* "Corrupt JPEG data: 5 extraneous bytes before marker 0xd9": padding of careless writers */
    return strstr(warning, "extraneous bytes before marker") != NULL;
}

static nst_status out_of_memory(void)
{
    return nst__fail(NST_ERR_OUT_OF_MEMORY, "out of memory: TurboJPEG found none");
}

/* Four channels: ink, or light where Adobe's marker says inverted. Of ink c on paper, light (1 - c) is left,
 * and black takes its part of that: r = (1 - c)(1 - k). No colour profile is applied. */
static void cmyk_to_rgb(uint8_t *row, uint32_t width, bool inverted)
{
    const uint8_t flip = inverted ? 0 : 255;
    uint8_t *rgb = row;
    for (const uint8_t *cmyk = row; cmyk < row + 4 * (size_t)width; cmyk += 4, rgb += 3) {
        const unsigned k = cmyk[3] ^ flip;
        for (int i = 0; i < 3; i++)
            rgb[i] = (uint8_t)(((cmyk[i] ^ flip) * k + 127) / 255);
    }
}

/* Huffman's codes have a bit or more, and every component codes each 8x8 of its values, which stand for 32x32 pixels
 * at most: a header that promises more pixels than that is found out before there is memory for them. */
static nst_status check_promise(const nst__jpeg_header *header, size_t size)
{
    const uint64_t least_bits = (uint64_t)header->width * header->height / (32 * 32);
    if (!header->arithmetic && least_bits / 8 > size)
        return nst__fail(NST_ERR_CORRUPT, "cut short: %ux%u pixels cannot be in a JPEG picture of %zu bytes",
                         header->width, header->height, size);
    return NST_OK;
}

static nst_status read_all(tjhandle handle, const nst__jpeg_header *header, const uint8_t *bytes, size_t size,
                           uint8_t *pixels)
{
    const int channels = header->components;
    const int format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
    const int width = (int)header->width, height = (int)header->height;
    const int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
    if (tjDecompress2(handle, bytes, (unsigned long)size, pixels, width, width * channels, height, format, flags) == 0)
        return NST_OK;
    const char *text = tjGetErrorStr2(handle);
    if (tjGetErrorCode(handle) == TJERR_WARNING && is_harmless(text)) return NST_OK;
    if (strncmp(text, "Insufficient memory", 19) == 0) return out_of_memory();
    return nst__fail(NST_ERR_CORRUPT, "corrupt JPEG picture: %s", text);
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, uint64_t max_pixels)
{
    nst_status status = NST_OK;
    nst__jpeg_header header;
    uint8_t *pixels = NULL;
    tjhandle handle = NULL;
    *out = NULL;
    NST_TRY(nst__jpeg_header_read(&header, bytes, size));
    NST_TRY(nst__check_pixels(header.width, header.height, max_pixels));
    NST_TRY(check_promise(&header, size));
    if (size > ULONG_MAX)
        return nst__fail(NST_ERR_TOO_LARGE, "a JPEG picture of %zu bytes is beyond what TurboJPEG reads", size);

    const int channels = header.components;
    const size_t row_bytes = (size_t)header.width * (size_t)channels;
    pixels = nst__zalloc(header.height, row_bytes);
    if (!pixels) return NST_ERR_OUT_OF_MEMORY;
    handle = tjInitDecompress();
    if (!handle) {
        status = out_of_memory();
        goto out;
    }
    NST_TRY(read_all(handle, &header, bytes, size, pixels));

    const nst__placement place = nst__orient(header.orientation, header.width, header.height);
    NST_TRY(nst__image_create(out, place.width, place.height, false));
    for (uint32_t y = 0; y < header.height; y++) {
        uint8_t *row = pixels + y * row_bytes;
        if (channels == 4) cmyk_to_rgb(row, header.width, header.adobe);
        nst__put_row_u8(*out, &place, header.width, y, row, channels == 1 ? 1 : 3);
    }
out:
    if (handle) tjDestroy(handle);
    nst__free(pixels);
    return status;
}

static nst_status encode(void **out, size_t *size, const nst_image *image)
{
    static const int subsamplings[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420}; /* of NST_PARAM_JPEG_SUBSAMPLING */
    nst_status status = NST_OK;
    uint8_t *pixels = NULL;
    unsigned char *packed = NULL;
    tjhandle handle = NULL;
    const int subsampling = subsamplings[nst__settings_int(&image->settings, NST_PARAM_JPEG_SUBSAMPLING)];
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
    for (uint32_t y = 0; y < image->height; y++)
        nst__get_row_u8(image, y, pixels + (size_t)y * image->width * 3, 3);
    handle = tjInitCompress();
    if (!handle) {
        status = out_of_memory();
        goto out;
    }
    if (tjCompress2(handle, pixels, width, 3 * width, height, TJPF_RGB, &packed, &packed_size, subsampling, quality,
                    TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC) != 0) {
        const char *text = tjGetErrorStr2(handle);
        status = strncmp(text, "Insufficient memory", 19) == 0
                     ? out_of_memory()
                     : nst__fail(NST_ERR_INTERNAL, "TurboJPEG refused to write %dx%d pixels: %s", width, height, text);
        goto out;
    }
    /* The buffer was for the worst case: give most of it back. */
    void *shrunk = nst__resize(packed, packed_size, 1);
    if (!shrunk) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    *out = shrunk;
    *size = packed_size;
    packed = NULL;
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

const nst__codec nst__codec_jpeg = {"JPEG", "jpeg", (const char *const[]){"jpg", "jpeg", NULL}, probe, decode, encode};
