#include "lettering.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Each glyph: strokes with spaces between them, of points of two hexadecimal
 * digits, x and y. Capitals are 9 high, small letters without stems begin at 3,
 * and tails end at 12. A stroke of one point is a dot. */
static const char *const glyphs[] = {
    /* space ! " # */ "",
    "0006 0909",
    "0003 2023",
    "2019 5049 0363 0666",
    /* $ % & ' */ "624020010324456668492907 3039",
    "6009 01102122130201 47566768594847",
    "691311203041420608193965",
    "0002",
    /* ( ) * + */ "20030629",
    "00232609",
    "2125 0244 4204",
    "2428 0646",
    /* , - . / */ "190b",
    "0636",
    "0909",
    "4009",
    /* 0 1 2 3 */ "203052573929070220",
    "022029",
    "02203052530959",
    "0120405153442444 445558492908",
    /* 4 5 6 7 */ "49400666",
    "500004445558491908",
    "514020020819495855441405",
    "005029",
    /* 8 9 : ; */ "14030110405153441405081949585544",
    "544515040110405157391908",
    "0404 0909",
    "1414 190b",
    /* < = > ? */ "430649",
    "0444 0747",
    "034609",
    "01103041432526 2929",
    /* @ A B C */ "5356667572502002072959 5443332426374756",
    "093069 1656",
    "0009 004051534404 4455584909",
    "6240200207294967",
    /* D E F G */ "00406267490900",
    "50000959 0444",
    "500009 0444",
    "62402002072949676535",
    /* H I J K */ "0009 6069 0464",
    "0009",
    "4047291907",
    "0009 5005 2369",
    /* L M N O */ "000959",
    "0900356069",
    "09006960",
    "200207294967624020",
    /* P Q R S */ "09004051544505",
    "200207294967624020 476a",
    "09004051544505 3559",
    "624020010324456668492907",
    /* T U V W */ "0060 3039",
    "000729496760",
    "003960",
    "0029426980",
    /* X Y Z [ */ "0069 6009",
    "003460 3439",
    "00600969",
    "20000929",
    /* \ ] ^ _ */ "0049",
    "00202909",
    "032043",
    "0a5a",
    /* ` a b c */ "0011",
    "0413435459 56160708194958",
    "0009 0413435458491908",
    "5443130408194958",
    /* d e f g */ "5059 5443130408194958",
    "06565443130408194958",
    "30201119 0333",
    "535b4c1c0b 5443130408194958",
    /* h i j k */ "0009 0413435459",
    "0309 0000",
    "131b0c 1010",
    "0009 4307 2549",
    /* l m n o */ "000819",
    "0309 0413334449 4453738489",
    "0309 0413435459",
    "130408194958544313",
    /* p q r s */ "030c 0413435458491908",
    "535c 5443130408194958",
    "0309 052333",
    "544313040516465758491908",
    /* t u v w */ "11182939 0333",
    "0308194958 5359",
    "032943",
    "0329446983",
    /* x y z { */ "0349 4309",
    "0329 431c",
    "03430949",
    "20111304151829",
    /* | } ~ */ "000b",
    "00111324151809",
    "06153746"};

#define UNITS 9.   /* of a capital */
#define PEN   1.15 /* units */
#define SPACE 2.5  /* units between glyphs */
#define BLANK 3.   /* units of a space */

enum { FIRST = ' ', GLYPHS = sizeof glyphs / sizeof glyphs[0] };

static const char *glyph(unsigned char character)
{
    const int index = character - FIRST;
    return glyphs[index >= 0 && index < GLYPHS ? index : '?' - FIRST];
}

/* The character at *TEXT, of UTF-8, which goes on to the next. */
static unsigned char next(const char **text)
{
    const unsigned char first = (unsigned char)*(*text)++;
    if (first >= 0x80)
        while (((unsigned char)**text & 0xc0) == 0x80)
            ++*text;
    return first;
}

static double digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static double glyph_width(const char *strokes)
{
    double width = *strokes ? 0 : BLANK - SPACE;
    for (const char *at = strokes; *at; at += *at == ' ' ? 1 : 2)
        if (*at != ' ') width = fmax(width, digit(at[0]));
    return width;
}

double lettering_width(const char *text, double size)
{
    double units = -SPACE;
    if (!*text) return 0;
    while (*text)
        units += glyph_width(glyph(next(&text))) + SPACE;
    return units * size / UNITS;
}

double lettering_below(double size)
{
    return 13 * size / UNITS;
}

static double distance(double x, double y, const double from[2], const double to[2])
{
    const double dx = to[0] - from[0], dy = to[1] - from[1], length = dx * dx + dy * dy;
    const double part = length > 0 ? ((x - from[0]) * dx + (y - from[1]) * dy) / length : 0;
    const double at = fmin(fmax(part, 0), 1);
    return hypot(x - from[0] - at * dx, y - from[1] - at * dy);
}

static uint32_t pixel(double at, uint32_t most)
{
    return at <= 0 ? 0 : at >= most ? most : (uint32_t)at;
}

void lettering_line(nst_image *image, const double from[2], const double to[2], double width)
{
    const uint32_t w = nst_image_width(image), h = nst_image_height(image);
    const double far = width / 2 + 1;
    const uint32_t left = pixel(fmin(from[0], to[0]) - far, w), right = pixel(fmax(from[0], to[0]) + far + 1, w);
    const uint32_t top = pixel(fmin(from[1], to[1]) - far, h), bottom = pixel(fmax(from[1], to[1]) + far + 1, h);
    float *pixels = nst_image_mutable_pixels(image);
    for (uint32_t y = top; y < bottom; y++)
        for (uint32_t x = left; x < right; x++) {
            const double inside = width / 2 + .5 - distance(x + .5, y + .5, from, to);
            const float paper = (float)(1 - fmin(fmax(inside, 0), 1));
            float *rgb = pixels + 3 * ((size_t)y * w + x);
            for (int c = 0; c < 3; c++)
                rgb[c] = fminf(rgb[c], paper);
        }
}

static void draw_glyph(nst_image *image, const char *strokes, double x, double y, double unit)
{
    double from[2] = {0}, to[2];
    for (bool begins = true; *strokes; begins = false) {
        if (*strokes == ' ') {
            strokes++;
            begins = true;
        }
        to[0] = x + digit(strokes[0]) * unit;
        to[1] = y + digit(strokes[1]) * unit;
        lettering_line(image, begins ? to : from, to, PEN * unit);
        memcpy(from, to, sizeof from);
        strokes += 2;
    }
}

void lettering_draw(nst_image *image, double x, double y, double size, const char *text)
{
    const double unit = size / UNITS;
    while (*text) {
        const char *strokes = glyph(next(&text));
        draw_glyph(image, strokes, x, y, unit);
        x += (glyph_width(strokes) + SPACE) * unit;
    }
}
