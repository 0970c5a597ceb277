#include "preview.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAUSE 0.5 /* seconds between two pictures, at least */
#define PART  20  /* between two pictures so many times the seconds that one takes */

/* Pixels of a side for protocols that send them all, and of a character where the terminal does not tell: if those are
 * larger, the picture takes fewer lines than were made free for it. */
enum { MOST = 640, CELL_WIDTH = 6, CELL_HEIGHT = 12 };

int preview_start(preview *p, const char *where)
{
    *p = (preview){0};
    if (!where) return EXIT_DONE;
    const bool named = *where && terminal_find(where) != TERMINAL_NONE;
    if (*where && !named) {
        p->file = where;
        const char *end = ending(where);
        p->type = *end ? nst_image_type(end + 1) : NULL;
        if (p->type) return EXIT_DONE;
        return complain(EXIT_USE, "--preview: expected sixel, kitty, iterm2, blocks, or a name as live.png, found '%s'",
                        where);
    }
    if (isatty(STDERR_FILENO)) p->protocol = named ? terminal_find(where) : terminal_guess();
    if (p->protocol == TERMINAL_NONE)
        tell("nst: warning: --preview shows nothing: standard error is no terminal that is known to show pictures; "
             "--preview=FILE.png keeps a file current");
    return EXIT_DONE;
}

bool preview_due(preview *p)
{
    p->begun = now();
    return (p->file || p->protocol != TERMINAL_NONE) && p->begun >= p->next;
}

void preview_leave(preview *p)
{
    p->used = 0;
    p->next = 0;
}

/* ---- On a terminal ---- */

/* RGB of 8 bits, over white where there is alpha; to be freed. */
static uint8_t *flatten(const nst_image *image)
{
    const size_t count = (size_t)nst_image_width(image) * nst_image_height(image);
    uint8_t *pixels = grow(NULL, count, 4), *to = pixels;
    if (nst_image_to_u8(image, pixels, 4, 0) != NST_OK) memset(pixels, 255, count * 4);
    for (const uint8_t *from = pixels; from < pixels + count * 4; from += 4)
        for (int c = 0; c < 3; c++)
            *to++ = (uint8_t)((from[c] * from[3] + 255 * (255 - from[3]) + 127) / 255);
    return pixels;
}

/* IMAGE as large as it may be in WIDTH x HEIGHT pixels, and no larger than it is. */
static nst_status fit(nst_image **out, const nst_image *image, double width, double height)
{
    const double w = nst_image_width(image), h = nst_image_height(image);
    double scale = 1;
    if (w * scale > width) scale = width / w;
    if (h * scale > height) scale = height / h;
    const uint32_t new_width = (uint32_t)(w * scale), new_height = (uint32_t)(h * scale);
    return nst_image_resize(out, image, new_width ? new_width : 1, new_height ? new_height : 1);
}

static nst_status draw(const preview *p, FILE *out, const terminal_picture *picture)
{
    switch (p->protocol) {
    case TERMINAL_BLOCKS: terminal_blocks(out, picture, terminal_true_color()); return NST_OK;
    case TERMINAL_SIXEL: terminal_sixel(out, picture); return NST_OK;
    case TERMINAL_KITTY: return terminal_kitty(out, picture, p->id);
    case TERMINAL_ITERM2: return terminal_iterm2(out, picture);
    default: return NST_OK;
    }
}

/* Makes LINES free for the picture, or goes back to those of the picture before, and to the line below them at last. */
static nst_status draw_in_place(preview *p, FILE *out, const terminal_picture *picture, unsigned lines)
{
    fputs("\r\033[K", out);
    if (p->used != lines) {
        p->id++;
        for (unsigned i = 0; i < lines; i++)
            fputc('\n', out);
    }
    p->used = lines;
    fprintf(out, "\033[%uA\0337", lines);
    const nst_status status = draw(p, out, picture);
    fprintf(out, "\0338\033[%uB\r", lines);
    return status;
}

/* All at once: standard error has no buffer. */
static nst_status draw_at_once(preview *p, const terminal_picture *picture, unsigned lines)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (!out) exit(complain(EXIT_SYSTEM, "out of memory"));
    const nst_status status = draw_in_place(p, out, picture, lines);
    if (fclose(out) != 0) exit(complain(EXIT_SYSTEM, "out of memory"));
    fwrite(bytes, 1, size, stderr);
    free(bytes);
    return status;
}

static nst_status show_on_terminal(preview *p, const nst_image *image)
{
    struct winsize size = {0};
    nst_image *small;
    const bool blocks = p->protocol == TERMINAL_BLOCKS;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 4 || size.ws_col < 4)
        size = (struct winsize){24, 80, 0, 0};
    const unsigned columns = size.ws_col, lines = size.ws_row - 2u;
    const double cell_width = blocks ? 1 : size.ws_xpixel ? (double)size.ws_xpixel / columns : CELL_WIDTH;
    const double cell_height = blocks ? 2 : size.ws_ypixel ? (double)size.ws_ypixel / size.ws_row : CELL_HEIGHT;
    const double width = (columns - 1) * cell_width, height = lines * cell_height;
    if (columns != p->columns || lines != p->lines) p->used = 0;
    p->columns = columns;
    p->lines = lines;
    nst_status status =
        fit(&small, image, blocks || width < MOST ? width : MOST, blocks || height < MOST ? height : MOST);
    if (status != NST_OK) return status;
    uint8_t *pixels = flatten(small);
    const terminal_picture picture = {pixels, nst_image_width(small), nst_image_height(small)};
    status = draw_at_once(p, &picture, (unsigned)((picture.height + cell_height - 1) / cell_height));
    free(pixels);
    nst_image_destroy(small);
    return status;
}

int preview_show(preview *p, const nst_image *image)
{
    if (!p->file && p->protocol == TERMINAL_NONE) return EXIT_DONE;
    const nst_status status = p->file ? nst_image_save_as(image, p->file, p->type) : show_on_terminal(p, image);
    const double cost = now() - p->begun;
    p->next = now() + (cost * PART > PAUSE ? cost * PART : PAUSE);
    if (status == NST_OK) return EXIT_DONE;
    *p = (preview){0};
    return complain_of(status);
}
