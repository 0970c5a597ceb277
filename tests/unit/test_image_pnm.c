/* Netpbm's PGM, PPM and PAM: files written by hand, round trips, and what is refused. */
#include "unit/runner.h"

#include <nst/nst.h>

#include <stdbool.h>
#include <stdio.h>
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

#define PAM(depth, type, pixels) FILE_OF("P7\nWIDTH 1\nHEIGHT 2\nDEPTH " depth "\nMAXVAL 255\n" type "ENDHDR\n" pixels)

START_TEST(the_tuple_type_decides)
{
    static const uint8_t grey[] = {65, 66}, ga[] = {65, 66, 67, 68}, rgb[] = {65, 66, 67, 68, 69, 70};
    static const uint8_t rgba[] = {65, 66, 67, 68, 69, 70, 71, 72}, others[] = {65, 66, 67, 69, 70, 71};
    expect(decoded(PAM("1", "TUPLTYPE GRAYSCALE\n", "AB")), 1, "", grey, 2);
    expect(decoded(PAM("2", "TUPLTYPE GRAYSCALE_ALPHA\n", "ABCD")), 2, "", ga, 4);
    expect(decoded(PAM("2", "TUPLTYPE BLACKANDWHITE_ALPHA\n", "ABCD")), 2, "", ga, 4);
    expect(decoded(PAM("3", "TUPLTYPE \t RGB \t\r\n", "ABCDEF")), 3, "", rgb, 6);
    expect(decoded(PAM("4", "TUPLTYPE RGB_ALPHA\n", "ABCDEFGH")), 4, "", rgba, 8);
    /* none, or one without a value */
    expect(decoded(PAM("1", "", "AB")), 1, "", grey, 2);
    expect(decoded(PAM("2", "TUPLTYPE\n", "ABCD")), 2, "", ga, 4);
    expect(decoded(PAM("3", "TUPLTYPE \nTUPLTYPE RGB\n", "ABCDEF")), 3, "", rgb, 6);
    expect(decoded(PAM("4", "TUPLTYPE \n", "ABCDEFGH")), 4, "", rgba, 8);
    /* more planes than the type has */
    expect(decoded(PAM("4", "TUPLTYPE RGB\n", "ABCDEFGH")), 3,
           "1 planes are ignored: the tuple type of the file needs only 3", others, 6);
    expect(decoded(PAM("9", "TUPLTYPE GRAYSCALE\n", "A12345678B12345678")), 1,
           "8 planes are ignored: the tuple type of the file needs only 1", grey, 2);
    expect(decoded(PAM("3", "TUPLTYPE GRAYSCALE_ALPHA\n",
                       "AB\xff"
                       "CD\xff")),
           2, "1 planes are ignored: the tuple type of the file needs only 2", ga, 4);
    /* of two bytes each; what stands in planes that are ignored may be above the maximum */
    expect(decoded(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 257\nTUPLTYPE GRAYSCALE\nENDHDR\n"
                           "\0\0\xff\xff\1\1\xff\xff")),
           1, "1 planes are ignored: the tuple type of the file needs only 1", (const uint8_t[]){0, 255}, 2);
}
END_TEST

static const char filled[] =
    "the header does not end with one white space: the pixels are read from where they fill the file";
static const char unclear[] = "it is not clear where the header ends: the pixels are read from after one white space";

