/* Colour profiles, gamma and chromaticities: to sRGB within a level or two, and what cannot be used is said. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include "image/image.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 40, HEIGHT = 24, PIXELS = WIDTH * HEIGHT };

static nst_image *decode(const file *f, const char *warnings)
{
    nst_image *image;
    ck_assert_msg(nst_image_decode(&image, f->bytes, f->size, 0) == NST_OK, "%s", nst_last_error());
    ck_assert_str_eq(nst_image_warnings(image), warnings);
    return image;
}

/* ---- Files with profiles ---- */

/* The JPEG file with a profile in PARTS segments. */
static file with_profile(const file *jpeg, const uint8_t *profile, size_t size, int parts)
{
    file f = insert_bytes(jpeg, 0, "", 0);
    size_t at = 2;
    for (int part = 1; part <= parts; part++) {
        uint8_t head[18] = "\xff\xe2\0\0ICC_PROFILE";
        const size_t from = size * ((size_t)part - 1) / (size_t)parts, to = size * (size_t)part / (size_t)parts;
        const size_t length = 16 + to - from;
        head[2] = (uint8_t)(length >> 8);
        head[3] = (uint8_t)length;
        head[16] = (uint8_t)part;
        head[17] = (uint8_t)parts;
        file with_head = insert_bytes(&f, at, head, sizeof head);
        free(f.bytes);
        f = insert_bytes(&with_head, at + sizeof head, profile + from, to - from);
        free(with_head.bytes);
        at += sizeof head + to - from;
    }
    return f;
}

/* What else a PNG file says of its colours. */
typedef struct said {
    const uint8_t *icc;
    size_t icc_size;
    double gamma;
    const double *chromaticity;
    bool srgb;
} said;

