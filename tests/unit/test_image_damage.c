/* Files that are not what they should be, and a system that has nothing left: one clear line, nothing lost. */
#include "unit/image_files.h"
#include "unit/runner.h"

#include "image/image.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a few small files, of the kinds that differ inside ---- */

enum { FILES = 10 };

static void make_files(file *files)
{
    static const png_kind kinds[] = {{8, PNG_COLOR_TYPE_RGB, false, false},
                                     {16, PNG_COLOR_TYPE_RGB_ALPHA, true, false},
                                     {4, PNG_COLOR_TYPE_PALETTE, true, true},
                                     {1, PNG_COLOR_TYPE_GRAY, false, true}};
    uint8_t tiff[EXIF_SIZE];
    make_exif(tiff, true, 8);
    for (size_t i = 0; i < 4; i++)
        files[i] = make_png(&kinds[i], 13, 9, NULL, 0, 0);
    files[4] = make_png(&kinds[0], 13, 9, tiff, sizeof tiff, 0.5);
    files[5] = make_jpeg(24, 17, TJPF_RGB, TJSAMP_420, 0);
    files[6] = make_jpeg(24, 17, TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE);
    files[7] = make_jpeg(24, 17, TJPF_GRAY, TJSAMP_GRAY, 0);
    files[8] = make_jpeg(24, 17, TJPF_CMYK, TJSAMP_444, 0);
    files[9] = with_exif(&files[7], tiff, sizeof tiff);
}

static void free_files(file *files)
{
    for (size_t i = 0; i < FILES; i++)
        free(files[i].bytes);
}

/* A block of exactly that size, so that AddressSanitizer sees a byte read beyond it. */
static uint8_t *exactly(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    return copy;
}

/* Where SIZE bytes of a file may be read: all pixels are there, and a warning says that the end is not. */
static void check_whole(const nst_image *image, const nst_image *whole)
{
    const size_t values = (size_t)whole->width * whole->height;
    ck_assert_uint_eq(image->width, whole->width);
    ck_assert_uint_eq(image->height, whole->height);
    ck_assert_mem_eq(image->pixels, whole->pixels, 3 * values * sizeof(float));
    ck_assert_int_eq(image->alpha != NULL, whole->alpha != NULL);
    if (image->alpha) ck_assert_mem_eq(image->alpha, whole->alpha, values * sizeof(float));
    ck_assert_ptr_nonnull(strstr(nst_image_warnings(image), "cut short after its last pixel"));
}

START_TEST(files_cut_anywhere_are_refused_or_whole)
{
    file files[FILES];
    make_files(files);
    for (size_t i = 0; i < FILES; i++) {
        size_t shortest = files[i].size;
        nst_image *whole;
        ck_assert_int_eq(nst_image_decode(&whole, files[i].bytes, files[i].size, 0), NST_OK);
        ck_assert_str_eq(nst_image_warnings(whole), "");
        for (size_t size = 0; size < files[i].size; size++) {
            uint8_t *bytes = exactly(files[i].bytes, size);
            nst_image *image;
            nst_status status = nst_image_decode(&image, bytes, size, 0);
            if (status == NST_OK) {
                check_whole(image, whole);
                if (size < shortest) shortest = size;
            } else {
                ck_assert_msg(shortest == files[i].size, "file %zu: read with %zu bytes, not with %zu", i, shortest,
                              size);
                ck_assert_msg(status == NST_ERR_CORRUPT, "file %zu cut at %zu of %zu: status %d", i, size,
                              files[i].size, status);
                ck_assert_ptr_null(image);
            }
            nst_image_destroy(image);
            free(bytes);
        }
        /* The end is two bytes in JPEG; two checksums and a chunk of 12 bytes, and what deflate still has, in PNG; the
         * one with EXIF has it there once more. */
        ck_assert_uint_le(shortest, i < 5 ? files[i].size - 20 : files[i].size - 2);
        ck_assert_uint_ge(shortest, i == 4  ? files[i].size - 24 - 12 - EXIF_SIZE
                                    : i < 5 ? files[i].size - 24
                                            : files[i].size - 2);
        nst_image_destroy(whole);
    }
    free_files(files);
}
END_TEST

