/* Pictures that go to and from files piece by piece have the bits of those that are whole in memory. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include <nst/nst.h>

#include <stdio.h>
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
    nst_image *image = noise(true, "16");
    void *bytes;
    size_t size, errors = 0;
    snprintf(path, sizeof path, "rows-%d.png", (int)getpid());
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "png"), NST_OK);
    for (size_t cut = 1; cut < size; cut += cut < 64 ? 1 : size / 40) {
        write_file(bytes, cut);
        errors += compare(bytes, cut) == NST_ERR_CORRUPT;
    }
    ck_assert_uint_gt(errors, 60);
    unlink(path);
    nst_bytes_destroy(bytes);
    nst_image_destroy(image);
}
END_TEST

RUNNER("image rows", a_saved_file_has_the_bytes_of_an_encoded_one, every_kind_of_png_is_read_in_pieces,
       a_cut_file_is_the_same_error_in_pieces)
