/* Pictures that go to and from files piece by piece have the bits of those that are whole in memory. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include <nst/nst.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 331, HEIGHT = 211, PIECE = 1 << 16 };

static char path[64];

static void write_file(const void *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static uint8_t *read_back(size_t *size)
{
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    fseek(in, 0, SEEK_END);
    *size = (size_t)ftell(in);
    rewind(in);
    uint8_t *bytes = malloc(*size);
    ck_assert_uint_eq(fread(bytes, 1, *size, in), *size);
    fclose(in);
    return bytes;
}

static nst_image *noise(bool alpha, const char *depth)
{
    nst_image *image;
    uint32_t state = 5;
    ck_assert_int_eq(nst_image_create(&image, WIDTH, HEIGHT, alpha), NST_OK);
    for (size_t i = 0; i < WIDTH * HEIGHT * 3; i++)
        nst_image_mutable_pixels(image)[i] = (float)(next_random(&state) >> 8) / 16777216;
    for (size_t i = 0; i < WIDTH * HEIGHT && alpha; i++)
        nst_image_mutable_alpha(image)[i] = (float)(next_random(&state) >> 8) / 16777216;
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_PNG_DEPTH, depth), NST_OK);
    return image;
}

static void same_pixels(const nst_image *a, const nst_image *b)
{
    const size_t count = (size_t)nst_image_width(a) * nst_image_height(a);
    ck_assert_uint_eq(nst_image_width(a), nst_image_width(b));
    ck_assert_uint_eq(nst_image_height(a), nst_image_height(b));
    ck_assert_int_eq(nst_image_has_alpha(a), nst_image_has_alpha(b));
    ck_assert_mem_eq(nst_image_pixels(a), nst_image_pixels(b), count * 3 * sizeof(float));
    if (nst_image_has_alpha(a)) ck_assert_mem_eq(nst_image_alpha(a), nst_image_alpha(b), count * sizeof(float));
    ck_assert_str_eq(nst_image_warnings(a), nst_image_warnings(b));
}

/* The file at PATH, and the same bytes in memory: both readings agree in everything. */
static nst_status compare(const void *bytes, size_t size)
{
    nst_image *whole, *pieces;
    char expected[1200];
    const nst_status status = nst_image_decode(&whole, bytes, size, 0);
    snprintf(expected, sizeof expected, "%s: %s", path, nst_last_error());
    ck_assert_int_eq(nst_image_load(&pieces, path, 0), status);
    if (status == NST_OK)
        same_pixels(whole, pieces);
    else
        ck_assert_str_eq(nst_last_error(), expected);
    nst_image_destroy(whole);
    nst_image_destroy(pieces);
    return status;
}