static const double display_p3[] = {0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
static const double srgb[] = {0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060};

/* Sample C of pixel I, 0..1: all of the cube's corners are near. */
static double sample(int i, int c)
{
    return ((i * (7 + 13 * c) + 31 * c + i / 7) % 256) / 255.0;
}

static file png_of(int type, int depth, const said *colours)
{
    file f = {0};
    const int channels = png_channels(type);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    uint8_t row[WIDTH * 4 * 2];
    png_set_write_fn(png, &f, file_write, file_flush);
    png_set_IHDR(png, info, WIDTH, HEIGHT, depth, type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (colours->icc) png_set_iCCP(png, info, "p", 0, colours->icc, (png_uint_32)colours->icc_size);
    if (colours->srgb) png_set_sRGB(png, info, 0);
    if (colours->gamma > 0) png_set_gAMA(png, info, colours->gamma);
    const double *xy = colours->chromaticity;
    if (xy) png_set_cHRM(png, info, xy[0], xy[1], xy[2], xy[3], xy[4], xy[5], xy[6], xy[7]);
    png_write_info(png, info);
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *to = row;
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < channels; c++) {
                const unsigned v = (unsigned)lround(sample(y * WIDTH + x, c) * 255) * (depth == 16 ? 257 : 1);
                if (depth == 16) *to++ = (uint8_t)(v >> 8);
                *to++ = (uint8_t)v;
            }
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return f;
}

/* ---- What the colours are, by formula ---- */

static double encode_srgb(double x)
{
    x = x > 0 ? (x < 1 ? x : 1) : 0;
    return x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
}

static double decode_srgb(double x)
{
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* CSS Color 4, 17: linear Display P3 to linear sRGB. */
static const double p3_to_srgb[3][3] = {{1.2249401762805598, -0.2249401762805600, 0},
                                        {-0.0420569547096882, 1.0420569547096881, 0},
                                        {-0.0196375545903344, -0.0786360455506319, 1.0982736001409663}};

static void multiply(double out[3], const double matrix[3][3], const double in[3])
{
    for (int r = 0; r < 3; r++)
        out[r] = encode_srgb(matrix[r][0] * in[0] + matrix[r][1] * in[1] + matrix[r][2] * in[2]);
}

static const double *as_it_is(double out[3], const double in[3])
{
    return memcpy(out, in, 3 * sizeof *in);
}

static const double *linear(double out[3], const double in[3])
{
    for (int c = 0; c < 3; c++)
        out[c] = encode_srgb(in[c]);
    return out;
}

static const double *p3_of_gamma(double out[3], const double in[3])
{
    const double light[3] = {pow(in[0], 2.2), pow(in[1], 2.2), pow(in[2], 2.2)};
    multiply(out, p3_to_srgb, light);
    return out;
}

#ifdef NST_TEST_LCMS
static const double *p3(double out[3], const double in[3])
{
    const double light[3] = {decode_srgb(in[0]), decode_srgb(in[1]), decode_srgb(in[2])};
    multiply(out, p3_to_srgb, light);
    return out;
}

/* Adobe RGB (1998), 4.3: a gamma of 2 + 51/256. */
static const double *adobe_rgb(double out[3], const double in[3])
{
    static const double matrix[3][3] = {{1.3983557, -0.3983557, 0}, {0, 1, 0}, {0, -0.0429290, 1.0429290}};
    const double gamma = 2 + 51 / 256.0, light[3] = {pow(in[0], gamma), pow(in[1], gamma), pow(in[2], gamma)};
    multiply(out, matrix, light);
    return out;
}
#endif

typedef const double *(*formula)(double out[3], const double in[3]);

/* Of a file of png_of(): colours within LEVELS of 8 bits, alpha exact. */
static void check_png(const file *f, int channels, formula expected, double levels)
{
    nst_image *image = decode(f, "");
    for (int i = 0; i < PIXELS; i++) {
        double in[3], out[3];
        for (int c = 0; c < 3; c++)
            in[c] = sample(i, channels <= 2 ? 0 : c);
        expected(out, in);
        for (int c = 0; c < 3; c++)
            ck_assert_msg(fabs((double)image->pixels[3 * i + c] - out[c]) * 255 <= levels,
                          "pixel %d, channel %d, of %g %g %g: %g levels, expected %g", i, c, in[0] * 255, in[1] * 255,
                          in[2] * 255, (double)image->pixels[3 * i + c] * 255, out[c] * 255);
        if (image->alpha) ck_assert_float_eq_tol(image->alpha[i], (float)sample(i, channels - 1), 1e-6f);
    }
    nst_image_destroy(image);
}

static const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};

static void check_kinds(const said *colours, formula expected, double levels)
{
    for (int t = 0; t < 4; t++)
        for (int depth = 8; depth <= 16; depth += 8) {
            file f = png_of(types[t], depth, colours);
            check_png(&f, png_channels(types[t]), expected, levels);
            free(f.bytes);
        }
}

/* ---- Tests ---- */

static const double exact = 1e-4;

START_TEST(srgb_stays_as_it_is)
{
    check_kinds(&(said){0}, as_it_is, exact);
    check_kinds(&(said){.srgb = true}, as_it_is, exact);
    check_kinds(&(said){.gamma = 0.45455}, as_it_is, exact);
    check_kinds(&(said){.gamma = 0.45455, .chromaticity = srgb}, as_it_is, exact);
    check_kinds(&(said){.srgb = true, .gamma = 0.45455, .chromaticity = srgb}, as_it_is, exact);
    check_kinds(&(said){.chromaticity = display_p3}, as_it_is, exact); /* which says nothing without a gamma */
    ck_assert_double_eq_tol(encode_srgb(decode_srgb(0.3)), 0.3, 1e-6);
}
END_TEST

#ifdef NST_TEST_LCMS
#include <lcms2.h>

/* The bytes of a profile, which is closed. */
static file saved(cmsHPROFILE profile)
{
    cmsUInt32Number size = 0;
    must(profile && cmsSaveProfileToMem(profile, NULL, &size));
    file f = {malloc(size), size};
    must(f.bytes && cmsSaveProfileToMem(profile, f.bytes, &size));
    cmsCloseProfile(profile);
    return f;
}

static file rgb_profile(const double *xy, cmsToneCurve *curve)
{
    cmsToneCurve *const curves[3] = {curve, curve, curve};
    file f =
        saved(cmsCreateRGBProfile(&(cmsCIExyY){xy[0], xy[1], 1},
                                  &(cmsCIExyYTRIPLE){{xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}}, curves));
    cmsFreeToneCurve(curve);
    return f;
}

static cmsToneCurve *srgb_curve(void)
{
    static const double numbers[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    return cmsBuildParametricToneCurve(NULL, 4, numbers);
}

static file display_p3_profile(void)
{
    return rgb_profile(display_p3, srgb_curve());
}

static const int rgb_types[] = {PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};

static void check_rgb(const file *profile, formula expected, double levels)
{
    for (int t = 0; t < 2; t++)
        for (int depth = 8; depth <= 16; depth += 8) {
            file f = png_of(rgb_types[t], depth, &(said){.icc = profile->bytes, .icc_size = profile->size});
            check_png(&f, png_channels(rgb_types[t]), expected, levels);
            free(f.bytes);
        }
}

START_TEST(profiles_are_applied)
{
    static const double adobe[] = {0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06};
    file profile = display_p3_profile();
    check_rgb(&profile, p3, 0.6);
    free(profile.bytes);
    profile = rgb_profile(adobe, cmsBuildGamma(NULL, 2 + 51 / 256.0));
    check_rgb(&profile, adobe_rgb, 0.6);
    free(profile.bytes);
    profile = rgb_profile(srgb, cmsBuildGamma(NULL, 1));
    check_rgb(&profile, linear, 0.6);
    free(profile.bytes);
    profile = saved(cmsCreate_sRGBProfile());
    check_rgb(&profile, as_it_is, exact);
    free(profile.bytes);
}
END_TEST

START_TEST(gamma_and_chromaticities_are_applied)
{
    check_kinds(&(said){.gamma = 1}, linear, 0.6);
    check_kinds(&(said){.gamma = 1, .chromaticity = srgb}, linear, 0.6);
    for (int depth = 8; depth <= 16; depth += 8) {
        file f = png_of(PNG_COLOR_TYPE_RGB, depth, &(said){.gamma = 0.45455, .chromaticity = display_p3});
        check_png(&f, 3, p3_of_gamma, 0.6);
        free(f.bytes);
    }
    file profile = display_p3_profile(); /* which comes before both */
    file f = png_of(PNG_COLOR_TYPE_RGB, 8,
                    &(said){.icc = profile.bytes, .icc_size = profile.size, .gamma = 1, .chromaticity = srgb});
    check_png(&f, 3, p3, 0.6);
    free(profile.bytes);
    free(f.bytes);
}
END_TEST

START_TEST(grey_profiles_are_applied)
{
    cmsToneCurve *curve = cmsBuildGamma(NULL, 1);
    file profile = saved(cmsCreateGrayProfile(cmsD50_xyY(), curve));
    cmsFreeToneCurve(curve);
    for (int t = 0; t < 2; t++)
        for (int depth = 8; depth <= 16; depth += 8) {
            file f = png_of(types[t], depth, &(said){.icc = profile.bytes, .icc_size = profile.size});
            check_png(&f, png_channels(types[t]), linear, 0.6);
            free(f.bytes);
        }
    free(profile.bytes);
}
END_TEST

/* JPEG: the profile may come in parts, and RGB's may stand in a grey picture. */
START_TEST(profiles_of_jpeg_are_applied)
{
    file plain = make_jpeg(WIDTH, HEIGHT, TJPF_RGB, TJSAMP_444, 0),
         grey = make_jpeg(WIDTH, HEIGHT, TJPF_GRAY, TJSAMP_GRAY, 0);
    file p3_profile = display_p3_profile(), linear_profile = rgb_profile(srgb, cmsBuildGamma(NULL, 1));
    nst_image *before = decode(&plain, ""), *grey_before = decode(&grey, "");
    for (int parts = 1; parts <= 3; parts++) {
        file f = with_profile(&plain, p3_profile.bytes, p3_profile.size, parts);
        nst_image *after = decode(&f, "");
        for (int i = 0; i < PIXELS; i++) {
            const float *at = before->pixels + 3 * i;
            double out[3];
            p3(out, (const double[3]){(double)at[0], (double)at[1], (double)at[2]});
            for (int c = 0; c < 3; c++)
                ck_assert_double_eq_tol((double)after->pixels[3 * i + c], out[c], 0.6 / 255);
        }
        nst_image_destroy(after);
        free(f.bytes);
    }
    file f = with_profile(&grey, linear_profile.bytes, linear_profile.size, 1);
    nst_image *after = decode(&f, "");
    for (int i = 0; i < 3 * PIXELS; i++)
        ck_assert_double_eq_tol((double)after->pixels[i], encode_srgb((double)grey_before->pixels[i]), 0.6 / 255);
    nst_image_destroy(after);
    nst_image_destroy(before);
    nst_image_destroy(grey_before);
    free(f.bytes);
    free(plain.bytes);
    free(grey.bytes);
    free(p3_profile.bytes);
    free(linear_profile.bytes);
}
END_TEST

/* Ink without colour: lightness is what the black leaves of it, and the rest does nothing. */
static cmsInt32Number only_black(const cmsUInt16Number in[], cmsUInt16Number out[], void *user)
{
    (void)user;
    const cmsCIELab lab = {100 * (1 - in[3] / 65535.0), 0, 0};
    cmsFloat2LabEncoded(out, &lab);
    return 1;
}

static file ink_profile(void)
{
    cmsHPROFILE profile = cmsCreateProfilePlaceholder(NULL);
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 4, 3);
    cmsStage *table = cmsStageAllocCLut16bit(NULL, 3, 4, 3, NULL);
    must(cmsStageSampleCLut16bit(table, only_black, NULL, 0));
    cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, table);
    cmsSetProfileVersion(profile, 2.1);
    cmsSetDeviceClass(profile, cmsSigOutputClass);
    cmsSetColorSpace(profile, cmsSigCmykData);
    cmsSetPCS(profile, cmsSigLabData);
    must(cmsWriteTag(profile, cmsSigAToB0Tag, pipeline));
    cmsPipelineFree(pipeline);
    return saved(profile);
}

