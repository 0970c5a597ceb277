/* JPEG: every kind that TurboJPEG makes, EXIF's orientations, what is harmless and what is not. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include "image/image.h"

#include <math.h>
#include <stdio.h>

/* What TurboJPEG itself says the pixels are. */
static uint8_t *decode_plainly(const file *f, int width, int height, int format)
{
    uint8_t *pixels = malloc((size_t)(width * height * tjPixelSize[format]));
    tjhandle tj = tjInitDecompress();
    ck_assert_ptr_nonnull(pixels);
    ck_assert_int_eq(
        tjDecompress2(tj, f->bytes, (unsigned long)f->size, pixels, width, 0, height, format, TJFLAG_ACCURATEDCT), 0);
    tjDestroy(tj);
    return pixels;
}

static nst_image *decode(const file *f)
{
    nst_image *image;
    ck_assert_msg(nst_image_decode(&image, f->bytes, f->size, 0) == NST_OK, "%s", nst_last_error());
    return image;
}

static void expect_status(const file *f, nst_status expected, const char *message)
{
    nst_image *image;
    nst_status status = nst_image_decode(&image, f->bytes, f->size, 0);
    ck_assert_int_eq(status, expected);
    ck_assert_ptr_null(image);
    ck_assert_msg(strstr(nst_last_error(), message) != NULL, "'%s' is not in '%s'", message, nst_last_error());
}

START_TEST(every_subsampling_is_read)
{
    static const int sizes[][2] = {{1, 1}, {7, 5}, {64, 48}, {33, 1}, {1, 70}};
    for (int subsampling = 0; subsampling < TJ_NUMSAMP; subsampling++)
        for (int progressive = 0; progressive <= 1; progressive++)
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
                const int w = sizes[s][0], h = sizes[s][1];
                file f = make_jpeg(w, h, TJPF_RGB, subsampling, progressive ? TJFLAG_PROGRESSIVE : 0);
                ck_assert((find_marker(&f, 0xc2) != 0) == progressive);
                uint8_t *plain = decode_plainly(&f, w, h, TJPF_RGB), *original = smooth_pixels(w, h, 3);
                nst_image *image = decode(&f);
                ck_assert_uint_eq(nst_image_width(image), (uint32_t)w);
                ck_assert_uint_eq(nst_image_height(image), (uint32_t)h);
                ck_assert_int_eq(nst_image_has_alpha(image), 0);
                for (int i = 0; i < 3 * w * h; i++) {
                    ck_assert_float_eq(image->pixels[i], (float)plain[i] / 255.0f);
                    if (w == 64 && subsampling != TJSAMP_GRAY)
                        ck_assert_float_eq_tol(image->pixels[i], (float)original[i] / 255.0f, 0.03f);
                }
                nst_image_destroy(image);
                free(plain);
                free(original);
                free(f.bytes);
            }
}
END_TEST

/* TurboJPEG is asked for these through the environment; each test is a process of its own. */
START_TEST(restarts_and_arithmetic_coding_are_read)
{
    static const int frames[2][2] = {{0xc0, 0xc2}, {0xc9, 0xca}};
    for (int arithmetic = 0; arithmetic <= 1; arithmetic++)
        for (int progressive = 0; progressive <= 1; progressive++) {
            setenv("TJ_RESTART", "1", 1);
            setenv("TJ_ARITHMETIC", arithmetic ? "1" : "0", 1);
            file f = make_jpeg(90, 70, TJPF_RGB, TJSAMP_420, progressive ? TJFLAG_PROGRESSIVE : 0);
            ck_assert_uint_ne(find_marker(&f, frames[arithmetic][progressive]), 0);
            ck_assert_uint_ne(find_marker(&f, 0xdd), 0);
            uint8_t *plain = decode_plainly(&f, 90, 70, TJPF_RGB);
            nst_image *image = decode(&f);
            for (int i = 0; i < 3 * 90 * 70; i++)
                ck_assert_float_eq(image->pixels[i], (float)plain[i] / 255.0f);
            nst_image_destroy(image);
            free(plain);
            free(f.bytes);
        }
    unsetenv("TJ_RESTART");
    unsetenv("TJ_ARITHMETIC");
}
END_TEST

