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

/* r = light x black's light. Light is stored, 255 for no ink, with Adobe's marker or without, as browsers have it. */
static void check_cmyk(const file *f, int width, int height)
{
    uint8_t *cmyk = decode_plainly(f, width, height, TJPF_CMYK);
    nst_image *image = decode(f);
    for (int i = 0; i < width * height; i++)
        for (int c = 0; c < 3; c++)
            ck_assert_double_eq_tol((double)image->pixels[3 * i + c], cmyk[4 * i + c] * cmyk[4 * i + 3] / 65025.0,
                                    0.501 / 255);
    nst_image_destroy(image);
    free(cmyk);
}

START_TEST(four_channels_are_read)
{
    file f = make_jpeg(40, 24, TJPF_CMYK, TJSAMP_444, 0); /* YCCK, with Adobe's marker */
    const size_t adobe = find_marker(&f, 0xee);
    ck_assert_uint_ne(adobe, 0);
    ck_assert_uint_eq(f.bytes[adobe + 15], 2);
    check_cmyk(&f, 40, 24);

    uint8_t *original = smooth_pixels(40, 24, 4); /* and through it all, the colours are those that went in */
    nst_image *image = decode(&f);
    for (int i = 0; i < 40 * 24; i++)
        for (int c = 0; c < 3; c++)
            ck_assert_float_eq_tol(image->pixels[3 * i + c],
                                   (float)(original[4 * i + c] * original[4 * i + 3]) / 65025.0f, 0.02f);
    nst_image_destroy(image);
    free(original);

    f.bytes[adobe + 15] = 0; /* CMYK */
    check_cmyk(&f, 40, 24);
    memmove(f.bytes + adobe, f.bytes + adobe + 16, f.size - adobe - 16); /* CMYK, not by Adobe */
    f.size -= 16;
    ck_assert_uint_eq(find_marker(&f, 0xee), 0);
    check_cmyk(&f, 40, 24);
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

/* Some writers take another whole number than the standard's. */
START_TEST(exif_orientations_of_other_types_are_applied)
{
    static const uint8_t types[] = {1, 3, 4, 6, 8, 9}, sizes[] = {1, 2, 4, 1, 2, 4};
    for (size_t i = 0; i < sizeof types; i++)
        for (int big = 0; big <= 1; big++) {
            uint8_t tiff[EXIF_SIZE];
            make_exif(tiff, big, 6);
            tiff[24 + big] = types[i];
            memset(tiff + 30, 0, 4);
            tiff[30 + (big ? sizes[i] - 1 : 0)] = 6;
            ck_assert_int_eq(nst__exif_orientation(tiff, sizeof tiff), 6);
            tiff[24 + big] = 2; /* text */
            ck_assert_int_eq(nst__exif_orientation(tiff, sizeof tiff), 1);
        }
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
    static const nst_jpeg_subsampling settings[] = {NST_JPEG_SUBSAMPLING_444, NST_JPEG_SUBSAMPLING_422,
                                                    NST_JPEG_SUBSAMPLING_420};
    static const uint8_t factors[] = {0x11, 0x21, 0x22}; /* of luma, over those of chroma, 1x1 */
    uint8_t *pixels = smooth_pixels(50, 30, 3);
    nst_image *image;
    ck_assert_int_eq(nst_image_from_u8(&image, pixels, 50, 30, 3, 0), NST_OK);
    for (int quality = 1; quality <= 100; quality += 33)
        for (int s = 0; s < 3; s++) {
            void *bytes;
            size_t size;
            ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_QUALITY, quality), NST_OK);
            ck_assert_int_eq(nst_image_set_int(image, NST_PARAM_JPEG_SUBSAMPLING, settings[s]), NST_OK);
            ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "jpeg"), NST_OK);
            file f = make_jpeg_of(pixels, 50, 30, TJPF_RGB, subsamplings[s], quality, TJFLAG_ACCURATEDCT);
            ck_assert_uint_eq(f.bytes[find_marker(&f, 0xc0) + 11], factors[s]);
            const size_t exif = find_marker(&f, 0xdb), length = 66; /* follows JFIF's segment: it says sRGB */
            ck_assert_uint_eq(size, f.size + length);
            ck_assert_mem_eq(bytes, f.bytes, exif);
            ck_assert_mem_eq((char *)bytes + exif,
                             "\xff\xe1\0\x40"
                             "Exif\0",
                             10);
            ck_assert_mem_eq((char *)bytes + exif + length, f.bytes + exif, f.size - exif);
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

