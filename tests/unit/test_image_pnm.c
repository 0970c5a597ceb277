/* Netpbm's PGM, PPM and PAM: files written by hand, round trips, and what is refused. */
#include "unit/runner.h"

#include <nst/nst.h>

#include <stdbool.h>
#include <string.h>

#define FILE_OF(text) text, sizeof text - 1

static nst_image *decoded(const char *bytes, size_t size)
{
    nst_image *image;
    ck_assert_msg(nst_image_decode(&image, bytes, size, 0) == NST_OK, "%s", nst_last_error());
    return image;
}

/* Values 0..255 of the picture, CHANNELS each. */
static void expect(nst_image *image, int channels, const char *warnings, const uint8_t *values, size_t count)
{
    uint8_t found[64];
    ck_assert_uint_eq((size_t)nst_image_width(image) * nst_image_height(image) * (size_t)channels, count);
    ck_assert_int_eq(nst_image_has_alpha(image), channels % 2 == 0);
    ck_assert_int_eq(nst_image_to_u8(image, found, channels, 0), NST_OK);
    ck_assert_mem_eq(found, values, count);
    ck_assert_str_eq(nst_image_warnings(image), warnings);
    nst_image_destroy(image);
}

START_TEST(files_written_by_hand_are_read)
{
    static const uint8_t grey[] = {0, 128, 255, 7}, rgb[] = {1, 2, 3, 250, 251, 252}, ga[] = {10, 255, 20, 0};
    static const uint8_t rgba[] = {1, 2, 3, 4, 5, 6, 7, 8}, bits[] = {0, 255, 255};
    expect(decoded(FILE_OF("P5\n2 2\n255\n\x00\x80\xff\x07")), 1, "", grey, 4);
    expect(decoded(FILE_OF("P5 # grey\n# two lines\n2\t2 255 \x00\x80\xff\x07\n")), 1, "", grey, 4);
    expect(decoded(FILE_OF("P6\n2 1\n255\n\x01\x02\x03\xfa\xfb\xfc")), 3, "", rgb, 6);
    expect(
        decoded(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n\x01\x02\x03\xfa\xfb\xfc")),
        3, "", rgb, 6);
    expect(decoded(FILE_OF("P7\n# alpha\nDEPTH 2\nMAXVAL 255\nHEIGHT 1\nWIDTH 2\nENDHDR\n\x0a\xff\x14\x00")), 2, "", ga,
           4);
    expect(
        decoded(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n\1\2\3\4\5\6\7\x08")),
        4, "", rgba, 8);
    expect(decoded(FILE_OF("P7\nWIDTH 3\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\0\1\1")), 1, "",
           bits, 3);
}
END_TEST

START_TEST(any_maximum_is_scaled)
{
    nst_image *image = decoded(FILE_OF("P5\n3 1\n1000\n\x00\x00\x01\xf4\x03\xe8"));
    ck_assert_float_eq(nst_image_pixels(image)[0], 0);
    ck_assert_float_eq_tol(nst_image_pixels(image)[3], 0.5f, 1e-5f);
    ck_assert_float_eq(nst_image_pixels(image)[6], 1);
    nst_image_destroy(image);
    image = decoded(FILE_OF("P5\n2 1\n65535\n\x12\x34\xff\xff"));
    ck_assert_float_eq(nst_image_pixels(image)[0], 0x1234 / 65535.0f);
    nst_image_destroy(image);
    static const uint8_t clamped[] = {255, 51};
    expect(decoded(FILE_OF("P5\n2 1\n100\n\x80\x14")), 1, "1 values are above the maximum of 100", clamped, 2);
    static const uint8_t first[] = {9};
    expect(decoded(FILE_OF("P5\n1 1\n255\n\x09P5\n1 1\n255\n\x09")), 1,
           "12 bytes after the picture are ignored, as further pictures are", first, 1);
}
END_TEST

static void round_trip(const nst_image *image, const char *type, const char *start, size_t pixel_bytes)
{
    void *bytes;
    size_t size;
    nst_image *again;
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, type), NST_OK);
    ck_assert_mem_eq(bytes, start, strlen(start));
    ck_assert_uint_eq(size, strlen(start) + 5 * 3 * pixel_bytes);
    ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
    ck_assert_str_eq(nst_image_warnings(again), "");
    if (strcmp(type, "pgm") != 0)
        ck_assert_mem_eq(nst_image_pixels(again), nst_image_pixels(image), 5 * 3 * 3 * sizeof(float));
    if (strcmp(type, "pam") == 0 && nst_image_has_alpha(image))
        ck_assert_mem_eq(nst_image_alpha(again), nst_image_alpha(image), 5 * 3 * sizeof(float));
    nst_image_destroy(again);
    nst_bytes_destroy(bytes);
}