START_TEST(pixels_begin_where_the_header_ends)
{
    static const uint8_t letters[] = {65, 66}, ended[] = {10, 65}, commented[] = {35, 10}, spaced[] = {32, 65};
    static const uint8_t rgb[] = {1, 2, 3, 250, 251, 252};
    /* CR LF throughout; PAM's lines end with LF, whatever stands before it */
    expect(decoded(FILE_OF("P5\r\n2 1\r\n255\r\nAB")), 1, filled, letters, 2);
    expect(decoded(FILE_OF("P6\r\n# c\r\n2 1\r\n255\r\n\x01\x02\x03\xfa\xfb\xfc")), 3, filled, rgb, 6);
    expect(decoded(FILE_OF("P7\r\nWIDTH 2\r\nHEIGHT 1\r\nDEPTH 1\r\nMAXVAL 255\r\nTUPLTYPE GRAYSCALE\r\n"
                           "ENDHDR\r\nAB")),
           1, "", letters, 2);
    expect(decoded(FILE_OF("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR \n\nA")), 1, "", ended, 2);
    /* one white space of any kind, and pixels that look like more of them, or like a comment */
    expect(decoded(FILE_OF("P5\r2 1\r255\rAB")), 1, "", letters, 2);
    expect(decoded(FILE_OF("P5 # a comment\r2 1\n255\nAB")), 1, "", letters, 2);
    expect(decoded(FILE_OF("P5 2 1 255\n\nA")), 1, "", ended, 2);
    expect(decoded(FILE_OF("P5 2 1 255\n#\n")), 1, "", commented, 2);
    expect(decoded(FILE_OF("P5 2 1 255\r\nA")), 1, unclear, ended, 2);
    expect(decoded(FILE_OF("P5 2 1 255\n#\n\n")), 1, unclear, commented, 2);
    expect(decoded(FILE_OF("P5 2 1 255  A\n")), 1, unclear, spaced, 2);
    /* comments around the white space: the file's size tells */
    expect(decoded(FILE_OF("P5 2 1 255\n# c\nAB")), 1, filled, letters, 2);
    expect(decoded(FILE_OF("P5 2 1 255 # c\n# d\r\n#\nAB")), 1, filled, letters, 2);
    expect(decoded(FILE_OF("P5 2 1 255# c\n\nA")), 1, filled, ended, 2);
    expect(decoded(FILE_OF("P5 2 1 255# c\n\nAB")), 1, "", letters, 2);
    expect(decoded(FILE_OF("P5 2 1 255# c\nAB")), 1, filled, letters, 2);
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

static void expect_depth(const nst_image *image, int64_t bits)
{
    int64_t depth;
    ck_assert_int_eq(nst_image_get_int(image, NST_PARAM_PNG_DEPTH, &depth), NST_OK);
    ck_assert_int_eq(depth, bits);
}

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
    expect_depth(again, strstr(start, "65535") ? 16 : 8);
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

/* A byte a value is 8 bits, whatever the maximum and however many planes there are. */
START_TEST(files_of_bytes_are_written_as_bytes)
{
    static const char *const files[] = {"P5\n1 1\n100\n2", "P6\n1 1\n255\n123",
                                        "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n1234"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        nst_image *image;
        ck_assert_int_eq(nst_image_decode(&image, files[i], strlen(files[i]), 0), NST_OK);
        expect_depth(image, 8);
        nst_image_destroy(image);
    }
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
    refused(FILE_OF("P1\n1 1\n1\n"), NST_ERR_FORMAT, "a PBM picture");
    refused(FILE_OF("P2\n1 1\n255\n1\n"), NST_ERR_FORMAT, "a PGM picture as text");
    refused(FILE_OF("P3\n1 1\n255\n1 2 3\n"), NST_ERR_FORMAT, "a PPM picture as text");
    refused(FILE_OF("P4\n1 1\n\x80"), NST_ERR_FORMAT, "a PBM picture");
    refused(FILE_OF("P5\r\n2 1\r\n255\r\nABC"), NST_ERR_CORRUPT,
            "expected one white space between header and pixels, "
            "found CR LF");
    refused(FILE_OF("P5\r\n2 1\r\n255\r\n"), NST_ERR_CORRUPT, "cut short");
    refused(FILE_OF("P5\n2 1\n255# no end"), NST_ERR_CORRUPT, "cut short");
    refused(FILE_OF("P5\n2 1\n255"), NST_ERR_CORRUPT, "white space");
}
END_TEST

START_TEST(bad_pam_headers_are_refused)
{
    static const char expected[] =
        "TUPLTYPE: expected BLACKANDWHITE, GRAYSCALE or RGB, or one of them with _ALPHA, found ";
    static const struct {
        const char *type, *found;
    } types[] = {{"TUPLTYPE CMYK\n", "'CMYK'"},
                 {"TUPLTYPE rgb\n", "'rgb'"},
                 {"TUPLTYPE RGB ALPHA\n", "'RGB ALPHA'"},
                 {"TUPLTYPE RGB\nTUPLTYPE  of two \n", "'RGB of two'"},
                 {"TUPLTYPE RGB # light\n", "'RGB # light'"},
                 {"TUPLTYPE RGB_ALPHA_123456789_123456789_123456789_123456789_123456789_1\n",
                  "'RGB_ALPHA_123456789_123456789_123456789_123456789_123456789_123'"}};
    char whole[256], words[256];
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        snprintf(whole, sizeof whole, "P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\n%sENDHDR\nABCDEFGH", types[i].type);
        snprintf(words, sizeof words, "%s%s", expected, types[i].found);
        if (i == 5) words[strlen(words) - 4] = '\0'; /* cut, as 63 letters are kept */
        refused(whole, strlen(whole), NST_ERR_UNSUPPORTED, words);
    }
    refused(PAM("3", "TUPLTYPE RGB\0X\n", "ABCDEF"), NST_ERR_UNSUPPORTED, "found 'RGB?X'");
    refused(PAM("3", "TUPLTYPE RGB_ALPHA\n", "ABCDEF"), NST_ERR_CORRUPT,
            "TUPLTYPE RGB_ALPHA: expected a DEPTH of 4, found 3");
    refused(PAM("1", "TUPLTYPE GRAYSCALE_ALPHA\n", "AB"), NST_ERR_CORRUPT, "expected a DEPTH of 2, found 1");
    refused(PAM("9", "", "ABCDEFGHIJKLMNOPQR"), NST_ERR_UNSUPPORTED, "1 to 4 channels, found 9");
    refused(PAM("1", "WIDTH 1\n", "AB"), NST_ERR_CORRUPT, "WIDTH: expected one value, found two");
    refused(PAM("1", "TUPLTYPE\nRGB\n", "AB"), NST_ERR_CORRUPT, "found 'RGB'");
    refused(FILE_OF("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR A\n"), NST_ERR_CORRUPT,
            "expected the end of the line after ENDHDR, found 'A'");
    refused(FILE_OF("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR"), NST_ERR_CORRUPT, "ends within its header");
}
END_TEST

