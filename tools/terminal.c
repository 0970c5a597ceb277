#include "terminal.h"

#include <stdlib.h>
#include <string.h>

/* ---- Which protocol ---- */

static const char *const names[] = {"", "blocks", "sixel", "kitty", "iterm2"};

terminal_protocol terminal_find(const char *name)
{
    for (int i = TERMINAL_BLOCKS; i <= TERMINAL_ITERM2; i++)
        if (strcmp(names[i], name) == 0) return (terminal_protocol)i;
    return TERMINAL_NONE;
}

/* A value "xterm*" stands for all that begin so, "*" for any. */
static const struct known {
    const char *variable, *value;
    terminal_protocol protocol;
} known[] = {
    /* tmux and screen pass nothing on but text, whatever terminal they run in */
    {"TMUX", "*", TERMINAL_BLOCKS},
    {"TERM", "screen*", TERMINAL_BLOCKS},
    {"TERM", "tmux*", TERMINAL_BLOCKS},
    {"TERM", "dumb", TERMINAL_NONE},
    {"TERM", "xterm-kitty", TERMINAL_KITTY},
    {"TERM", "xterm-ghostty", TERMINAL_KITTY},
    {"KITTY_WINDOW_ID", "*", TERMINAL_KITTY},
    {"TERM_PROGRAM", "ghostty", TERMINAL_KITTY},
    {"TERM_PROGRAM", "iTerm.app", TERMINAL_ITERM2},
    {"TERM_PROGRAM", "WezTerm", TERMINAL_ITERM2},
    {"TERM_PROGRAM", "mintty", TERMINAL_ITERM2},
    {"LC_TERMINAL", "iTerm2", TERMINAL_ITERM2}, /* which ssh hands on */
    {"TERM", "foot*", TERMINAL_SIXEL},
    {"TERM", "mlterm*", TERMINAL_SIXEL},
    {"TERM", "contour*", TERMINAL_SIXEL},
    {"TERM", "*-sixel", TERMINAL_SIXEL},
    {"TERM", "*", TERMINAL_BLOCKS},
};

static bool matches(const char *value, const char *pattern)
{
    const size_t length = strlen(pattern), size = strlen(value);
    if (pattern[length - 1] == '*') return strncmp(value, pattern, length - 1) == 0;
    if (pattern[0] == '*') return size >= length - 1 && strcmp(value + size - (length - 1), pattern + 1) == 0;
    return strcmp(value, pattern) == 0;
}

terminal_protocol terminal_guess(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *value = getenv(known[i].variable);
        if (value && *value && matches(value, known[i].value)) return known[i].protocol;
    }
    return TERMINAL_NONE;
}

bool terminal_true_color(void)
{
    const char *color = getenv("COLORTERM"), *term = getenv("TERM");
    if (color && (strcmp(color, "truecolor") == 0 || strcmp(color, "24bit") == 0)) return true;
    return term && strstr(term, "direct") != NULL;
}

/* ---- Palettes ---- */

uint8_t *terminal_dither(const terminal_picture *picture, terminal_nearest nearest)
{
    const size_t width = picture->width, row = (width + 2) * 3; /* a pixel more each side */
    uint8_t *out = grow(NULL, width * picture->height, 1);
    int *error = grow(NULL, 2 * row, sizeof *error); /* in sixteenths: of this row and the next */
    memset(error, 0, 2 * row * sizeof *error);
    for (size_t y = 0; y < picture->height; y++) {
        int *here = error + (y & 1) * row, *below = error + (~y & 1) * row;
        memset(below, 0, row * sizeof *below);
        for (size_t x = 0; x < width; x++) {
            uint8_t rgb[3];
            int wanted[3];
            for (size_t c = 0; c < 3; c++) {
                wanted[c] = picture->pixels[(y * width + x) * 3 + c] + here[(x + 1) * 3 + c] / 16;
                rgb[c] = (uint8_t)(wanted[c] < 0 ? 0 : wanted[c] > 255 ? 255 : wanted[c]);
            }
            out[y * width + x] = (uint8_t)nearest(rgb);
            for (size_t c = 0; c < 3; c++) {
                const size_t at = (x + 1) * 3 + c;
                const int off = wanted[c] - rgb[c];
                here[at + 3] += 7 * off;
                below[at - 3] += 3 * off;
                below[at] += 5 * off;
                below[at + 3] += off;
            }
        }
    }
    free(error);
    return out;
}

/* ---- Half blocks ---- */