START_TEST(what_is_written_comes_back)
{
    nst_image *opaque, *clear;
    ck_assert_int_eq(nst_image_create(&opaque, 5, 3, 0), NST_OK);
    ck_assert_int_eq(nst_image_create(&clear, 5, 3, 1), NST_OK);
    for (int deep = 0; deep < 2; deep++) {
        const float most = deep ? 65535 : 255;
        for (int i = 0; i < 5 * 3 * 3; i++)
            nst_image_mutable_pixels(opaque)[i] = nst_image_mutable_pixels(clear)[i] =
                (float)((i * 977) % (int)most) / most;
        for (int i = 0; i < 5 * 3; i++)
            nst_image_mutable_alpha(clear)[i] = (float)(i * 17) / most;
        ck_assert_int_eq(nst_image_set_int(opaque, NST_PARAM_PNG_DEPTH, deep ? 16 : 8), NST_OK);
        ck_assert_int_eq(nst_image_set_int(clear, NST_PARAM_PNG_DEPTH, deep ? 16 : 8), NST_OK);
        const size_t bytes = deep ? 2 : 1;
        round_trip(opaque, "ppm", deep ? "P6\n5 3\n65535\n" : "P6\n5 3\n255\n", 3 * bytes);
        round_trip(opaque, "pnm", deep ? "P6\n5 3\n65535\n" : "P6\n5 3\n255\n", 3 * bytes);
        round_trip(opaque, "pgm", deep ? "P5\n5 3\n65535\n" : "P5\n5 3\n255\n", bytes);
        round_trip(opaque, "pam",
                   deep ? "P7\nWIDTH 5\nHEIGHT 3\nDEPTH 3\nMAXVAL 65535\nTUPLTYPE RGB\nENDHDR\n"
                        : "P7\nWIDTH 5\nHEIGHT 3\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
                   3 * bytes);
        round_trip(clear, "pam",
                   deep ? "P7\nWIDTH 5\nHEIGHT 3\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
                        : "P7\nWIDTH 5\nHEIGHT 3\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n",
                   4 * bytes);
    }
    ck_assert(nst_image_type_has_alpha("pam") && !nst_image_type_has_alpha("ppm") && !nst_image_type_has_alpha("pgm"));
    nst_image_destroy(opaque);
    nst_image_destroy(clear);
}
END_TEST

START_TEST(transparent_parts_show_the_background)
{
    nst_image *image;
    void *bytes;
    size_t size;
    ck_assert_int_eq(nst_image_create(&image, 1, 1, 1), NST_OK);
    nst_image_mutable_alpha(image)[0] = 0;
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_BACKGROUND, "#102030"), NST_OK);
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "ppm"), NST_OK);
    ck_assert_mem_eq((char *)bytes + size - 3, "\x10\x20\x30", 3);
    nst_bytes_destroy(bytes);
    nst_image_destroy(image);
}
END_TEST

static void refused(const char *bytes, size_t size, nst_status expected, const char *words)
{
    nst_image *image = NULL;
    ck_assert_msg(nst_image_decode(&image, bytes, size, 1 << 20) == expected, "'%s': %s", bytes, nst_last_error());
    ck_assert_msg(strstr(nst_last_error(), words) != NULL, "'%s' has no '%s'", nst_last_error(), words);
    ck_assert_ptr_null(image);
}

START_TEST(bad_files_are_refused)
{
    refused(FILE_OF("P5\n2 2\n255\n\1\2\3"), NST_ERR_CORRUPT, "cut short: expected 2 rows of pixels, found 1");
    refused(FILE_OF("P6\n2 2\n65535\n\1\2\3"), NST_ERR_CORRUPT, "found 0");
    refused(FILE_OF("P5\n2 2\n"), NST_ERR_CORRUPT, "ends before its maximum");
    refused(FILE_OF("P5\n"), NST_ERR_CORRUPT, "ends before its width");
    refused(FILE_OF("P5\n2 x\n255\n"), NST_ERR_CORRUPT, "height: expected 1 to 2147483647, found no number");
    refused(FILE_OF("P5\n2 0\n255\n"), NST_ERR_CORRUPT, "height: expected 1 to 2147483647, found 0");
    refused(FILE_OF("P5\n2 -1\n255\n"), NST_ERR_CORRUPT, "found no number");
    refused(FILE_OF("P5\n2 2\n65536\n"), NST_ERR_CORRUPT, "maximum: expected 1 to 65535, found a larger number");
    refused(FILE_OF("P5\n99999999999999999999999 2\n255\n"), NST_ERR_CORRUPT, "found a larger number");
    refused(FILE_OF("P5\n2147483647 2147483647\n255\n"), NST_ERR_TOO_LARGE, "above the cap");
    refused(FILE_OF("P5\n2048 1024\n255\n"), NST_ERR_TOO_LARGE, "2048x1024");
    refused(FILE_OF("P5\n2 2\n255x\1\2\3\4"), NST_ERR_CORRUPT, "white space");
    refused(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nMAXVAL 255\nENDHDR\n\1\2"), NST_ERR_CORRUPT,
            "expected WIDTH, HEIGHT, DEPTH and MAXVAL");
    refused(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n\1\2"), NST_ERR_UNSUPPORTED,
            "1 to 4 channels, found 5");
    refused(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\n"), NST_ERR_CORRUPT, "ends within its header");
    refused(FILE_OF("P7\nWIDTH 2\nCOLOUR 1\n"), NST_ERR_CORRUPT, "found 'COLOUR'");
    refused(FILE_OF("P7\nTUPLTYPE"), NST_ERR_CORRUPT, "ends within its header");
    refused(FILE_OF("P3\n1 1\n255\n1 2 3\n"), NST_ERR_FORMAT, "a PPM picture as text");
}
END_TEST

/* Cut anywhere, a file is an error, never a crash. */
START_TEST(every_cut_is_an_error)
{
    static const char whole[] =
        "P7\n# c\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 300\nTUPLTYPE RGB\nENDHDR\n123456789012345678901234";
    nst_image *image;
    for (size_t size = 3; size + 1 < sizeof whole; size++) {
        char *copy = malloc(size);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, whole, size);
        ck_assert_int_eq(nst_image_decode(&image, copy, size, 0), NST_ERR_CORRUPT);
        free(copy);
    }
    image = decoded(
        FILE_OF("P7\n# c\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 300\nTUPLTYPE RGB\nENDHDR\n123456789012345678901234"));
    nst_image_destroy(image);
}
END_TEST

RUNNER("image_pnm", files_written_by_hand_are_read, any_maximum_is_scaled, what_is_written_comes_back,
       transparent_parts_show_the_background, bad_files_are_refused, every_cut_is_an_error)