static void expect_pixels(const file *f, const nst_image *expected, const char *warnings)
{
    nst_image *image = decode(f);
    ck_assert_mem_eq(image->pixels, expected->pixels, (size_t)expected->width * expected->height * 3 * sizeof(float));
    ck_assert_str_eq(nst_image_warnings(image), warnings);
    nst_image_destroy(image);
}

/* Where the data of the scan number SCAN, from 0, begin. */
static size_t scan_data(const file *f, int scan)
{
    for (size_t at = 2; at + 4 <= f->size; at++) {
        if (f->bytes[at] != 0xff || f->bytes[at + 1] != 0xda) continue;
        at += 2;
        at += (size_t)f->bytes[at] << 8 | f->bytes[at + 1];
        if (scan-- == 0) return at;
    }
    return 0;
}

/* Where the marker after those data stands. */
static size_t scan_end(const file *f, int scan)
{
    size_t at = scan_data(f, scan);
    while (f->bytes[at] != 0xff || f->bytes[at + 1] == 0)
        at++;
    return at;
}

START_TEST(padding_and_odd_headers_do_no_harm)
{
    for (int progressive = 0; progressive <= 1; progressive++) {
        file plain = make_jpeg(40, 24, TJPF_RGB, TJSAMP_420, progressive ? TJFLAG_PROGRESSIVE : 0);
        nst_image *expected = decode(&plain);
        const size_t tables = find_marker(&plain, 0xdb), first_end = scan_end(&plain, 0);
        file cases[] = {
            insert_bytes(&plain, tables, "\0\0\0", 3),                /* before a marker */
            insert_bytes(&plain, tables, "\xff\xff", 2),              /* fill bytes */
            insert_bytes(&plain, first_end, "\0\0\0\0\0\0\0\0\0", 9), /* after a scan */
            insert_bytes(&plain, first_end, "\0\xff\0\xff\0\0", 6),
            insert_bytes(&plain, first_end, "\0\xff\xff\xff", 4),
            insert_bytes(&plain, plain.size - 2, "\0\0\0\0\0\0\0\0", 8),
            insert_bytes(&plain, plain.size, "anything at all", 15), /* after the end */
            insert_bytes(&plain, tables, "\xff\xfe\0\4\xff\xd9", 6), /* a comment that looks like an end */
            insert_bytes(&plain, tables,
                         "\xff\xee\0\x0e"
                         "Adobe\0\x64\0\0\0\0\7",
                         16), /* of an unknown transform */
        };
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            expect_pixels(&cases[i], expected, "");
            free(cases[i].bytes);
        }
        plain.bytes[find_marker(&plain, 0xe0) + 9] = 9;                                /* JFIF 9.x */
        if (!progressive) memcpy(plain.bytes + scan_data(&plain, 0) - 3, "\1\2\3", 3); /* senseless there */
        expect_pixels(&plain, expected, "");
        nst_image_destroy(expected);
        free(plain.bytes);
    }
}
END_TEST

/* TurboJPEG tells its first warning alone: nothing of the above may hide this. */
START_TEST(damage_is_found_after_padding)
{
    file plain = make_jpeg(200, 200, TJPF_RGB, TJSAMP_444, 0);
    const size_t tables = find_marker(&plain, 0xdb), middle = scan_data(&plain, 0) + 900;
    plain.bytes[find_marker(&plain, 0xe0) + 9] = 9;
    memmove(plain.bytes + middle, plain.bytes + plain.size - 2, 2);
    plain.size = middle + 2;
    file cases[] = {
        insert_bytes(&plain, tables, "\0\0\0", 3),
        insert_bytes(&plain, tables,
                     "\xff\xee\0\x0e"
                     "Adobe\0\x64\0\0\0\0\7",
                     16),
        insert_bytes(&plain, plain.size - 2, "\0\0\0\0", 4), /* which the scan would take for its own */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_status(&cases[i], NST_ERR_CORRUPT, "corrupt JPEG picture: ");
        free(cases[i].bytes);
    }
    free(plain.bytes);
}
END_TEST