/* Whatever stands in a file: a picture with sound pixels, or a status that blames the file. */
static void decode_damaged(const file *f)
{
    uint8_t *bytes = exactly(f->bytes, f->size);
    nst_image *image;
    const nst_status status = nst_image_decode(&image, bytes, f->size, 1 << 16);
    if (status == NST_OK) {
        const size_t count = (size_t)image->width * image->height;
        ck_assert_uint_le(count, 1 << 16);
        bool sound = true;
        for (size_t i = 0; i < 3 * count; i++)
            sound = sound && image->pixels[i] >= 0 && image->pixels[i] <= 1;
        for (size_t i = 0; i < count && image->alpha; i++)
            sound = sound && image->alpha[i] >= 0 && image->alpha[i] <= 1;
        ck_assert(sound);
    } else {
        ck_assert_msg(status >= 200 && status < 300, "status %d: %s", status, nst_last_error());
        ck_assert_ptr_null(image);
    }
    nst_image_destroy(image);
    free(bytes);
}

START_TEST(flipped_bytes_do_no_harm)
{
    file files[FILES];
    uint32_t seed = 12345;
    make_files(files);
    for (size_t i = 0; i < FILES; i++)
        for (int round = 0; round < 1000; round++) {
            file damaged = {exactly(files[i].bytes, files[i].size), files[i].size};
            for (uint32_t flips = 1 + next_random(&seed) % 4; flips > 0; flips--)
                damaged.bytes[next_random(&seed) % damaged.size] = (uint8_t)next_random(&seed);
            if (i < 5 && round % 2) /* past the checksums */
                fix_png(&damaged);
            decode_damaged(&damaged);
            free(damaged.bytes);
        }
    free_files(files);
}
END_TEST

START_TEST(moved_and_missing_pieces_do_no_harm)
{
    file files[FILES];
    uint32_t seed = 777;
    make_files(files);
    for (size_t i = 0; i < FILES; i++)
        for (int round = 0; round < 500; round++) {
            file damaged = {exactly(files[i].bytes, files[i].size), files[i].size};
            const size_t at = next_random(&seed) % damaged.size, from = next_random(&seed) % damaged.size;
            const size_t longest = damaged.size - (at > from ? at : from);
            const size_t count = next_random(&seed) % (longest < 64 ? longest : 64);
            memmove(damaged.bytes + at, damaged.bytes + from, count);
            if (round % 2) damaged.size -= count < damaged.size - at ? count : 0;
            if (i < 5) fix_png(&damaged);
            decode_damaged(&damaged);
            free(damaged.bytes);
        }
    free_files(files);
}
END_TEST

/* ---- headers that promise too much ---- */

static void expect_header(uint32_t width, uint32_t height, uint64_t max_pixels, nst_status expected,
                          const char *message)
{
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    file f = make_png(&kind, 5, 4, NULL, 0, 0);
    nst_image *image;
    put_u32(f.bytes + 16, width);
    put_u32(f.bytes + 20, height);
    fix_png(&f);
    ck_assert_int_eq(nst_image_decode(&image, f.bytes, f.size, max_pixels), expected);
    ck_assert_ptr_null(image);
    ck_assert_msg(strstr(nst_last_error(), message) != NULL, "'%s' is not in '%s'", message, nst_last_error());
    free(f.bytes);
}