START_TEST(profiles_of_ink_are_applied)
{
    file plain = make_jpeg(WIDTH, HEIGHT, TJPF_CMYK, TJSAMP_444, 0), profile = ink_profile();
    file f = with_profile(&plain, profile.bytes, profile.size, 1);
    uint8_t *light = smooth_pixels(WIDTH, HEIGHT, 4);
    nst_image *image = decode(&f, "");
    for (int i = 0; i < PIXELS; i++) {
        const double lightness = 100 * light[4 * i + 3] / 255.0, t = (lightness + 16) / 116;
        const double expected = encode_srgb(lightness > 8 ? t * t * t : lightness / 903.3);
        for (int c = 0; c < 3; c++)
            ck_assert_double_eq_tol((double)image->pixels[3 * i + c], expected, 3.0 / 255); /* JPEG's own among it */
    }
    nst_image_destroy(image);
    free(light);
    free(f.bytes);
    free(plain.bytes);
    free(profile.bytes);
}
END_TEST

static void expect_unchanged(const file *plain, const file *f, const char *warning)
{
    nst_image *before = decode(plain, ""), *after = decode(f, warning);
    ck_assert_mem_eq(before->pixels, after->pixels, 3 * PIXELS * sizeof(float));
    nst_image_destroy(before);
    nst_image_destroy(after);
}

