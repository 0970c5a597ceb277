/* PNG: every kind that the format has, exactly; and what is written. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include "image/image.h"

#include <stdio.h>

/* What pixel (x, y) of a file of this kind must be: RGB and alpha. */
static void expect(const png_kind *kind, uint32_t x, uint32_t y, float *rgba)
{
    const float largest = (float)((1u << kind->depth) - 1);
    const int channels = png_channels(kind->type);
    uint32_t v[4] = {0};
    for (int c = 0; c < channels; c++)
        v[c] = png_sample(kind, x, y, c);
    rgba[3] = 1;
    if (kind->type == PNG_COLOR_TYPE_PALETTE) {
        const png_color colour = palette_colour(v[0]);
        rgba[0] = (float)colour.red / 255.0f;
        rgba[1] = (float)colour.green / 255.0f;
        rgba[2] = (float)colour.blue / 255.0f;
        rgba[3] = (float)palette_alpha(kind, v[0]) / 255.0f;
        return;
    }
    for (int c = 0; c < 3; c++)
        rgba[c] = (float)v[channels <= 2 ? 0 : c] / largest;
    if (channels % 2 == 0)
        rgba[3] = (float)v[channels - 1] / largest;
    else if (kind->trns &&
             (channels == 1 ? v[0] == KEY_GREY : v[0] == KEY_RED && v[1] == KEY_GREEN && v[2] == KEY_BLUE))
        rgba[3] = 0;
}

static void check_kind(const png_kind *kind, uint32_t width, uint32_t height)
{
    file f = make_png(kind, width, height, NULL, 0, 0);
    nst_image *image;
    ck_assert_msg(nst_image_decode(&image, f.bytes, f.size, 0) == NST_OK, "depth %d, type %d: %s", kind->depth,
                  kind->type, nst_last_error());
    ck_assert_uint_eq(nst_image_width(image), width);
    ck_assert_uint_eq(nst_image_height(image), height);
    ck_assert_int_eq(nst_image_has_alpha(image), (kind->type & PNG_COLOR_MASK_ALPHA) != 0 || kind->trns);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const size_t at = (size_t)y * width + x;
            float rgba[4];
            expect(kind, x, y, rgba);
            const float *pixel = image->pixels + 3 * at, alpha = image->alpha ? image->alpha[at] : 1;
            if (memcmp(pixel, rgba, 3 * sizeof *pixel) != 0 || alpha != rgba[3])
                ck_abort_msg("depth %d, type %d, interlaced %d: (%u, %u) is %.9g %.9g %.9g %.9g, not %.9g "
                             "%.9g %.9g %.9g",
                             kind->depth, kind->type, kind->interlaced, x, y, (double)pixel[0], (double)pixel[1],
                             (double)pixel[2], (double)alpha, (double)rgba[0], (double)rgba[1], (double)rgba[2],
                             (double)rgba[3]);
        }
    nst_image_destroy(image);
    free(f.bytes);
}

START_TEST(every_kind_is_read_exactly)
{
    static const struct {
        int type, depths[6];
    } types[] = {{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16, 0}},
                 {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8, 0, 0}},
                 {PNG_COLOR_TYPE_RGB, {8, 16, 0, 0, 0, 0}},
                 {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16, 0, 0, 0, 0}},
                 {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16, 0, 0, 0, 0}}};
    static const uint32_t sizes[][2] = {{1, 1}, {3, 5}, {8, 8}, {33, 1}, {1, 33}, {57, 41}};
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (size_t d = 0; types[t].depths[d]; d++)
            for (int interlaced = 0; interlaced <= 1; interlaced++)
                for (int trns = 0; trns <= !(types[t].type & PNG_COLOR_MASK_ALPHA); trns++)
                    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                        check_kind(&(png_kind){types[t].depths[d], types[t].type, interlaced, trns}, sizes[s][0],
                                   sizes[s][1]);
}
END_TEST

START_TEST(long_rows_and_columns_are_read)
{
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    check_kind(&kind, 65500, 1);
    check_kind(&kind, 1, 65500);
    check_kind(&kind, 1200000, 1); /* above what libpng allows unless told */
}
END_TEST