START_TEST(huge_headers_are_refused)
{
    expect_header(0x7fffffff, 0x7fffffff, 0, NST_ERR_TOO_LARGE,
                  "2147483647x2147483647 pixels are above the cap of 268435456");
    expect_header(16385, 16384, 0, NST_ERR_TOO_LARGE, "above the cap");
    expect_header(16384, 16384, 0, NST_ERR_CORRUPT, "cut short: 16384x16384 pixels cannot be in a PNG picture of");
    expect_header(5, 4, 19, NST_ERR_TOO_LARGE, "5x4 pixels are above the cap of 19");
    expect_header(5, 5, 25, NST_ERR_CORRUPT, "corrupt PNG picture: ");
    expect_header(0, 4, 0, NST_ERR_CORRUPT, "width is zero");
    expect_header(5, 0, 0, NST_ERR_CORRUPT, "height is zero");
    expect_header(0x80000000, 4, 0, NST_ERR_CORRUPT, "corrupt PNG picture: ");
}
END_TEST

/* The cap counts pixels, no more and no less. */
START_TEST(the_cap_is_exact)
{
    file files[FILES];
    make_files(files);
    for (size_t i = 0; i < FILES; i++) {
        const uint64_t pixels = i < 5 ? 13 * 9 : 24 * 17;
        nst_image *image;
        ck_assert_int_eq(nst_image_decode(&image, files[i].bytes, files[i].size, pixels), NST_OK);
        nst_image_destroy(image);
        ck_assert_int_eq(nst_image_decode(&image, files[i].bytes, files[i].size, pixels - 1), NST_ERR_TOO_LARGE);
        ck_assert_ptr_null(image);
    }
    free_files(files);
}
END_TEST

/* In lists of formats, where the library was built with it. */
static const char *webp(void)
{
    return strstr(nst_build_text(NST_BUILD_PICTURES), "webp") ? "WebP, " : "";
}