START_TEST(a_saved_file_has_the_bytes_of_an_encoded_one)
{
    static const char *const types[] = {"png", "jpeg", "ppm", "pgm", "pam"}, *const depths[] = {"8", "16"};
    for (size_t i = 0; i < 20; i++) {
        nst_image *image = noise(i / 10, depths[i / 5 % 2]);
        void *encoded;
        size_t size, saved_size;
        snprintf(path, sizeof path, "rows-%zu-%d.%s", i, (int)getpid(), types[i % 5]);
        ck_assert_int_eq(nst_image_encode(&encoded, &size, image, types[i % 5]), NST_OK);
        ck_assert_int_eq(nst_image_save(image, path), NST_OK);
        uint8_t *saved = read_back(&saved_size);
        ck_assert_uint_eq(saved_size, size);
        ck_assert_mem_eq(saved, encoded, size);
        ck_assert_uint_gt(size, PIECE);
        ck_assert_int_eq(compare(encoded, size), NST_OK);
        unlink(path);
        free(saved);
        nst_bytes_destroy(encoded);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(every_kind_of_png_is_read_in_pieces)
{
    static const png_kind kinds[] = {{8, PNG_COLOR_TYPE_RGB, false, false},
                                     {16, PNG_COLOR_TYPE_RGB_ALPHA, true, false},
                                     {8, PNG_COLOR_TYPE_PALETTE, true, true},
                                     {16, PNG_COLOR_TYPE_GRAY, false, true}};
    uint8_t tiff[EXIF_SIZE];
    make_exif(tiff, true, 8);
    snprintf(path, sizeof path, "rows-%d.png", (int)getpid());
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        file f = make_png(&kinds[i], WIDTH, HEIGHT, i % 2 ? tiff : NULL, i % 2 ? sizeof tiff : 0, 0);
        write_file(f.bytes, f.size);
        ck_assert_int_eq(compare(f.bytes, f.size), NST_OK);
        free(f.bytes);
    }
    unlink(path);
}
END_TEST

START_TEST(a_cut_file_is_the_same_error_in_pieces)
{
    static const char *const types[] = {"png", "pam", "ppm"};
    nst_image *image = noise(true, "16");
    snprintf(path, sizeof path, "rows-%d.png", (int)getpid());
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        void *bytes;
        size_t size, errors = 0;
        ck_assert_int_eq(nst_image_encode(&bytes, &size, image, types[i]), NST_OK);
        for (size_t cut = 1; cut < size; cut += cut < 64 ? 1 : size / 40) {
            write_file(bytes, cut);
            errors += compare(bytes, cut) == NST_ERR_CORRUPT;
        }
        ck_assert_uint_gt(errors, 60);
        nst_bytes_destroy(bytes);
    }
    unlink(path);
    nst_image_destroy(image);
}
END_TEST

/* Headers that are longer than what is read at a time, and what follows the pixels. */
START_TEST(headers_of_any_length_are_read_in_pieces)
{
    static const char *const ends[] = {"", " \n", "P6\n", "\r\n# no"};
    enum { COMMENT = 10000, MOST = COMMENT + 100 };
    static char bytes[MOST];
    snprintf(path, sizeof path, "head-%d.ppm", (int)getpid());
    for (size_t i = 0; i < 8; i++) {
        int at = snprintf(bytes, sizeof bytes, i < 4 ? "P6\n#" : "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\n#");
        memset(bytes + at, i % 2 ? 'x' : ' ', COMMENT);
        at += COMMENT;
        at += snprintf(bytes + at, sizeof bytes - (size_t)at, i < 4 ? "\n2 1\n255\nabcdef%s" : "\nENDHDR\nabcdef%s",
                       ends[i % 4]);
        write_file(bytes, (size_t)at);
        ck_assert_int_eq(compare(bytes, (size_t)at), NST_OK);
    }
    unlink(path);
}
END_TEST

/* ---- Bands ---- */

/* The bands of the file at PATH are the rows of WHOLE, and have its warnings and depth. */
static void bands_are_rows_of(const nst_image *whole)
{
    static const uint32_t counts[] = {1, 2, 3, 7, 0};
    const size_t width = nst_image_width(whole), height = nst_image_height(whole);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint32_t count = counts[i] ? counts[i] : (uint32_t)height;
        uint32_t next = 0;
        for (uint32_t k = 0; k < count; k++) {
            nst_image *band;
            int64_t depth, expected;
            ck_assert_msg(nst_image_load_band(&band, path, 0, k, count) == NST_OK, "%s", nst_last_error());
            const size_t pixels = width * nst_image_height(band), before = width * next;
            ck_assert_uint_eq(nst_image_width(band), width);
            ck_assert_uint_eq(nst_image_top(band), next);
            ck_assert_uint_eq(nst_image_whole_height(band), height);
            ck_assert_mem_eq(nst_image_pixels(band), nst_image_pixels(whole) + 3 * before, 3 * pixels * sizeof(float));
            ck_assert_int_eq(nst_image_has_alpha(band), nst_image_has_alpha(whole));
            if (nst_image_has_alpha(whole))
                ck_assert_mem_eq(nst_image_alpha(band), nst_image_alpha(whole) + before, pixels * sizeof(float));
            ck_assert_str_eq(nst_image_warnings(band), nst_image_warnings(whole));
            ck_assert_int_eq(nst_image_get_int(band, NST_PARAM_PNG_DEPTH, &depth), NST_OK);
            ck_assert_int_eq(nst_image_get_int(whole, NST_PARAM_PNG_DEPTH, &expected), NST_OK);
            ck_assert_int_eq(depth, expected);
            next += nst_image_height(band);
            nst_image_destroy(band);
        }
        ck_assert_uint_eq(next, height);
    }
}