/* The bytes of such rows do not fit into 32 bits. */
START_TEST(sizes_do_not_overflow)
{
    static const struct {
        const char *bytes, *words;
    } cases[] = {
        {"P7\nWIDTH 1073741824\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nENDHDR\n", "expected 1 rows of pixels, found 0"},
        {"P7\nWIDTH 2147483647\nHEIGHT 2147483647\nDEPTH 65535\nMAXVAL 65535\nTUPLTYPE RGB\nENDHDR\n",
         "expected 2147483647 rows of pixels, found 0"},
        {"P6\n2147483647 2147483647\n65535\n", "expected 2147483647 rows of pixels, found 0"},
    };
    nst_image *image;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(nst_image_decode(&image, cases[i].bytes, strlen(cases[i].bytes), UINT64_MAX), NST_ERR_CORRUPT);
        ck_assert_msg(strstr(nst_last_error(), cases[i].words) != NULL, "%s", nst_last_error());
    }
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

RUNNER("image_pnm", files_written_by_hand_are_read, the_tuple_type_decides, pixels_begin_where_the_header_ends,
       any_maximum_is_scaled, what_is_written_comes_back, files_of_bytes_are_written_as_bytes,
       transparent_parts_show_the_background, bad_files_are_refused, bad_pam_headers_are_refused, sizes_do_not_overflow,
       every_cut_is_an_error)
