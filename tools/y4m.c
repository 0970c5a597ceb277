#include "y4m.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MOST = 16384, COLUMNS_HD = 1280 };

static int damaged(const y4m *video, const char *expected)
{
    return complain(EXIT_INPUT, "%s: expected %s after %llu frames of video", video->name, expected,
                    (unsigned long long)video->frames);
}

/* A line up to its end, which is left out. */
static bool read_line(FILE *in, char *line, size_t size)
{
    if (!fgets(line, (int)size, in)) return false;
    const size_t length = strcspn(line, "\n");
    if (line[length] != '\n') return false;
    line[length] = '\0';
    return true;
}

static int read_sampling(y4m *video, const char *name)
{
    static const struct {
        const char *name;
        uint32_t across, down;
    } known[] = {{"420", 2, 2},      {"420jpeg", 2, 2}, {"420mpeg2", 2, 2},
                 {"420paldv", 2, 2}, {"422", 2, 1},     {"444", 1, 1}};
    const size_t length = strcspn(name, " ");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == length && strncmp(name, known[i].name, length) == 0) {
            video->across = known[i].across;
            video->down = known[i].down;
            return EXIT_DONE;
        }
    return complain(EXIT_INPUT, "%s: expected video of 8 bits, 420, 422 or 444, found %.*s: ffmpeg -pix_fmt yuv420p",
                    video->name, (int)length, name);
}

static int read_header(y4m *video)
{
    const char *at = strstr(video->header, " W"), *high = strstr(video->header, " H"),
               *as = strstr(video->header, " C");
    const unsigned long width = at ? strtoul(at + 2, NULL, 10) : 0, height = high ? strtoul(high + 2, NULL, 10) : 0;
    if (width == 0 || height == 0 || width > SIDE_MOST || height > SIDE_MOST)
        return complain(EXIT_INPUT, "%s: expected video of 1 to %d pixels a side, found %lux%lu", video->name,
                        SIDE_MOST, width, height);
    video->width = (uint32_t)width;
    video->height = (uint32_t)height;
    video->full = strstr(video->header, "XCOLORRANGE=FULL") != NULL;
    video->red = width >= COLUMNS_HD ? 0.2126 : 0.299; /* BT.709, BT.601 */
    video->blue = width >= COLUMNS_HD ? 0.0722 : 0.114;
    return read_sampling(video, as ? as + 2 : "420");
}

static size_t chroma_width(const y4m *video)
{
    return (video->width + video->across - 1) / video->across;
}

static size_t chroma_size(const y4m *video)
{
    return chroma_width(video) * ((video->height + video->down - 1) / video->down);
}

static size_t luma_size(const y4m *video)
{
    return (size_t)video->width * video->height;
}

int y4m_open(y4m *video, FILE *in, const char *name, FILE *out)
{
    *video = (y4m){.in = in, .out = out, .name = name};
    if (!read_line(in, video->header, sizeof video->header) ||
        strncmp(video->header, Y4M_MAGIC " ", strlen(Y4M_MAGIC " ")) != 0)
        return complain(EXIT_INPUT, "%s: expected the header of a YUV4MPEG2 stream", name);
    const int code = read_header(video);
    if (code) return code;
    video->bytes = grow(NULL, luma_size(video) + 2 * chroma_size(video), 1);
    fprintf(out, "%s\n", video->header);
    return EXIT_DONE;
}

void y4m_close(y4m *video)
{
    free(video->bytes);
    video->bytes = NULL;
}

/* The scale of luma and chroma, and where they begin. */
typedef struct range {
    double luma, chroma, black;
} range;

static range range_of(const y4m *video)
{
    return video->full ? (range){255, 255, 0} : (range){219, 224, 16};
}

int y4m_read(y4m *video, nst_image **out)
{
    const size_t luma = luma_size(video), chroma = chroma_size(video);
    const unsigned char *u = video->bytes + luma, *v = u + chroma;
    const range r = range_of(video);
    char line[256];
    *out = NULL;
    if (!read_line(video->in, line, sizeof line)) return feof(video->in) ? EXIT_DONE : damaged(video, "a frame");
    if (strncmp(line, "FRAME", 5) != 0) return damaged(video, "the word FRAME");
    if (fread(video->bytes, 1, luma + 2 * chroma, video->in) != luma + 2 * chroma)
        return damaged(video, "a whole frame");
    video->frames++;
    const nst_status status = nst_image_create(out, video->width, video->height, 0);
    if (status != NST_OK) return complain_of(status);
    float *to = nst_image_mutable_pixels(*out);
    for (size_t i = 0; i < video->height; i++)
        for (size_t j = 0; j < video->width; j++, to += 3) {
            const size_t at = i / video->down * chroma_width(video) + j / video->across;
            const double y = (video->bytes[i * video->width + j] - r.black) / r.luma;
            const double red = y + 2 * (1 - video->red) * (v[at] - 128) / r.chroma;
            const double blue = y + 2 * (1 - video->blue) * (u[at] - 128) / r.chroma;
            to[0] = (float)fmin(fmax(red, 0), 1);
            to[1] =
                (float)fmin(fmax((y - video->red * red - video->blue * blue) / (1 - video->red - video->blue), 0), 1);
            to[2] = (float)fmin(fmax(blue, 0), 1);
        }
    return EXIT_DONE;
}

static unsigned char byte_of(double value)
{
    return (unsigned char)lrint(fmin(fmax(value, 0), 255));
}

static double luma_of(const y4m *video, const float *pixel)
{
    return video->red * (double)pixel[0] + (1 - video->red - video->blue) * (double)pixel[1] +
           video->blue * (double)pixel[2];
}

/* The means of the differences of red and blue from the luma, over a chroma sample. */
static void chroma_of(const y4m *video, const nst_image *image, size_t i, size_t j, double *u, double *v)
{
    const float *pixels = nst_image_pixels(image);
    double red = 0, blue = 0, count = 0;
    for (size_t row = i * video->down; row < (i + 1) * video->down && row < video->height; row++)
        for (size_t column = j * video->across; column < (j + 1) * video->across && column < video->width; column++) {
            const float *pixel = pixels + (row * video->width + column) * 3;
            red += (double)pixel[0] - luma_of(video, pixel);
            blue += (double)pixel[2] - luma_of(video, pixel);
            count++;
        }
    *u = blue / count / (2 * (1 - video->blue));
    *v = red / count / (2 * (1 - video->red));
}

int y4m_write(y4m *video, const nst_image *image)
{
    const size_t luma = luma_size(video), chroma = chroma_size(video), width = chroma_width(video);
    const range r = range_of(video);
    const float *pixels = nst_image_pixels(image);
    for (size_t i = 0; i < luma; i++)
        video->bytes[i] = byte_of(r.black + r.luma * luma_of(video, pixels + 3 * i));
    for (size_t i = 0; i < chroma; i++) {
        double u, v;
        chroma_of(video, image, i / width, i % width, &u, &v);
        video->bytes[luma + i] = byte_of(128 + r.chroma * u);
        video->bytes[luma + chroma + i] = byte_of(128 + r.chroma * v);
    }
    fputs("FRAME\n", video->out);
    const size_t size = luma + 2 * chroma;
    if (fwrite(video->bytes, 1, size, video->out) == size && fflush(video->out) == 0) return EXIT_DONE;
    return complain(EXIT_SYSTEM, "standard output: %s", strerror(errno));
}