START_TEST(grey_is_read)
{
    file f = make_jpeg(30, 20, TJPF_GRAY, TJSAMP_GRAY, 0);
    uint8_t *plain = decode_plainly(&f, 30, 20, TJPF_GRAY);
    /* Writers put any sampling factors where there is but one channel. */
    for (int factors = 0x11; factors <= 0x22; factors += 0x11) {
        f.bytes[find_marker(&f, 0xc0) + 11] = (uint8_t)factors;
        nst_image *image = decode(&f);
        for (int i = 0; i < 3 * 600; i++)
            ck_assert_float_eq(image->pixels[i], (float)plain[i / 3] / 255.0f);
        nst_image_destroy(image);
    }
    free(plain);
    free(f.bytes);
}
END_TEST

/* r = light x black's light: light is stored as it is behind Adobe's marker, else as ink. */
static void check_cmyk(const file *f, int width, int height, bool inverted)
{
    uint8_t *cmyk = decode_plainly(f, width, height, TJPF_CMYK);
    nst_image *image = decode(f);
    for (int i = 0; i < width * height; i++)
        for (int c = 0; c < 3; c++) {
            const double light = inverted ? cmyk[4 * i + c] : 255 - cmyk[4 * i + c];
            const double black = inverted ? cmyk[4 * i + 3] : 255 - cmyk[4 * i + 3];
            ck_assert_double_eq_tol((double)image->pixels[3 * i + c], light * black / 65025, 0.501 / 255);
        }
    nst_image_destroy(image);
    free(cmyk);
}

START_TEST(four_channels_are_read)
{
    file f = make_jpeg(40, 24, TJPF_CMYK, TJSAMP_444, 0); /* YCCK, with Adobe's marker */
    const size_t adobe = find_marker(&f, 0xee);
    ck_assert_uint_ne(adobe, 0);
    ck_assert_uint_eq(f.bytes[adobe + 15], 2);
    check_cmyk(&f, 40, 24, true);

    uint8_t *original = smooth_pixels(40, 24, 4); /* and through it all, the colours are those that went in */
    nst_image *image = decode(&f);
    for (int i = 0; i < 40 * 24; i++)
        for (int c = 0; c < 3; c++)
            ck_assert_float_eq_tol(image->pixels[3 * i + c],
                                   (float)(original[4 * i + c] * original[4 * i + 3]) / 65025.0f, 0.02f);
    nst_image_destroy(image);
    free(original);

    f.bytes[adobe + 15] = 0; /* CMYK */
    check_cmyk(&f, 40, 24, true);
    memmove(f.bytes + adobe, f.bytes + adobe + 16, f.size - adobe - 16); /* CMYK, not by Adobe */
    f.size -= 16;
    ck_assert_uint_eq(find_marker(&f, 0xee), 0);
    check_cmyk(&f, 40, 24, false);
    free(f.bytes);
}
END_TEST

/* Three by two blocks, A to F, in six shades. */
static file blocks(void)
{
    uint8_t pixels[16 * 24];
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 24; x++)
            pixels[y * 24 + x] = (uint8_t)(20 + 40 * (y / 8 * 3 + x / 8));
    return make_jpeg_of(pixels, 24, 16, TJPF_GRAY, TJSAMP_GRAY, 95, 0);
}

static void check_blocks(const file *f, uint32_t columns, uint32_t rows, const char *expected)
{
    char found[7] = {0};
    nst_image *image = decode(f);
    ck_assert_uint_eq(nst_image_width(image), 8 * columns);
    ck_assert_uint_eq(nst_image_height(image), 8 * rows);
    for (uint32_t i = 0; i < 6; i++) {
        const float v = image->pixels[3 * ((i / columns * 8 + 4) * 8 * columns + i % columns * 8 + 4)];
        found[i] = (char)('A' + lroundf((v * 255 - 20) / 40));
    }
    ck_assert_str_eq(found, expected);
    nst_image_destroy(image);
}

START_TEST(exif_orientations_are_applied)
{
    /* Rows of blocks after what EXIF says is to be done to ABC / DEF. */
    static const char *const expected[] = {"ABCDEF", "CBAFED", "FEDCBA", "DEFABC",
                                           "ADBECF", "DAEBFC", "FCEBDA", "CFBEAD"};
    file plain = blocks();
    check_blocks(&plain, 3, 2, "ABCDEF");
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int big = 0; big <= 1; big++) {
            uint8_t tiff[EXIF_SIZE];
            make_exif(tiff, big, orientation);
            file f = with_exif(&plain, tiff, sizeof tiff);
            check_blocks(&f, orientation <= 4 ? 3 : 2, orientation <= 4 ? 2 : 3, expected[orientation - 1]);
            free(f.bytes);
        }
    free(plain.bytes);
}
END_TEST