START_TEST(profiles_that_cannot_be_used_are_said)
{
    static const char unusable[] = "the colour profile cannot be used: colours are taken for sRGB";
    file plain = make_jpeg(WIDTH, HEIGHT, TJPF_RGB, TJSAMP_444, 0), profile = display_p3_profile(), ink = ink_profile();
    file f = with_profile(&plain, (const uint8_t *)"no profile at all", 17, 1);
    expect_unchanged(&plain, &f, unusable);
    free(f.bytes);
    f = with_profile(&plain, ink.bytes, ink.size, 1); /* of four channels */
    expect_unchanged(&plain, &f, unusable);
    free(f.bytes);
    f = with_profile(&plain, profile.bytes, profile.size / 2, 1);
    expect_unchanged(&plain, &f, unusable);
    free(f.bytes);
    f = with_profile(&plain, profile.bytes, profile.size, 2);
    f.bytes[2 + 16] = 2; /* the first part is missing */
    expect_unchanged(&plain, &f, "parts of the colour profile are missing: colours are taken for sRGB");
    free(f.bytes);

    file png = png_of(PNG_COLOR_TYPE_RGB, 8, &(said){0});
    f = png_of(PNG_COLOR_TYPE_RGB, 8, &(said){.icc = profile.bytes, .icc_size = profile.size});
    for (size_t at = 8; at + 12 <= f.size; at += 12 + get_u32(f.bytes + at))
        if (memcmp(f.bytes + at + 4, "iCCP", 4) == 0) f.bytes[at + 8 + 6] ^= 0xff;
    fix_png(&f);
    expect_unchanged(&png, &f, "the colour profile is damaged: colours are taken for sRGB");
    free(f.bytes);
    free(png.bytes);
    free(plain.bytes);
    free(profile.bytes);
    free(ink.bytes);
}
END_TEST

