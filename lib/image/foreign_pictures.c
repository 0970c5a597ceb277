/*
 * Common picture formats that no codec reads. Each is recognised by its first bytes; the message names it and a way to
 * convert it.
 */
#include "image/codec.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct foreign {
    size_t offset, length;
    const char *bytes;
    bool (*is)(const uint8_t *bytes, size_t size); /* instead of BYTES; NULL: BYTES decide */
    const char *name, *advice;
} foreign;

/* ---- What no fixed bytes tell ---- */

static bool is_at(const uint8_t *bytes, size_t size, size_t at, const char *text, size_t length)
{
    return at <= size && length <= size - at && memcmp(bytes + at, text, length) == 0;
}

/* The brands of an ISO base media file (ISO/IEC 14496-12, 4.3): the first, then those that it is compatible with. */
static bool has_brand(const uint8_t *bytes, size_t size, const char *const *brands)
{
    if (!is_at(bytes, size, 4, "ftyp", 4)) return false;
    const size_t box = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    const size_t end = box < size ? box : size;
    for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) /* a version stands between */
        for (const char *const *brand = brands; *brand; brand++)
            if (memcmp(bytes + at, *brand, 4) == 0) return true;
    return false;
}

static bool is_avif(const uint8_t *bytes, size_t size)
{
    return has_brand(bytes, size, (const char *const[]){"avif", "avis", "avio", NULL});
}

static bool is_heic(const uint8_t *bytes, size_t size)
{
    return has_brand(bytes, size,
                     (const char *const[]){"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1",
                                           "mif2", "msf1", NULL});
}

static bool is_canon_raw(const uint8_t *bytes, size_t size)
{
    return has_brand(bytes, size, (const char *const[]){"crx ", NULL});
}

/* Truevision's format has no magic number: every field of its header must be plausible. */
static bool is_tga(const uint8_t *bytes, size_t size)
{
    if (size < 18 || bytes[1] > 1) return false;
    const int kind = bytes[2] & ~8, depth = bytes[16], map_depth = bytes[7];
    const bool map = bytes[1] == 1, sized = (bytes[12] | bytes[13]) != 0 && (bytes[14] | bytes[15]) != 0;
    if (kind < 1 || kind > 3 || (kind == 1) != map || !sized || (bytes[17] & 0xc0) != 0) return false;
    if (map) return depth == 8 && (map_depth == 15 || map_depth == 16 || map_depth == 24 || map_depth == 32);
    if ((bytes[3] | bytes[4] | bytes[5] | bytes[6] | bytes[7]) != 0) return false;
    return kind == 3 ? depth == 8 || depth == 16 : depth == 15 || depth == 16 || depth == 24 || depth == 32;
}

static bool is_bmp(const uint8_t *bytes, size_t size)
{
    return is_at(bytes, size, 0, "BM", 2) && is_at(bytes, size, 6, "\0\0\0\0", 4);
}

/* The first tag of a text in XML or HTML, past a byte order mark, spaces, declarations and comments; NULL: none. */
static const uint8_t *first_tag(const uint8_t *bytes, size_t size)
{
    size_t at = is_at(bytes, size, 0, "\xef\xbb\xbf", 3) ? 3 : 0;
    const size_t end = size < 4096 ? size : 4096;
    while (at < end) {
        if (strchr(" \t\r\n", bytes[at]) && bytes[at]) {
            at++;
        } else if (is_at(bytes, size, at, "<?", 2) || is_at(bytes, size, at, "<!--", 4)) {
            const uint8_t *close = memchr(bytes + at, '>', end - at);
            if (!close) return NULL;
            at = (size_t)(close - bytes) + 1;
        } else {
            return bytes + at;
        }
    }
    return NULL;
}

static bool is_tag(const uint8_t *bytes, size_t size, const char *const *tags)
{
    const uint8_t *tag = first_tag(bytes, size);
    for (; tag && *tags; tags++) {
        const size_t length = strlen(*tags);
        if (length <= size - (size_t)(tag - bytes) && strncasecmp((const char *)tag, *tags, length) == 0) return true;
    }
    return false;
}

static bool is_svg(const uint8_t *bytes, size_t size)
{
    return is_tag(bytes, size, (const char *const[]){"<svg", "<!doctype svg", NULL});
}

static bool is_html(const uint8_t *bytes, size_t size)
{
    return is_tag(bytes, size, (const char *const[]){"<!doctype html", "<html", "<head", "<body", "<title", NULL});
}

/* ---- The table ---- */

#define CONVERT             "convert it first, such as by ImageMagick or GIMP"
#define TONES               "map its tones to 0..1 and save it with 16 bits"
#define RAW                 "develop it first, such as by darktable or RawTherapee"
#define LEFT_OUT            "this libnst was built without its codec (NST_CODECS=OFF)"
#define BYTES(offset, text) offset, sizeof text - 1, text, NULL
#define TEST(function)      0, 0, NULL, function