START_TEST(senseless_exif_means_upright)
{
    static const struct {
        size_t at;
        uint8_t value;
    } damage[] = {{31, 0}, {31, 9},   {30, 1}, {0, 'X'}, {1, 'I'}, {3, 43},    {4, 0xff}, {7, 37},
                  {7, 38}, {7, 0xff}, {25, 4}, {29, 2},  {29, 0},  {22, 0x02}, {9, 1}};
    file plain = blocks();
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        uint8_t tiff[EXIF_SIZE];
        make_exif(tiff, true, 6);
        ck_assert_int_eq(nst__exif_orientation(tiff, sizeof tiff), 6);
        tiff[damage[i].at] = damage[i].value;
        file f = with_exif(&plain, tiff, sizeof tiff);
        check_blocks(&f, 3, 2, "ABCDEF");
        free(f.bytes);
    }
    for (size_t size = 0; size < EXIF_SIZE; size++) { /* cut anywhere: 34 bytes hold the second entry */
        uint8_t tiff[EXIF_SIZE];
        make_exif(tiff, false, 6);
        uint8_t *exact = malloc(size + !size);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, tiff, size);
        ck_assert_int_eq(nst__exif_orientation(exact, size), size < 34 ? 1 : 6);
        free(exact);
    }
    free(plain.bytes);
}
END_TEST

/* What we write is what TurboJPEG writes when asked the same. */
START_TEST(quality_and_subsampling_are_obeyed)
{
    static const int subsamplings[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420};
    static const uint8_t factors[] = {0x11, 0x21, 0x22}; /* of luma, over those of chroma, 1x1 */
    uint8_t *pixels = smooth_pixels(50, 30, 3);
    nst_image *image;
    ck_assert_int_eq(nst_image_from_u8(&image, pixels, 50, 30, 3, 0), NST_OK);
    for (int quality = 1; quality <= 100; quality += 33)
        for (int s = 0; s < 3; s++) {
            void *bytes;
            size_t size;
            ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, quality), NST_OK);
            ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_SUBSAMPLING, s), NST_OK);
            ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "jpeg"), NST_OK);
            file f = make_jpeg_of(pixels, 50, 30, TJPF_RGB, subsamplings[s], quality, TJFLAG_ACCURATEDCT);
            ck_assert_uint_eq(f.bytes[find_marker(&f, 0xc0) + 11], factors[s]);
            ck_assert_uint_eq(size, f.size);
            ck_assert_mem_eq(bytes, f.bytes, size);
            nst_bytes_destroy(bytes);
            free(f.bytes);
        }
    nst_image_destroy(image);
    free(pixels);
}
END_TEST

START_TEST(the_default_is_close_to_lossless)
{
    uint8_t *pixels = smooth_pixels(100, 75, 3), *out = malloc(100 * 75 * 3);
    nst_image *image, *again;
    void *bytes;
    size_t size;
    ck_assert_int_eq(nst_image_from_u8(&image, pixels, 100, 75, 3, 0), NST_OK);
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "jpg"), NST_OK);
    ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
    ck_assert_int_eq(nst_image_to_u8(again, out, 3, 0), NST_OK);
    for (int i = 0; i < 100 * 75 * 3; i++)
        ck_assert_int_le(abs(out[i] - pixels[i]), 3);
    nst_bytes_destroy(bytes);
    nst_image_destroy(again);
    nst_image_destroy(image);
    free(out);
    free(pixels);
}
END_TEST