/* All values of 16 bits in each of four channels, as different pixels. */
START_TEST(sixteen_bits_make_the_round_trip)
{
    nst_image *image, *again;
    void *bytes;
    size_t size;
    ck_assert_int_eq(nst_image_create(&image, 256, 256, 1), NST_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        nst_image_mutable_pixels(image)[3 * i] = (float)i / 65535.0f;
        nst_image_mutable_pixels(image)[3 * i + 1] = (float)(65535 - i) / 65535.0f;
        nst_image_mutable_pixels(image)[3 * i + 2] = (float)(i * 40503u % 65536) / 65535.0f;
        nst_image_mutable_alpha(image)[i] = (float)(i * 30011u % 65536) / 65535.0f;
    }
    ck_assert_int_eq(nst_image_set_text(image, NST_PARAM_PNG_DEPTH, "16"), NST_OK);
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "png"), NST_OK);
    ck_assert_uint_eq(((uint8_t *)bytes)[24], 16); /* the depth, in the header */
    ck_assert_uint_eq(((uint8_t *)bytes)[25], PNG_COLOR_TYPE_RGB_ALPHA);
    ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
    ck_assert_mem_eq(image->pixels, again->pixels, 3 * 65536 * sizeof(float));
    ck_assert_mem_eq(image->alpha, again->alpha, 65536 * sizeof(float));
    ck_assert_int_eq(nst__settings_int(&again->settings, NST_PARAM_PNG_DEPTH), NST_PNG_DEPTH_16);
    nst_bytes_destroy(bytes);
    nst_image_destroy(again);
    nst_image_destroy(image);
}
END_TEST

START_TEST(eight_bits_make_the_round_trip)
{
    for (int channels = 3; channels <= 4; channels++) {
        uint8_t in[256 * 4], out[256 * 4];
        nst_image *image, *again;
        void *bytes;
        size_t size;
        for (size_t i = 0; i < 256 * (size_t)channels; i++)
            in[i] = (uint8_t)(i % (size_t)channels * 85 + i / (size_t)channels);
        ck_assert_int_eq(nst_image_from_u8(&image, in, 32, 8, channels, 0), NST_OK);
        ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "PNG"), NST_OK);
        ck_assert_uint_eq(((uint8_t *)bytes)[24], 8);
        ck_assert_int_eq(nst_image_decode(&again, bytes, size, 0), NST_OK);
        ck_assert_int_eq(nst_image_to_u8(again, out, channels, 0), NST_OK);
        ck_assert_mem_eq(in, out, 256 * (size_t)channels);
        ck_assert_int_eq(nst__settings_int(&again->settings, NST_PARAM_PNG_DEPTH), NST_PNG_DEPTH_8);
        nst_bytes_destroy(bytes);
        nst_image_destroy(again);
        nst_image_destroy(image);
    }
}
END_TEST

/* The same eight bits, widened, are the same floats. */
START_TEST(depth_does_not_change_a_colour)
{
    for (uint32_t v = 0; v < 256; v++) {
        nst_image *image;
        nst__placement place = nst__orient(1, 1, 1);
        ck_assert_int_eq(nst_image_create(&image, 1, 1, 0), NST_OK);
        nst__put_row_u8(image, &place, (nst__span){0, 1}, 0, &(uint8_t){(uint8_t)v}, 1);
        const float narrow = image->pixels[0];
        nst__put_row_u16(image, &place, (nst__span){0, 1}, 0, &(uint16_t){(uint16_t)(v * 257)}, 1);
        ck_assert_float_eq(narrow, image->pixels[0]);
        nst_image_destroy(image);
    }
}
END_TEST

START_TEST(exif_turns_png_too)
{
    uint8_t tiff[EXIF_SIZE];
    const png_kind kind = {8, PNG_COLOR_TYPE_GRAY_ALPHA, true, false};
    make_exif(tiff, true, 6);
    file f = make_png(&kind, 5, 3, tiff, sizeof tiff, 0);
    nst_image *image;
    ck_assert_int_eq(nst_image_decode(&image, f.bytes, f.size, 0), NST_OK);
    ck_assert_uint_eq(nst_image_width(image), 3);
    ck_assert_uint_eq(nst_image_height(image), 5);
    for (uint32_t y = 0; y < 3; y++)
        for (uint32_t x = 0; x < 5; x++) { /* the stored top is the right side */
            float rgba[4];
            expect(&kind, x, y, rgba);
            ck_assert_float_eq(image->pixels[3 * (x * 3 + 2 - y)], rgba[0]);
            ck_assert_float_eq(image->alpha[x * 3 + 2 - y], rgba[3]);
        }
    nst_image_destroy(image);
    free(f.bytes);
}
END_TEST

/* ---- damage that leaves the pixels whole, and damage that does not ---- */

static nst_image *decode(const file *f, const char *warnings)
{
    nst_image *image;
    ck_assert_msg(nst_image_decode(&image, f->bytes, f->size, 0) == NST_OK, "%s", nst_last_error());
    ck_assert_str_eq(nst_image_warnings(image), warnings);
    return image;
}