START_TEST(other_formats_are_named)
{
    static const struct {
        const char *bytes, *message;
        size_t size;
    } cases[] = {
        {"Hello, world", "a file that starts with 'Hello, w'", 12},
        {"a\n\0\xff", "a file that starts with 'a\\x0a\\x00\\xff'", 4},
        {"\xff\xd8\x41", "a file that starts with '\\xff\\xd8A'", 3},
        {"GIF89a", "a GIF picture: ", 6},
        {"MM\0*", "a TIFF picture: ", 4},
        {"II*\0\x08\0\0\0", "a TIFF picture: ", 8},
        {"II*\0\x10\0\0\0CR\2\0", "a raw photograph: ", 12},
        {"MM\0+", "a BigTIFF picture: ", 4},
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0mif1heic",
         "a HEIC picture: ", 24},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1heix",
         "a HEIC picture: ", 24},
        {"\0\0\0\x14"
         "ftyphevc\0\0\0\0msf1",
         "a HEIC picture: ", 20},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1avif",
         "an AVIF picture: ", 24},
        {"\0\0\0\x14"
         "ftypavis\0\0\0\0msf1",
         "an AVIF picture: ", 20},
        {"\0\0\0\x14"
         "ftypcrx \0\0\0\0isom",
         "a raw photograph: ", 20},
        {"\0\0\0\x14"
         "ftypqt  \0\0\0\0qt  ",
         "a video: ", 20},
        {"\0\0\0\x14"
         "ftypisom\0\0\0\0mp41avif",
         "a video: ", 24}, /* no brand: beyond its box */
        {"\xff\x0a\0", "a JPEG XL picture: ", 3},
        {"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture: ", 12},
        {"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture: ", 12},
        {"\xff\x4f\xff\x51", "a JPEG 2000 picture: ", 4},
        {"P3\n2 2\n255\n", "a PPM picture as text: ", 11},
        {"P7 332\n#XVVERSION", "a thumbnail of xv: ", 17},
        {"Pf\n2 2\n", "a PFM picture: ", 7},
        {"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "a BMP picture: ", 14},
        {"BMW is a car", "a file that starts with 'BMW is a'", 12},
        {"\0\0\1\0\1\0", "an ICO picture: ", 6},
        {"\0\0\2\0\0\0\0\0\0\0\0\0\2\0\2\0\x18\0", "a CUR picture: ", 18},
        {"\7\0\2\0\0\0\0\0\0\0\0\0\2\0\2\0\x18\x20", "a TGA picture: ", 18},
        {"\0\1\x09\0\0\4\0\x18\0\0\0\0\2\0\2\0\x08\0", "a TGA picture: ", 18},
        {"\7\0\2\0\0\0\0\0\0\0\0\0\0\0\2\0\x18\0", "a file that starts with", 18}, /* 0 wide */
        {"\x76\x2f\x31\x01", "an OpenEXR picture: ", 4},
        {"#?RADIANCE\n", "a Radiance HDR picture: ", 11},
        {"<svg xmlns=", "an SVG drawing: ", 11},
        {"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg>", "an SVG drawing: ", 45},
        {"<?xml version='1.0'?><rss>", "a file that starts with '<?xml ve'", 26},
        {"\r\n<!DOCTYPE html><html>", "a web page (HTML): ", 23},
        {"<HTML>", "a web page (HTML): ", 6},
        {"\x89PNG\r\n\x1a\n\0\0\0\4CgBI\x50\0\x20\2", "a PNG picture as Xcode packs it for iOS (CgBI): ", 20},
        {"\x10\2\0\0\0\0\0\0{\"__metadata__", "a safetensors file: ", 22},
        {"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS: ", 43},
    };
    nst_image *image;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = exactly((const uint8_t *)cases[i].bytes, cases[i].size);
        ck_assert_int_eq(nst_image_decode(&image, bytes, cases[i].size, 0), NST_ERR_FORMAT);
        char full[256];
        snprintf(full, sizeof full, "expected a PNG, JPEG, %sPPM, PGM or PAM picture, found %s", webp(),
                 cases[i].message);
        ck_assert_msg(strncmp(nst_last_error(), full, strlen(full)) == 0, "'%s' does not start '%s'", nst_last_error(),
                      full);
        free(bytes);
        for (size_t size = 1; size < cases[i].size; size++) { /* cut anywhere: no byte beyond the end is looked at */
            bytes = exactly((const uint8_t *)cases[i].bytes, size);
            ck_assert_int_ne(nst_image_decode(&image, bytes, size, 0), NST_OK);
            free(bytes);
        }
    }
    ck_assert_int_eq(nst_image_decode(&image, NULL, 5, 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_decode(NULL, "abc", 3, 0), NST_ERR_ARGUMENT);
}
END_TEST

/* ---- files on disk ---- */

static char folder[64];

