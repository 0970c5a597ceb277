/*
 * WebP through libwebp, which only this file uses. It is read, not written: lossy, lossless, with alpha. The container
 * is RIFF (developers.google.com/speed/webp/docs/riff_container); its chunks with the profile and the orientation are
 * read here. Left out on purpose: animations, which are an error.
 */
#include "base/alloc.h"
#include "image/canvas.h"
#include "image/codec.h"

#include <string.h>
#include <webp/decode.h>

static uint64_t little_endian(const uint8_t *bytes)
{
    return bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24;
}

/* The end of the container. What follows in the file is not part of the picture. */
static size_t riff_end(const uint8_t *bytes, size_t size)
{
    const uint64_t end = 8 + little_endian(bytes + 4);
    return end < size ? (size_t)end : size;
}

/* The data of the first chunk that is called NAME; NULL: there is none. END: that of the container. */
static const uint8_t *find_chunk(const uint8_t *bytes, size_t end, const char *name, size_t *length)
{
    for (size_t at = 12; at <= end && end - at >= 8;) {
        const uint8_t *chunk = bytes + at;
        const uint64_t data = little_endian(chunk + 4);
        if (data > end - at - 8) return NULL;
        *length = (size_t)data;
        if (memcmp(chunk, name, 4) == 0) return chunk + 8;
        at += 8 + (size_t)data + (size_t)(data & 1);
    }
    return NULL;
}

static nst_status failed(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return nst__fail(NST_ERR_OUT_OF_MEMORY, "libwebp: out of memory");
    case VP8_STATUS_NOT_ENOUGH_DATA: return nst__fail(NST_ERR_CORRUPT, "the WebP file is cut short");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return nst__fail(NST_ERR_UNSUPPORTED, "a WebP file with a feature that libwebp does not read");
    default: return nst__fail(NST_ERR_CORRUPT, "the WebP file is damaged");
    }
}

static int orientation_of(const uint8_t *bytes, size_t end)
{
    size_t length;
    const uint8_t *exif = find_chunk(bytes, end, "EXIF", &length);
    if (exif && length > 6 && memcmp(exif, "Exif\0\0", 6) == 0) { /* as JPEG has it; some programs keep that */
        exif += 6;
        length -= 6;
    }
    return exif ? nst__exif_orientation(exif, length) : 1;
}

/* PIXELS [height, width, channels]. */
static nst_status read_pixels(uint8_t *pixels, WebPDecoderConfig *config, const uint8_t *bytes, size_t size)
{
    const int channels = config->input.has_alpha ? 4 : 3, width = config->input.width, height = config->input.height;
    config->output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = pixels;
    config->output.u.RGBA.stride = width * channels;
    config->output.u.RGBA.size = (size_t)width * (size_t)height * (size_t)channels;
    const VP8StatusCode code = WebPDecode(bytes, size, config);
    return code == VP8_STATUS_OK ? NST_OK : failed(code);
}

static nst_status decode(nst_image **out, const uint8_t *bytes, size_t size, const nst__reading *how)
{
    nst_status status = NST_OK;
    nst__canvas canvas = {0};
    uint8_t *pixels = NULL;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return nst__fail(NST_ERR_INTERNAL, "libwebp has another version than its header");
    const VP8StatusCode code = WebPGetFeatures(bytes, size, &config.input);
    if (code != VP8_STATUS_OK) return failed(code);
    if (config.input.has_animation)
        return nst__fail(NST_ERR_UNSUPPORTED,
                         "expected a picture, found an animated WebP: save the frame that is meant");
    const uint32_t width = (uint32_t)config.input.width, height = (uint32_t)config.input.height;
    const nst__color_layout layout = {.channels = config.input.has_alpha ? 4 : 3, .depth = 8};
    nst__color_profile profile = {0};
    NST_TRY(nst__check_pixels(width, height, how->max_pixels));
    const size_t end = riff_end(bytes, size);
    profile.icc = find_chunk(bytes, end, "ICCP", &profile.icc_size);
    NST_TRY(nst__canvas_create(&canvas, width, height, orientation_of(bytes, end), &layout, &profile, how));
    pixels = nst__alloc(height, (size_t)width * (size_t)layout.channels);
    if (!pixels) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(read_pixels(pixels, &config, bytes, size));
    for (uint32_t y = 0; y < height; y++)
        nst__canvas_row(&canvas, y, pixels + (size_t)y * width * (size_t)layout.channels);
    *out = nst__canvas_take(&canvas);
out:
    nst__free(pixels);
    nst__canvas_destroy(&canvas);
    return status;
}

static bool probe(const uint8_t *bytes, size_t size)
{
    return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

const nst__codec nst__codec_webp = {"WebP", "webp", (const char *const[]){"webp", NULL}, true, probe, decode,
                                    NULL,   NULL};