/* Whatever stands in a profile: a picture with sound pixels. */
START_TEST(damaged_profiles_do_no_harm)
{
    uint32_t seed = 4711;
    file plain = make_jpeg(WIDTH, HEIGHT, TJPF_RGB, TJSAMP_444, 0),
         four = make_jpeg(WIDTH, HEIGHT, TJPF_CMYK, TJSAMP_444, 0);
    file profiles[2] = {display_p3_profile(), ink_profile()};
    for (int round = 0; round < 60; round++) {
        const file *profile = &profiles[round % 2];
        file f = with_profile(round % 2 ? &four : &plain, profile->bytes, profile->size, 1);
        for (uint32_t flips = 1 + next_random(&seed) % 6; flips > 0; flips--)
            f.bytes[20 + next_random(&seed) % profile->size] = (uint8_t)next_random(&seed);
        nst_image *image;
        ck_assert_msg(nst_image_decode(&image, f.bytes, f.size, 0) == NST_OK, "%s", nst_last_error());
        for (int i = 0; i < 3 * PIXELS; i++)
            ck_assert(image->pixels[i] >= 0 && image->pixels[i] <= 1);
        nst_image_destroy(image);
        free(f.bytes);
    }
    for (int i = 0; i < 2; i++)
        free(profiles[i].bytes);
    free(plain.bytes);
    free(four.bytes);
}
END_TEST

RUNNER("image_color", srgb_stays_as_it_is, profiles_are_applied, gamma_and_chromaticities_are_applied,
       grey_profiles_are_applied, profiles_of_jpeg_are_applied, profiles_of_ink_are_applied,
       profiles_that_cannot_be_used_are_said, damaged_profiles_do_no_harm)
#else
/* Built without Little CMS: colours stay, and a warning says so where they should not. */
START_TEST(what_is_not_converted_is_said)
{
    static const char warning[] =
        "the colours are not those of sRGB and were taken for it: this libnst was built without "
        "Little CMS, which converts them";
    file plain = make_jpeg(WIDTH, HEIGHT, TJPF_RGB, TJSAMP_444, 0);
    const said others[] = {{.gamma = 1}, {.gamma = 0.45455, .chromaticity = display_p3}};
    for (size_t i = 0; i < 2; i++) {
        file f = png_of(PNG_COLOR_TYPE_RGB, 8, &others[i]);
        nst_image_destroy(decode(&f, warning));
        free(f.bytes);
    }
    file f = with_profile(&plain, (const uint8_t *)"Display P3", 10, 1);
    nst_image_destroy(decode(&f, warning));
    free(f.bytes);
    f = with_profile(&plain, (const uint8_t *)"\0s\0R\0G\0B\0 \0I\0E\0C", 18, 1);
    nst_image_destroy(decode(&f, ""));
    free(f.bytes);
    free(plain.bytes);
    ck_assert_double_lt(fabs(p3_of_gamma((double[3]){0}, (const double[3]){1, 1, 1})[0] - 1), 1e-6);
    ck_assert_double_eq_tol(linear((double[3]){0}, (const double[3]){1, 1, 1})[0], 1, 1e-6);
}
END_TEST

RUNNER("image_color", srgb_stays_as_it_is, what_is_not_converted_is_said)
#endif