/* Special cases come before general ones. */
static const foreign formats[] = {
    {BYTES(12, "CgBI"), "a PNG picture as Xcode packs it for iOS (CgBI)",
     "turn it back by pngcrush -revert-iphone-optimizations"},
#ifdef NST__NO_CODECS
    {BYTES(0, "\x89PNG\r\n\x1a\n"), "a PNG picture", LEFT_OUT},
    {BYTES(0, "\xff\xd8\xff"), "a JPEG picture", LEFT_OUT},
#endif
#ifndef NST__HAVE_WEBP
    {BYTES(8, "WEBP"), "a WebP picture", "convert it first, such as by dwebp"},
#endif
    {BYTES(0, "GIF8"), "a GIF picture", "save the frame that is meant as PNG"},
    {TEST(is_avif), "an AVIF picture", "convert it first, such as by avifdec"},
    {TEST(is_canon_raw), "a raw photograph", RAW},
    {TEST(is_heic), "a HEIC picture", "convert it first, such as by heif-convert"},
    {BYTES(4, "ftyp"), "a video", "save a frame of it first, such as by ffmpeg"},
    {BYTES(0, "II*\0\x10\0\0\0CR"), "a raw photograph", RAW},
    {BYTES(0, "II*\0"), "a TIFF picture", CONVERT},
    {BYTES(0, "MM\0*"), "a TIFF picture", CONVERT},
    {BYTES(0, "II+\0"), "a BigTIFF picture", CONVERT},
    {BYTES(0, "MM\0+"), "a BigTIFF picture", CONVERT},
    {BYTES(0, "\xff\x0a"), "a JPEG XL picture", "convert it first, such as by djxl"},
    {BYTES(0, "\0\0\0\x0cJXL \r\n\x87\n"), "a JPEG XL picture", "convert it first, such as by djxl"},
    {BYTES(0, "\0\0\0\x0cjP  \r\n\x87\n"), "a JPEG 2000 picture", "convert it first, such as by opj_decompress"},
    {BYTES(0, "\xff\x4f\xff\x51"), "a JPEG 2000 picture", "convert it first, such as by opj_decompress"},
    {BYTES(0, "P1"), "a PBM picture", CONVERT},
    {BYTES(0, "P2"), "a PGM picture as text", CONVERT},
    {BYTES(0, "P3"), "a PPM picture as text", CONVERT},
    {BYTES(0, "P4"), "a PBM picture", CONVERT},
    {BYTES(0, "P7 332"), "a thumbnail of xv", "convert the picture that it shows"},
    {BYTES(0, "PF\n"), "a PFM picture", TONES},
    {BYTES(0, "Pf\n"), "a PFM picture", TONES},
    {BYTES(0, "\x76\x2f\x31\x01"), "an OpenEXR picture", TONES},
    {BYTES(0, "#?RADIANCE"), "a Radiance HDR picture", TONES},
    {BYTES(0, "#?RGBE"), "a Radiance HDR picture", TONES},
    {TEST(is_bmp), "a BMP picture", CONVERT},
    {BYTES(0, "\0\0\1\0"), "an ICO picture", "save the size that is meant as PNG"},
    {BYTES(0, "\0\0\2\0"), "a CUR picture", "save the size that is meant as PNG"},
    {TEST(is_svg), "an SVG drawing", "draw it as PNG first, such as by rsvg-convert or Inkscape"},
    {TEST(is_html), "a web page (HTML)", "save the picture that it shows"},
    {BYTES(0, "%PDF"), "a PDF document", "save the page that is meant as PNG, such as by pdftoppm -png"},
    {BYTES(0, "8BPS"), "a Photoshop picture", CONVERT},
    {BYTES(0, "gimp xcf"), "a GIMP picture", "export it from GIMP"},
    {BYTES(0, "qoif"), "a QOI picture", CONVERT},
    {BYTES(0, "DDS "), "a DDS texture", CONVERT},
    {BYTES(0, "farbfeld"), "a farbfeld picture", CONVERT},
    {BYTES(0, "\x1f\x8b"), "gzip data", "unpack it by gunzip"},
    {BYTES(0, "PK\3\4"), "a ZIP archive", "unpack it by unzip"},
    {BYTES(0, "version https://git-lfs"), "a pointer of Git LFS", "fetch the file itself by git lfs pull"},
    {BYTES(3, "\0\0\0\0\0{\""), "a safetensors file",
     "a saved style takes the place of a style picture alone, and weights that of a model"},
    {TEST(is_tga), "a TGA picture", CONVERT},
};

nst_status nst__foreign_check(const uint8_t *bytes, size_t size, const char *read)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const foreign *f = &formats[i];
        if (f->is ? f->is(bytes, size) : is_at(bytes, size, f->offset, f->bytes, f->length))
            return nst__fail(NST_ERR_FORMAT, "expected a %s picture, found %s: %s", read, f->name, f->advice);
    }
    return NST_OK;
}

nst_status nst__foreign_unknown(const uint8_t *bytes, size_t size, const char *read)
{
    char shown[8 * 4 + 1], *to = shown;
    for (size_t i = 0; i < size && i < 8; i++)
        to += snprintf(to, 5, bytes[i] >= 0x20 && bytes[i] < 0x7f ? "%c" : "\\x%02x", bytes[i]);
    return nst__fail(NST_ERR_FORMAT, "expected a %s picture, found a file that starts with '%s'", read, shown);
}
