#include "sheet.h"
#include "lettering.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = 8, EMPTY = 96, LEAST = 6, MOST = 14 }; /* pixels: between cells, of a missing one, and of letters */
#define FILL 28                                     /* letters are this part of a column's width */

/* Where columns and rows begin, and their sizes without the words. */
typedef struct layout {
    size_t columns, rows;
    uint32_t *width, *height; /* of each column and row */
    double letters;
    uint32_t line; /* height of the words */
} layout;

static void make_room(layout *l, const sheet_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t *width = &l->width[i % l->columns], *height = &l->height[i / l->columns];
        const nst_image *image = cells[i].image;
        if (image && nst_image_width(image) > *width) *width = nst_image_width(image);
        if (image && nst_image_height(image) > *height) *height = nst_image_height(image);
    }
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < l->columns; i++) {
        if (l->width[i] < EMPTY) l->width[i] = EMPTY;
        if (l->width[i] < least) least = l->width[i];
    }
    for (size_t i = 0; i < l->rows; i++)
        if (l->height[i] == 0) l->height[i] = EMPTY;
    l->letters = (double)least / FILL;
    l->letters = l->letters < LEAST ? LEAST : l->letters > MOST ? MOST : l->letters;
    l->line = (uint32_t)(lettering_below(l->letters) + GAP);
}

static uint32_t sum(const uint32_t *sizes, size_t count, uint32_t between)
{
    uint32_t whole = GAP;
    for (size_t i = 0; i < count; i++)
        whole += sizes[i] + between;
    return whole;
}

static void paste(nst_image *sheet, const nst_image *image, uint32_t left, uint32_t top)
{
    const uint32_t width = nst_image_width(image), height = nst_image_height(image), across = nst_image_width(sheet);
    const float *from = nst_image_pixels(image), *alpha = nst_image_alpha(image);
    float *to = nst_image_mutable_pixels(sheet);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < 3 * width; x++) {
            const float a = alpha ? alpha[(size_t)y * width + x / 3] : 1;
            to[3 * ((size_t)(top + y) * across + left) + x] = a * from[(size_t)y * 3 * width + x] + 1 - a;
        }
}

static void cross_out(nst_image *sheet, double left, double top, double width, double height)
{
    const double a[2] = {left, top}, b[2] = {left + width, top}, c[2] = {left, top + height};
    const double d[2] = {left + width, top + height};
    lettering_line(sheet, a, b, 1);
    lettering_line(sheet, a, c, 1);
    lettering_line(sheet, b, d, 1);
    lettering_line(sheet, c, d, 1);
    lettering_line(sheet, a, d, 2);
    lettering_line(sheet, b, c, 2);
}

/* In the middle of WIDTH: smaller where they are long, and cut where they would be too small. */
static void write_words(nst_image *sheet, const char *words, double left, double top, double width, double letters)
{
    char *said = print_text("%s", words);
    double wide = lettering_width(said, letters);
    if (wide > width) letters = letters * width / wide < LEAST ? LEAST : letters * width / wide;
    for (size_t length = strlen(said); length > 4 && lettering_width(said, letters) > width; length--)
        memcpy(said + length - 4, "...", 4);
    wide = lettering_width(said, letters);
    lettering_draw(sheet, left + (wide < width ? (width - wide) / 2 : 0), top, letters, said);
    free(said);
}

static void draw_cells(nst_image *sheet, const layout *l, const sheet_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t column = i % l->columns, row = i / l->columns;
        const uint32_t left = sum(l->width, column, GAP), top = sum(l->height, row, l->line + GAP);
        const uint32_t width = l->width[column], height = l->height[row];
        const nst_image *image = cells[i].image;
        if (image)
            paste(sheet, image, left + (width - nst_image_width(image)) / 2, top + height - nst_image_height(image));
        else
            cross_out(sheet, left, top, width, height);
        write_words(sheet, cells[i].words, left, top + height + GAP / 2., width, l->letters);
    }
}

nst_status sheet_draw(nst_image **out, const sheet_cell *cells, size_t count, size_t columns)
{
    layout l = {.columns = columns, .rows = (count + columns - 1) / columns};
    l.width = grow(NULL, l.columns + l.rows, sizeof *l.width);
    memset(l.width, 0, (l.columns + l.rows) * sizeof *l.width);
    l.height = l.width + l.columns;
    make_room(&l, cells, count);
    const uint32_t width = sum(l.width, l.columns, GAP), height = sum(l.height, l.rows, l.line + GAP);
    const nst_status status = nst_image_create(out, width, height, 0);
    if (status == NST_OK) {
        float *pixels = nst_image_mutable_pixels(*out);
        for (size_t i = 0; i < (size_t)width * height * 3; i++)
            pixels[i] = 1;
        draw_cells(*out, &l, cells, count);
    }
    free(l.width);
    return status;
}