START_TEST(bytes_that_are_no_padding_are_damage)
{
    setenv("TJ_RESTART", "1", 1);
    file plain = make_jpeg(60, 40, TJPF_RGB, TJSAMP_444, 0);
    unsetenv("TJ_RESTART");
    size_t restart = scan_data(&plain, 0);
    while (plain.bytes[restart] != 0xff || plain.bytes[restart + 1] != 0xd0)
        restart++;
    file cases[] = {
        insert_bytes(&plain, find_marker(&plain, 0xdb), "\0\1\2", 3),
        insert_bytes(&plain, plain.size - 2, "\1\2\3\4\5\6\7\x08", 8),
        insert_bytes(&plain, restart, "\0\0\0\0\0\0\0\0", 8), /* before a restart marker: data were lost */
    };
    expect_status(&cases[0], NST_ERR_CORRUPT, "3 bytes that belong to nothing");
    expect_status(&cases[1], NST_ERR_CORRUPT, "extraneous bytes before marker 0xd9");
    expect_status(&cases[2], NST_ERR_CORRUPT, "extraneous bytes before marker 0xd0");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        free(cases[i].bytes);
    free(plain.bytes);
}
END_TEST

/* Without its end a file is whole if every scan is: each bit of each coefficient came. */
START_TEST(a_missing_end_is_a_warning)
{
    static const char warning[] = "the JPEG file has no end: it is cut short after its last pixel";
    for (int progressive = 0; progressive <= 1; progressive++) {
        file plain = make_jpeg(40, 24, TJPF_RGB, TJSAMP_420, progressive ? TJFLAG_PROGRESSIVE : 0);
        nst_image *expected = decode(&plain);
        for (size_t missing = 1; missing <= 2; missing++)
            expect_pixels(&(file){plain.bytes, plain.size - missing}, expected, warning);
        file half =
            insert_bytes(&plain, plain.size - 2, "\xff\xfe\0\x50some", 8); /* cut in a comment after the scans */
        expect_pixels(&(file){half.bytes, half.size - 2}, expected, warning);
        free(half.bytes);
        expect_status(&(file){plain.bytes, plain.size - 3}, NST_ERR_CORRUPT, "");
        for (int scan = 0; scan < 5 && progressive; scan++)
            expect_status(&(file){plain.bytes, scan_end(&plain, scan)}, NST_ERR_CORRUPT, "cut short");
        nst_image_destroy(expected);
        free(plain.bytes);
    }
    setenv("TJ_ARITHMETIC", "1", 1); /* which does not show where its data end */
    file f = make_jpeg(40, 24, TJPF_RGB, TJSAMP_420, 0);
    unsetenv("TJ_ARITHMETIC");
    expect_status(&(file){f.bytes, f.size - 2}, NST_ERR_CORRUPT, "cut short");
    free(f.bytes);
}
END_TEST

/* A frame of three channels, a scan of one: TurboJPEG would take the others for grey. */
START_TEST(a_missing_channel_is_an_error)
{
    file f = make_jpeg(40, 24, TJPF_GRAY, TJSAMP_GRAY, 0);
    const size_t frame = find_marker(&f, 0xc0);
    file more = insert_bytes(&f, frame + 13, "\2\x11\0\3\x11\0", 6);
    more.bytes[frame + 3] = 17;
    more.bytes[frame + 9] = 3;
    expect_status(&more, NST_ERR_CORRUPT, "channel 2 of 3 is missing");
    free(more.bytes);
    free(f.bytes);
}
END_TEST

/* The environment's JPEGMEM stands for memory that is not there. */
START_TEST(turbojpeg_without_memory_is_no_damage)
{
    file f = make_jpeg(400, 300, TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE);
    setenv("JPEGMEM", "10", 1); /* thousands of bytes */
    expect_status(&f, NST_ERR_OUT_OF_MEMORY, "out of memory: TurboJPEG found none");
    unsetenv("JPEGMEM");
    free(f.bytes);
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
       four_channels_are_read, exif_orientations_are_applied, exif_orientations_of_other_types_are_applied,
       senseless_exif_means_upright, quality_and_subsampling_are_obeyed, the_default_is_close_to_lossless,
       the_longest_side_works, padding_and_odd_headers_do_no_harm, damage_is_found_after_padding,
       bytes_that_are_no_padding_are_damage, a_missing_end_is_a_warning, a_missing_channel_is_an_error,
       turbojpeg_without_memory_is_no_damage, missing_data_is_an_error, what_is_not_read_is_said)
