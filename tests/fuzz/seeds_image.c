/*
 * Writes a small file of each kind of picture into the folder that its argument names.
 */
#include "unit/image_files.h"

#include <stdio.h>

static void save(const char *folder, const char *name, file f)
{
    char path[1024];
    must(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(f.bytes, 1, f.size, out) != f.size || fclose(out) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    free(f.bytes);
}

static void save_text(const char *folder, const char *name, const char *bytes, size_t size)
{
    file f = {malloc(size), size};
    must(f.bytes != NULL);
    memcpy(f.bytes, bytes, size);
    save(folder, name, f);
}

static void save_pnm(const char *folder)
{
    static const char pgm[] = "P5\n# comment\n3 2\n255\n123456", ppm[] = "P6 2 2 1000\n123456789012345678901234";
    static const char pam[] = "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n12345678";
    static const char lines[] = "P6\r\n1 2\r\n255\r\n123456", joined[] = "P5 3 1 255# comment\n\n12";
    static const char planes[] =
        "P7\nWIDTH 1\nHEIGHT 2\nDEPTH 5\nMAXVAL 300\nTUPLTYPE GRAYSCALE\nTUPLTYPE\nENDHDR\r\n12345678901234567890";
    save_text(folder, "lines.ppm", lines, sizeof lines - 1);
    save_text(folder, "joined.pgm", joined, sizeof joined - 1);
    save_text(folder, "planes.pam", planes, sizeof planes - 1);
    save_text(folder, "grey.pgm", pgm, sizeof pgm - 1);
    save_text(folder, "deep.ppm", ppm, sizeof ppm - 1);
    save_text(folder, "alpha.pam", pam, sizeof pam - 1);
}

/* Of 3 x 2 pixels each. A library without libwebp refuses them by name. */
static void save_webp(const char *folder)
{
    static const char lossless[] = /* with a profile that is none, and an orientation */
        "RIFFj\000\000\000WEBPVP8X\012\000\000\0008\000\000\000\002\000\000\001\000\000"
        "ICCP\010\000\000\000profile!"
        "VP8L\031\000\000\000/\002@\000\020\017\020\373\077\377\017\374\217\012\012\3226`a\273\023\321\377\310\001\000"
        "EXIF\032\000\000\000MM\000*"
        "\000\000\000\010\000\001\001\022\000\003\000\000\000\001\000\006\000\000\000\000\000\000";
    static const char lossy[] = /* with alpha */
        "RIFF^\000\000\000WEBPVP8X\012\000\000\000\020\000\000\000\002\000\000\001\000\000"
        "ALPH\007\000\000\000\000\377\200\377\200\377\200\000"
        "VP8 "
        "0\000\000\000p\001\000\235\001*\003\000\002\000\007@\226%\240\002t\001@"
        "\000\000\376\355\0276\230\362\207\306yx\324n\247\210{\276\201~3\361C\335\377\251\036\000\000";
    save_text(folder, "lossless.webp", lossless, sizeof lossless - 1);
    save_text(folder, "lossy.webp", lossy, sizeof lossy - 1);
}

int main(int argc, char **argv)
{
    static const png_kind kinds[] = {
        {1, PNG_COLOR_TYPE_GRAY, false, false},     {2, PNG_COLOR_TYPE_GRAY, true, true},
        {16, PNG_COLOR_TYPE_GRAY, true, false},     {4, PNG_COLOR_TYPE_PALETTE, false, true},
        {8, PNG_COLOR_TYPE_PALETTE, true, false},   {8, PNG_COLOR_TYPE_RGB, false, true},
        {16, PNG_COLOR_TYPE_RGB, true, false},      {8, PNG_COLOR_TYPE_GRAY_ALPHA, false, false},
        {8, PNG_COLOR_TYPE_RGB_ALPHA, true, false}, {16, PNG_COLOR_TYPE_RGB_ALPHA, false, false},
    };
    char name[64];
    uint8_t tiff[EXIF_SIZE];
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    make_exif(tiff, true, 6);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        snprintf(name, sizeof name, "%zu.png", i);
        save(argv[1], name, make_png(&kinds[i], 11, 7, tiff, i % 3 ? 0 : sizeof tiff, 0));
    }
    for (int subsampling = 0; subsampling < TJ_NUMSAMP; subsampling++)
        for (int progressive = 0; progressive <= 1; progressive++) {
            snprintf(name, sizeof name, "%d-%d.jpg", subsampling, progressive);
            save(argv[1], name, make_jpeg(19, 17, TJPF_RGB, subsampling, progressive ? TJFLAG_PROGRESSIVE : 0));
        }
    file ink = make_jpeg(19, 17, TJPF_CMYK, TJSAMP_444, 0);
    save(argv[1], "exif.jpg", with_exif(&ink, tiff, sizeof tiff));
    save(argv[1], "ink.jpg", ink);
    save_pnm(argv[1]);
    save_webp(argv[1]);
    return EXIT_SUCCESS;
}