static const char *inside(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/nst-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void put_file(const char *name, const void *bytes, size_t size)
{
    FILE *f = fopen(inside(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    ck_assert_int_eq(fclose(f), 0);
}

/* Removes all, and tells how many files there were. */
static int empty_folder(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            ck_assert_int_eq(remove(inside(entry->d_name)), 0);
            count++;
        }
    closedir(dir);
    ck_assert_int_eq(rmdir(folder), 0);
    return count;
}

static void expect_load(const char *name, nst_status expected, const char *message)
{
    nst_image *image;
    char full[600];
    ck_assert_int_eq(nst_image_load(&image, inside(name), 0), expected);
    ck_assert_ptr_null(image);
    snprintf(full, sizeof full, "%s: %s", inside(name), message);
    ck_assert_msg(strncmp(nst_last_error(), full, strlen(full)) == 0, "'%s' does not start '%s'", nst_last_error(),
                  full);
}

START_TEST(loading_says_which_file_and_what_is_wrong)
{
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    file f = make_png(&kind, 5, 4, NULL, 0, 0);
    nst_image *image;
    char expected[128];
    snprintf(expected, sizeof expected,
             "expected a PNG, JPEG, %sPPM, PGM or PAM picture, found a file that starts with 'Dear dia'", webp());
    make_folder();
    put_file("text.png", "Dear diary", 10);
    put_file("empty.png", "", 0);
    put_file("cut.jpg", f.bytes, f.size / 2);
    put_file("whole.jpg", f.bytes, f.size);
    expect_load("text.png", NST_ERR_FORMAT, expected);
    expect_load("empty.png", NST_ERR_CORRUPT, "the file is empty");
    expect_load("cut.jpg", NST_ERR_CORRUPT, "cut short: ");
    expect_load("missing.png", NST_ERR_NOT_FOUND, "No such file");
    expect_load(".", NST_ERR_NOT_FOUND, "a directory");
    ck_assert_int_eq(nst_image_load(&image, inside("whole.jpg"), 0), NST_OK); /* by content, not by name */
    nst_image_destroy(image);
    ck_assert_int_eq(nst_image_load(&image, inside("whole.jpg"), 19), NST_ERR_TOO_LARGE);
    ck_assert_int_eq(nst_image_load(&image, NULL, 0), NST_ERR_ARGUMENT);
    ck_assert_int_eq(empty_folder(), 4);
    free(f.bytes);
}
END_TEST

START_TEST(every_ending_and_type_is_written_and_read)
{
    nst_image *image = NULL, *again;
    ck_assert_int_eq(nst_image_create(&image, 7, 5, 0), NST_OK);
    for (size_t i = 0; nst_image_ending(i); i++) {
        const char *const names[] = {nst_image_ending(i), nst_image_type(nst_image_ending(i))};
        for (int k = 0; k < 2; k++) {
            void *bytes;
            size_t size;
            ck_assert_ptr_nonnull(names[k]);
            ck_assert_msg(nst_image_encode(&bytes, &size, image, names[k]) == NST_OK, "%s", nst_last_error());
            ck_assert_msg(nst_image_decode(&again, bytes, size, 0) == NST_OK, "%s: %s", names[k], nst_last_error());
            ck_assert(nst_image_width(again) == 7 && nst_image_height(again) == 5);
            nst_image_destroy(again);
            nst_bytes_destroy(bytes);
        }
    }
    nst_image_destroy(image);
}
END_TEST

START_TEST(saving_goes_by_the_ending)
{
    static const char *const good[] = {"a.png", "b.PNG", "c.jpg", "d.JPEG", "e.f.Jpg"};
    static const char *const bad[] = {"a", "a.gif", "a.png.", "png", "a.pngx"};
    nst_image *image, *again;
    void *bytes = &image;
    size_t size = 1;
    make_folder();
    ck_assert_int_eq(nst_image_create(&image, 3, 2, 0), NST_OK);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_msg(nst_image_save(image, inside(good[i])) == NST_OK, "%s", nst_last_error());
        FILE *f = fopen(inside(good[i]), "rb");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(fgetc(f), i < 2 ? 0x89 : 0xff);
        fclose(f);
        ck_assert_int_eq(nst_image_load(&again, inside(good[i]), 0), NST_OK);
        nst_image_destroy(again);
        ck_assert_int_eq(nst_image_save(image, inside(bad[i])), NST_ERR_ARGUMENT);
        ck_assert_ptr_nonnull(
            strstr(nst_last_error(), "expected a name that ends in .png, .jpg, .jpeg, .ppm, .pnm, .pgm or .pam"));
    }
    ck_assert_int_eq(nst_image_save(image, "folder.png/name"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_save(image, inside("no/such.png")), NST_ERR_IO);
    ck_assert_int_eq(nst_image_create(&again, 65501, 1, 0), NST_OK);
    ck_assert_int_eq(nst_image_save(again, inside("long.jpg")), NST_ERR_TOO_LARGE);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "long.jpg: JPEG takes at most 65500 pixels a side"));
    nst_image_destroy(again);
    ck_assert_int_eq(nst_image_save_as(image, inside("a"), "jpeg"), NST_OK);
    ck_assert_int_eq(nst_image_load(&again, inside("a"), 0), NST_OK);
    nst_image_destroy(again);
    ck_assert_int_eq(nst_image_save_as(image, inside("b"), "gif"), NST_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(nst_last_error(), "b: type: expected png, jpg, jpeg, ppm, pnm, pgm or pam, found 'gif'"));
    ck_assert_int_eq(nst_image_save_as(image, inside("b"), NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_save(image, NULL), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_save(NULL, "a.png"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_image_encode(&bytes, &size, image, "gif"), NST_ERR_ARGUMENT);
    ck_assert_str_eq(nst_last_error(), "type: expected png, jpg, jpeg, ppm, pnm, pgm or pam, found 'gif'");
    ck_assert(bytes == NULL && size == 0);
    nst_image_destroy(image);
    ck_assert_int_eq(empty_folder(), 6);
}
END_TEST

/* A limit on the size of files stands for a full disk: write() fails half-way. */
START_TEST(a_full_disk_leaves_what_was_there)
{
    static const char *const names[] = {"a.png", "b.jpg"};
    struct rlimit limit, small;
    uint32_t seed = 99;
    nst_image *image;
    make_folder();
    ck_assert_int_eq(nst_image_create(&image, 100, 100, 0), NST_OK);
    for (size_t i = 0; i < 3 * 100 * 100; i++)
        image->pixels[i] = (float)(next_random(&seed) % 256) / 255.0f;
    put_file(names[0], "as it was", 9);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 1000;
    nst_status statuses[2];
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (size_t i = 0; i < 2; i++)
        statuses[i] = nst_image_save(image, inside(names[i]));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(statuses[0], NST_ERR_IO);
    ck_assert_int_eq(statuses[1], NST_ERR_IO);
    ck_assert_ptr_nonnull(strstr(nst_last_error(), "b.jpg: cannot be written: File too large"));

    char text[16] = {0};
    FILE *f = fopen(inside(names[0]), "rb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, f), 9);
    fclose(f);
    ck_assert_str_eq(text, "as it was");
    ck_assert_int_eq(nst_image_save(image, inside(names[0])), NST_OK);
    nst_image_destroy(image);
    ck_assert_int_eq(empty_folder(), 1);
}
END_TEST

/* ---- memory ---- */

static struct {
    long left;      /* allocations that still succeed; negative: all */
    long live;      /* blocks */
    bool refused;   /* was one? */
    bool for_good;  /* once it is refused, all later ones are too */
    size_t largest; /* bytes that were asked for at once */
} memory;

static bool refuses(void)
{
    if (memory.left-- != 0) return false;
    if (memory.for_good) memory.left = 0;
    memory.refused = true;
    return true;
}

static void *limited_allocate(size_t size, void *user)
{
    (void)user;
    memory.largest = size > memory.largest ? size : memory.largest;
    if (refuses()) return NULL;
    void *block = malloc(size);
    memory.live += block != NULL;
    return block;
}

static void *limited_resize(void *block, size_t size, void *user)
{
    (void)user;
    if (refuses()) return NULL;
    return realloc(block, size);
}

static void limited_release(void *block, void *user)
{
    (void)user;
    memory.live -= block != NULL;
    free(block);
}

static const float alpha_pixels[4 * 30 * 20]; /* any picture will do */

/* What is to be tried, number WHAT, on IMAGE. Nothing of it is left afterwards. */
static nst_status attempt(int what, const file *files, const nst_image *image)
{
    nst_image *out = NULL;
    void *bytes = NULL;
    size_t size;
    nst_status status = NST_OK;
    switch (what - FILES) {
    case 0: status = nst_image_create(&out, 5, 5, 1); break;
    case 1: status = nst_image_copy(&out, image); break;
    case 2: status = nst_image_resize(&out, image, 9, 30); break;
    case 3: status = nst_image_from_f32(&out, alpha_pixels, 30, 20, 4, 0); break;
    case 4: status = nst_image_from_u8(&out, files[0].bytes, 5, 3, 2, 0); break;
    case 5: status = nst_image_encode(&bytes, &size, image, "png"); break;
    case 6: status = nst_image_encode(&bytes, &size, image, "jpeg"); break;
    case 7: status = nst_image_save(image, inside("a.png")); break;
    default: status = nst_image_decode(&out, files[what].bytes, files[what].size, 0); break;
    }
    ck_assert((out != NULL || bytes != NULL) == (status == NST_OK && what - FILES != 7));
    nst_image_destroy(out);
    nst_bytes_destroy(bytes);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    const nst_allocator allocator = {.size = sizeof(nst_allocator),
                                     .allocate = limited_allocate,
                                     .resize = limited_resize,
                                     .release = limited_release};
    file files[FILES];
    nst_image *image;
    make_files(files);
    make_folder();
    memory.left = -1;
    ck_assert_int_eq(nst_allocator_set(&allocator), NST_OK);
    ck_assert_int_eq(nst_image_from_f32(&image, alpha_pixels, 30, 20, 4, 0), NST_OK);
    const long before = memory.live;
    for (int what = 0; what < 2 * (FILES + 8); what++) {
        long allowed = 0;
        memory.for_good = what % 2;
        for (nst_status status = NST_ERR_OUT_OF_MEMORY; status != NST_OK; allowed++) {
            memory.left = allowed;
            memory.refused = false;
            status = attempt(what / 2, files, image);
            memory.left = -1;
            ck_assert_msg(status == NST_OK || status == NST_ERR_OUT_OF_MEMORY,
                          "attempt %d with %ld allocations: status %d, %s", what / 2, allowed, status,
                          nst_last_error());
            if (status != NST_OK)
                ck_assert_msg(strstr(nst_last_error(), "out of memory") != NULL, "%s", nst_last_error());
            ck_assert(memory.refused == (status != NST_OK)); /* no failure is passed over */
            ck_assert_int_eq(memory.live, before);
            ck_assert_int_lt(allowed, 1000);
        }
        ck_assert_int_gt(allowed, 1);
    }
    nst_image_destroy(image);
    ck_assert_int_eq(memory.live, 0);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
    ck_assert_int_eq(empty_folder(), 1);
    free_files(files);
}
END_TEST

/* A chunk that says it holds a gigabyte. */
START_TEST(a_lying_chunk_takes_no_memory)
{
    const nst_allocator allocator = {.size = sizeof(nst_allocator),
                                     .allocate = limited_allocate,
                                     .resize = limited_resize,
                                     .release = limited_release};
    const png_kind kind = {8, PNG_COLOR_TYPE_RGB, false, false};
    uint8_t tiff[EXIF_SIZE];
    nst_image *image;
    make_exif(tiff, true, 6);
    file f = make_png(&kind, 5, 4, tiff, sizeof tiff, 0);
    ck_assert_int_eq(memcmp(f.bytes + 37, "eXIf", 4), 0);
    put_u32(f.bytes + 33, 1 << 30);
    memory.left = -1;
    ck_assert_int_eq(nst_allocator_set(&allocator), NST_OK);
    ck_assert_int_eq(nst_image_decode(&image, f.bytes, f.size, 0), NST_ERR_CORRUPT);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
    ck_assert_uint_lt(memory.largest, 10000000);
    free(f.bytes);
}
END_TEST

RUNNER("image_damage", files_cut_anywhere_are_refused_or_whole, flipped_bytes_do_no_harm,
       moved_and_missing_pieces_do_no_harm, huge_headers_are_refused, the_cap_is_exact, other_formats_are_named,
       loading_says_which_file_and_what_is_wrong, saving_goes_by_the_ending, every_ending_and_type_is_written_and_read,
       a_full_disk_leaves_what_was_there, every_allocation_may_fail, a_lying_chunk_takes_no_memory)