static void check_bands(const void *bytes, size_t size)
{
    nst_image *whole;
    write_file(bytes, size);
    ck_assert_int_eq(nst_image_decode(&whole, bytes, size, 0), NST_OK);
    bands_are_rows_of(whole);
    nst_image_destroy(whole);
    unlink(path);
}

START_TEST(every_type_is_read_in_bands)
{
    static const char *const types[] = {"png", "jpeg", "ppm", "pgm", "pam"}, *const depths[] = {"8", "16"};
    snprintf(path, sizeof path, "bands-%d", (int)getpid());
    for (size_t i = 0; i < 20; i++) {
        nst_image *image = noise(i / 10, depths[i / 5 % 2]);
        void *encoded;
        size_t size;
        ck_assert_int_eq(nst_image_encode(&encoded, &size, image, types[i % 5]), NST_OK);
        check_bands(encoded, size);
        nst_bytes_destroy(encoded);
        nst_image_destroy(image);
    }
}
END_TEST

/* Turned and mirrored pictures, whose rows are not those of the file, and interlaced ones. */
START_TEST(turned_pictures_are_read_in_bands)
{
    static const png_kind kinds[] = {{8, PNG_COLOR_TYPE_RGB, false, false},
                                     {16, PNG_COLOR_TYPE_RGB_ALPHA, true, false}};
    uint8_t tiff[EXIF_SIZE];
    snprintf(path, sizeof path, "turned-%d.png", (int)getpid());
    for (int orientation = 1; orientation <= 8; orientation++)
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            make_exif(tiff, true, (uint16_t)orientation);
            file f = make_png(&kinds[i], 31, 23, tiff, sizeof tiff, i ? 0.6 : 0);
            check_bands(f.bytes, f.size);
            free(f.bytes);
        }
}
END_TEST

START_TEST(bands_that_cannot_be_are_errors)
{
    static const char ppm[] = "P6\n2 3\n255\n\1\2\3\4\5\6\1\2\3\4\5\6\1\2\3\4\5\6";
    nst_image *image;
    char expected[200];
    snprintf(path, sizeof path, "few-%d.ppm", (int)getpid());
    write_file(ppm, sizeof ppm - 1);
    ck_assert_int_eq(nst_image_load_band(&image, path, 0, 0, 4), NST_ERR_RANGE);
    ck_assert_ptr_null(image);
    snprintf(expected, sizeof expected, "%s: bands: expected at most 3 for 3 rows, found 4", path);
    ck_assert_str_eq(nst_last_error(), expected);
    ck_assert_int_eq(nst_image_load_band(&image, path, 0, 2, 2), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "band: expected a number of 0 to count - 1, found 2 of 2");
    ck_assert_int_eq(nst_image_load_band(&image, path, 5, 0, 2), NST_ERR_TOO_LARGE);
    ck_assert_int_eq(nst_image_load_band(&image, path, 0, 1, 2), NST_OK);
    ck_assert_int_eq(nst_image_set_band(image, 2, 3), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "band: expected 2 rows from row 2 on within 3");
    ck_assert_int_eq(nst_image_set_band(image, 7, 9), NST_OK);
    ck_assert_uint_eq(nst_image_top(image), 7);
    ck_assert_uint_eq(nst_image_whole_height(image), 9);
    nst_image_destroy(image);
    unlink(path);
}
END_TEST

RUNNER("image rows", a_saved_file_has_the_bytes_of_an_encoded_one, every_kind_of_png_is_read_in_pieces,
       a_cut_file_is_the_same_error_in_pieces, headers_of_any_length_are_read_in_pieces, every_type_is_read_in_bands,
       turned_pictures_are_read_in_bands, bands_that_cannot_be_are_errors)