/* Of the cube of 6 x 6 x 6 and the 24 greys that terminals of 256 colours have. */
static int nearest(uint8_t *rgb)
{
    static const int steps[] = {0, 95, 135, 175, 215, 255};
    int cube[3], off_cube = 0, off_grey = 0;
    const int mean = (rgb[0] + rgb[1] + rgb[2]) / 3;
    const int grey = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
    for (int c = 0; c < 3; c++) {
        cube[c] = rgb[c] < 48 ? 0 : rgb[c] < 115 ? 1 : (rgb[c] - 35) / 40;
        off_cube += abs(rgb[c] - steps[cube[c]]);
        off_grey += abs(rgb[c] - (8 + 10 * grey));
    }
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)(off_grey < off_cube ? 8 + 10 * grey : steps[cube[c]]);
    return off_grey < off_cube ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2];
}

/* KIND: 38 in front, 48 behind. */
static void set_color(FILE *out, int kind, const terminal_picture *picture, const uint8_t *numbers, size_t at)
{
    const uint8_t *rgb = picture->pixels + at * 3;
    if (numbers)
        fprintf(out, "\033[%d;5;%dm", kind, numbers[at]);
    else
        fprintf(out, "\033[%d;2;%d;%d;%dm", kind, rgb[0], rgb[1], rgb[2]);
}

/* The upper half of a character is in front, the lower behind. An odd last row has nothing behind. */
void terminal_blocks(FILE *out, const terminal_picture *picture, bool true_color)
{
    const size_t width = picture->width, height = picture->height;
    uint8_t *numbers = true_color ? NULL : terminal_dither(picture, nearest);
    for (size_t y = 0; y < height; y += 2) {
        for (size_t x = 0; x < width; x++) {
            set_color(out, 38, picture, numbers, y * width + x);
            if (y + 1 < height) set_color(out, 48, picture, numbers, (y + 1) * width + x);
            fputs("\342\226\200", out); /* U+2580, upper half block */
        }
        fputs("\033[0m\n", out);
    }
    free(numbers);
}

/* ---- kitty and iTerm2: a PNG file in base64 ---- */

static char digit(unsigned six)
{
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[six & 63];
}

static char *base64(const uint8_t *bytes, size_t size, size_t *length)
{
    char *text = grow(NULL, size / 3 + 2, 4), *to = text;
    for (size_t i = 0; i < size; i += 3) {
        const unsigned left = size - i > 2 ? 3 : (unsigned)(size - i);
        const unsigned three = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? (unsigned)bytes[i + 2] : 0);
        *to++ = digit(three >> 18);
        *to++ = digit(three >> 12);
        *to++ = left > 1 ? digit(three >> 6) : '=';
        *to++ = left > 2 ? digit(three) : '=';
    }
    *to = '\0';
    *length = (size_t)(to - text);
    return text;
}

/* Of LENGTH base64 digits, to be freed; SIZE: of the file. */
static nst_status encode(char **out, size_t *length, size_t *size, const terminal_picture *picture)
{
    nst_image *image;
    void *bytes = NULL;
    *out = NULL;
    nst_status status = nst_image_from_u8(&image, picture->pixels, picture->width, picture->height, 3, 0);
    if (status == NST_OK) status = nst_image_encode(&bytes, size, image, "png");
    if (status == NST_OK) *out = base64(bytes, *size, length);
    nst_image_destroy(image);
    nst_bytes_destroy(bytes);
    return status;
}

/* In pieces of 4096 digits; the terminal is asked to say nothing (q=2) and to leave the cursor (C=1). */
nst_status terminal_kitty(FILE *out, const terminal_picture *picture, unsigned id)
{
    enum { PIECE = 4096 };
    char *text;
    size_t length = 0, size;
    const nst_status status = encode(&text, &length, &size, picture);
    for (size_t at = 0; at < length; at += PIECE) {
        const size_t piece = length - at < PIECE ? length - at : PIECE;
        fputs("\033_G", out);
        if (at == 0) fprintf(out, "a=T,f=100,i=%u,p=1,C=1,q=2,", id);
        fprintf(out, "m=%d;%.*s\033\\", at + piece < length, (int)piece, text + at);
    }
    free(text);
    return status;
}

nst_status terminal_iterm2(FILE *out, const terminal_picture *picture)
{
    char *text;
    size_t length = 0, size;
    const nst_status status = encode(&text, &length, &size, picture);
    if (text)
        fprintf(out, "\033]1337;File=inline=1;size=%zu;width=%upx;height=%upx:%s\a", size, picture->width,
                picture->height, text);
    free(text);
    return status;
}