static void expect_pixels(const file *f, const nst_image *expected, const char *warnings)
{
    nst_image *image = decode(f, warnings);
    const size_t count = (size_t)expected->width * expected->height;
    ck_assert_mem_eq(image->pixels, expected->pixels, 3 * count * sizeof(float));
    if (expected->alpha) ck_assert_mem_eq(image->alpha, expected->alpha, count * sizeof(float));
    nst_image_destroy(image);
}

static void expect_corrupt(const file *f, const char *message)
{
    nst_image *image;
    ck_assert_int_eq(nst_image_decode(&image, f->bytes, f->size, 0), NST_ERR_CORRUPT);
    ck_assert_ptr_null(image);
    ck_assert_msg(strstr(nst_last_error(), message) != NULL, "'%s' is not in '%s'", message, nst_last_error());
}

/* Where the data of the chunk NAME begin; their length stands eight bytes before. */
static uint8_t *chunk(const file *f, const char *name)
{
    for (size_t at = 8; at + 12 <= f->size; at += 12 + get_u32(f->bytes + at))
        if (memcmp(f->bytes + at + 4, name, 4) == 0) return f->bytes + at + 8;
    return NULL;
}

static uint8_t *end_of(uint8_t *data)
{
    return data + get_u32(data - 8);
}

static file with_chunk(const file *f, const char *before, const char *name, const void *data, size_t size)
{
    uint8_t bytes[256];
    put_u32(bytes, (uint32_t)size);
    memcpy(bytes + 4, name, 4);
    memcpy(bytes + 8, data, size);
    put_u32(bytes + 8 + size, png_crc(bytes + 4, size + 4));
    return insert_bytes(f, (size_t)(chunk(f, before) - 8 - f->bytes), bytes, size + 12);
}

START_TEST(results_say_that_they_are_srgb)
{
    nst_image *image;
    void *bytes;
    size_t size;
    ck_assert_int_eq(nst_image_create(&image, 3, 2, 0), NST_OK);
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "png"), NST_OK);
    ck_assert_ptr_nonnull(chunk(&(file){bytes, size}, "sRGB"));
    nst_bytes_destroy(bytes);
    nst_image_destroy(image);
}
END_TEST

static const png_kind damaged_kinds[] = {{8, PNG_COLOR_TYPE_RGB, false, false},
                                         {16, PNG_COLOR_TYPE_RGB_ALPHA, true, false},
                                         {1, PNG_COLOR_TYPE_GRAY, false, false}};
enum { DAMAGED_KINDS = sizeof damaged_kinds / sizeof damaged_kinds[0] };

START_TEST(one_wrong_checksum_is_a_warning)
{
    for (size_t i = 0; i < DAMAGED_KINDS; i++) {
        file f = make_png(&damaged_kinds[i], 33, 21, NULL, 0, 0);
        nst_image *expected = decode(&f, "");
        uint8_t *end = end_of(chunk(&f, "IDAT"));
        end[0] ^= 1; /* the chunk's alone */
        expect_pixels(&f, expected, "the checksum of a part of the PNG file, IDAT, is wrong");
        end[0] ^= 1;
        end[-1] ^= 1; /* Adler-32 alone */
        fix_png(&f);
        nst_image *image;
        ck_assert_msg(nst_image_decode(&image, f.bytes, f.size, 0) == NST_OK, "%s", nst_last_error());
        ck_assert_str_ne(nst_image_warnings(image), "");
        ck_assert_mem_eq(image->pixels, expected->pixels, 3 * 33 * 21 * sizeof(float));
        nst_image_destroy(image);
        end[0] ^= 1; /* both */
        expect_corrupt(&f, "corrupt PNG picture: ");
        end[-1] ^= 1;
        fix_png(&f);
        end[-8] ^= 0x10; /* a pixel, so both do not fit it */
        expect_corrupt(&f, "corrupt PNG picture: ");
        nst_image_destroy(expected);
        free(f.bytes);
    }
}
END_TEST

START_TEST(wrong_checksums_of_other_chunks)
{
    const png_kind palette = {4, PNG_COLOR_TYPE_PALETTE, false, false};
    file f = make_png(&palette, 33, 21, NULL, 0, 0);
    nst_image *expected = decode(&f, "");
    file text = with_chunk(&f, "IDAT", "tEXt", "Title\0none", 10);
    end_of(chunk(&text, "tEXt"))[0] ^= 1;
    expect_pixels(&text, expected, "the checksum of a part of the PNG file, tEXt, is wrong");
    free(text.bytes);
    text = with_chunk(&f, "IEND", "tEXt", "Title\0none", 10);
    end_of(chunk(&text, "tEXt"))[0] ^= 1;
    expect_pixels(&text, expected, "the checksum of a part of the PNG file, tEXt, is wrong");
    free(text.bytes);
    end_of(chunk(&f, "IEND"))[0] ^= 1;
    expect_pixels(&f, expected, "the checksum of a part of the PNG file, IEND, is wrong");
    end_of(chunk(&f, "IEND"))[0] ^= 1;
    end_of(chunk(&f, "PLTE"))[0] ^= 1; /* no other checksum vouches for the colours */
    expect_corrupt(&f, "PLTE: CRC error");
    end_of(chunk(&f, "PLTE"))[0] ^= 1;
    end_of(chunk(&f, "IHDR"))[0] ^= 1;
    expect_corrupt(&f, "IHDR: CRC error");
    nst_image_destroy(expected);
    free(f.bytes);
}
END_TEST