START_TEST(the_longest_side_works)
{
    static const uint32_t sizes[][2] = {{65500, 1}, {1, 65500}, {65501, 1}, {1, 65501}};
    for (size_t i = 0; i < 4; i++) {
        nst_image *image, *again;
        void *bytes;
        size_t size;
        ck_assert_int_eq(nst_image_create(&image, sizes[i][0], sizes[i][1], 0), NST_OK);
        nst_status status = nst_image_encode(&bytes, &size, image, "jpeg");
        if (i < 2) {
            ck_assert_int_eq(status, NST_OK);
            ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
            ck_assert_uint_eq(nst_image_width(again), sizes[i][0]);
            ck_assert_uint_eq(nst_image_height(again), sizes[i][1]);
            nst_image_destroy(again);
            nst_bytes_destroy(bytes);
        } else {
            ck_assert_int_eq(status, NST_ERR_TOO_LARGE);
            ck_assert_ptr_null(bytes);
            ck_assert_uint_eq(size, 0);
        }
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(harmless_warnings_are_passed_over)
{
    file plain = make_jpeg(40, 24, TJPF_RGB, TJSAMP_420, 0);
    nst_image *expected = decode(&plain);
    const size_t tables = find_marker(&plain, 0xdb);
    file cases[3] = {
        insert_bytes(&plain, tables, "\0\1\2", 3),               /* extraneous bytes before a marker */
        insert_bytes(&plain, plain.size, "anything at all", 15), /* behind the end */
        insert_bytes(&plain, tables, "\xff\xff", 2),             /* fill bytes */
    };
    for (int i = 0; i < 3; i++) {
        nst_image *image = decode(&cases[i]);
        ck_assert_mem_eq(image->pixels, expected->pixels, 40 * 24 * 3 * sizeof(float));
        nst_image_destroy(image);
        free(cases[i].bytes);
    }
    plain.bytes[find_marker(&plain, 0xe0) + 9] = 9; /* JFIF 9.x */
    nst_image *image = decode(&plain);
    ck_assert_mem_eq(image->pixels, expected->pixels, 40 * 24 * 3 * sizeof(float));
    nst_image_destroy(image);
    nst_image_destroy(expected);
    free(plain.bytes);
}
END_TEST

/* A scan that ends early, with the end marker in place: TurboJPEG would paint the rest grey. */
START_TEST(missing_data_is_an_error)
{
    file f = make_jpeg(200, 200, TJPF_RGB, TJSAMP_444, 0);
    memmove(f.bytes + f.size / 2, f.bytes + f.size - 2, 2);
    f.size = f.size / 2 + 2;
    expect_status(&f, NST_ERR_CORRUPT, "corrupt JPEG picture: Corrupt JPEG data: premature end of data segment");
    free(f.bytes);
}
END_TEST

START_TEST(what_is_not_read_is_said)
{
    file f = make_jpeg(40, 24, TJPF_RGB, TJSAMP_444, 0);
    const size_t frame = find_marker(&f, 0xc0);
    f.bytes[frame + 1] = 0xc3;
    expect_status(&f, NST_ERR_UNSUPPORTED, "SOF3");
    f.bytes[frame + 1] = 0xc0;
    f.bytes[frame + 4] = 12;
    expect_status(&f, NST_ERR_UNSUPPORTED, "12 bits a channel");
    f.bytes[frame + 4] = 8;
    f.bytes[frame + 9] = 2;
    expect_status(&f, NST_ERR_UNSUPPORTED, "2 channels");
    f.bytes[frame + 9] = 3;
    f.bytes[frame + 6] = 0;
    expect_status(&f, NST_ERR_UNSUPPORTED, "height only at its end");
    f.bytes[frame + 6] = 24;
    f.bytes[frame + 8] = 0;
    expect_status(&f, NST_ERR_CORRUPT, "width of 0");
    f.bytes[frame + 5] = f.bytes[frame + 7] = 0x3f;
    expect_status(&f, NST_ERR_CORRUPT, "cut short: 16128x16152 pixels cannot be in a JPEG picture of");
    memset(f.bytes + frame + 5, 0xff, 4);
    expect_status(&f, NST_ERR_TOO_LARGE, "65535x65535 pixels are above the cap of 268435456");
    free(f.bytes);
    expect_status(&(file){(uint8_t *)"\xff\xd8\xff\xd9", 4}, NST_ERR_CORRUPT, "ends before the first pixel");
    expect_status(&(file){(uint8_t *)"\xff\xd8\xff\xe0\0\1\xff\xd9", 8}, NST_ERR_CORRUPT, "a segment of 1 bytes");
    expect_status(&(file){(uint8_t *)"\xff\xd8\xff\xd8\0\1\xff\xd9", 8}, NST_ERR_CORRUPT, "a second one");
}
END_TEST

RUNNER("image_jpeg", every_subsampling_is_read, restarts_and_arithmetic_coding_are_read, grey_is_read,
       four_channels_are_read, exif_orientations_are_applied, senseless_exif_means_upright,
       quality_and_subsampling_are_obeyed, the_default_is_close_to_lossless, the_longest_side_works,
       harmless_warnings_are_passed_over, missing_data_is_an_error, what_is_not_read_is_said)
