/*
 * Sixel graphics: after DEC's manuals of the VT330/VT340, chapter 14. The palette is a cube of 6 x 7 x 6 colours.
 */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

enum { RED = 6, GREEN = 7, BLUE = 6, COLORS = RED * GREEN * BLUE, BAND = 6 };

static int level(uint8_t *value, int count)
{
    const int at = (*value * (count - 1) + 127) / 255;
    *value = (uint8_t)(at * 255 / (count - 1));
    return at;
}

static int nearest(uint8_t *rgb)
{
    const int red = level(&rgb[0], RED), green = level(&rgb[1], GREEN);
    return (red * GREEN + green) * BLUE + level(&rgb[2], BLUE);
}

static void put_run(FILE *out, int sixel, size_t count)
{
    if (count > 3)
        fprintf(out, "!%zu%c", count, '?' + sixel);
    else
        for (size_t i = 0; i < count; i++)
            fputc('?' + sixel, out);
}

/* The pixels of COLOR in a band of ROWS rows of WIDTH. */
static void put_color(FILE *out, const uint8_t *band, size_t width, size_t rows, int color)
{
    int last = -1;
    size_t count = 0;
    fprintf(out, "#%d", color);
    for (size_t x = 0; x < width; x++) {
        int sixel = 0;
        for (size_t r = 0; r < rows; r++)
            sixel |= (band[r * width + x] == color) << r;
        if (sixel != last && count) {
            put_run(out, last, count);
            count = 0;
        }
        last = sixel;
        count++;
    }
    if (last > 0) put_run(out, last, count);
    fputc('$', out);
}

void terminal_sixel(FILE *out, const terminal_picture *picture)
{
    const size_t width = picture->width, height = picture->height;
    uint8_t *pixels = terminal_dither(picture, nearest);
    fprintf(out, "\033P0;1;0q\"1;1;%zu;%zu", width, height);
    for (int i = 0; i < COLORS; i++)
        fprintf(out, "#%d;2;%d;%d;%d", i, i / BLUE / GREEN * 100 / (RED - 1), i / BLUE % GREEN * 100 / (GREEN - 1),
                i % BLUE * 100 / (BLUE - 1));
    for (size_t y = 0; y < height; y += BAND) {
        const size_t rows = height - y < BAND ? height - y : BAND;
        bool used[COLORS] = {false};
        for (size_t i = 0; i < rows * width; i++)
            used[pixels[y * width + i]] = true;
        for (int color = 0; color < COLORS; color++)
            if (used[color]) put_color(out, pixels + y * width, width, rows, color);
        if (y + BAND < height) fputc('-', out);
    }
    fputs("\033\\", out);
    free(pixels);
}