/* The stream ends early, with chunks and checksums that are right, and a file without its end as well. */
START_TEST(missing_rows_are_an_error)
{
    for (size_t i = 0; i < DAMAGED_KINDS; i++) {
        file taller = make_png(&damaged_kinds[i], 33, 21, NULL, 0, 0);
        put_u32(chunk(&taller, "IHDR") + 4, 22); /* a row more than there is */
        fix_png(&taller);
        expect_corrupt(&taller, "corrupt PNG picture: ");
        taller.size -= 12;
        expect_corrupt(&taller, "cut short: the PNG picture goes on");
        free(taller.bytes);
    }
}
END_TEST

START_TEST(what_follows_the_pixels_is_a_warning)
{
    for (size_t i = 0; i < DAMAGED_KINDS; i += 2) {
        file f = make_png(&damaged_kinds[i], 33, 21, NULL, 0, 0);
        put_u32(chunk(&f, "IHDR") + 4, 20); /* a row less than there is */
        fix_png(&f);
        nst_image *image;
        ck_assert_msg(nst_image_decode(&image, f.bytes, f.size, 0) == NST_OK, "%s", nst_last_error());
        ck_assert_ptr_nonnull(strstr(nst_image_warnings(image), "damaged after its last pixel"));
        nst_image_destroy(image);
        free(f.bytes);
    }
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    file f = make_png(&kind, 5, 3, NULL, 0, 0), rubbish = insert_bytes(&f, f.size, "anything at all", 15);
    nst_image *expected = decode(&f, "");
    expect_pixels(&rubbish, expected, ""); /* after the end, it is no part of the picture */
    nst_image_destroy(expected);
    free(rubbish.bytes);
    free(f.bytes);
}
END_TEST

/* Some writers tell a smaller window than their stream has: every other reader takes the largest. */
START_TEST(the_window_of_the_stream_is_not_believed)
{
    const png_kind kind = {1, PNG_COLOR_TYPE_GRAY, false, false};
    file f = make_png(&kind, 30000, 3, NULL, 0, 0);
    nst_image *expected = decode(&f, "");
    uint8_t *stream = chunk(&f, "IDAT");
    ck_assert_uint_gt(stream[0] >> 4, 0);
    stream[0] = 0x08; /* 256 bytes */
    stream[1] = (uint8_t)((stream[1] & 0xe0) + (31 - (0x800 + (stream[1] & 0xe0)) % 31) % 31);
    fix_png(&f);
    expect_pixels(&f, expected, "");
    nst_image_destroy(expected);
    free(f.bytes);
}
END_TEST

START_TEST(exif_is_found_after_the_pixels)
{
    uint8_t tiff[EXIF_SIZE];
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    make_exif(tiff, false, 6);
    file f = make_png(&kind, 5, 3, NULL, 0, 0), turned = with_chunk(&f, "IEND", "eXIf", tiff, sizeof tiff);
    nst_image *image = decode(&turned, "");
    ck_assert_uint_eq(nst_image_width(image), 3);
    nst_image_destroy(image);
    end_of(chunk(&turned, "eXIf"))[0] ^= 1;
    image = decode(&turned, "the checksum of a part of the PNG file, eXIf, is wrong");
    ck_assert_uint_eq(nst_image_width(image), 5);
    nst_image_destroy(image);
    free(turned.bytes);
    free(f.bytes);
}
END_TEST

RUNNER("image_png", every_kind_is_read_exactly, long_rows_and_columns_are_read, sixteen_bits_make_the_round_trip,
       eight_bits_make_the_round_trip, depth_does_not_change_a_colour, exif_turns_png_too,
       exif_is_found_after_the_pixels, results_say_that_they_are_srgb, one_wrong_checksum_is_a_warning,
       wrong_checksums_of_other_chunks, missing_rows_are_an_error, what_follows_the_pixels_is_a_warning,
       the_window_of_the_stream_is_not_believed)
