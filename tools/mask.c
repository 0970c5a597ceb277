#include "mask.h"
#include "lab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FALL 0.03 /* OkLab: from white to black beyond the limit of a range */

enum { BAD_TEXT = -1, SUBROWS = 4 };

void mask_source_start(mask_source *out, const nst_image *image, const picture_reading *reading)
{
    *out = (mask_source){image, nst_image_width(image), nst_image_height(image), NULL, reading};
    const float *pixels = nst_image_pixels(image);
    const size_t count = out->width * out->height;
    out->lab = grow(NULL, count, 3 * sizeof *out->lab);
    for (size_t i = 0; i < count; i++)
        lab_of(out->lab + 3 * i, pixels + 3 * i);
}

void mask_source_end(mask_source *source)
{
    free(source->lab);
    *source = (mask_source){0};
}

void mask_free(mask *m)
{
    free(m->value);
    *m = (mask){0};
}

/* ---- Numbers and points ---- */

static bool read_number(double *out, const char **text)
{
    char *end;
    *out = strtod(*text, &end);
    if (end == *text || !isfinite(*out)) return false;
    *text = end;
    return true;
}

static bool read_length(double *out, const char **text, size_t whole)
{
    if (!read_number(out, text)) return false;
    if (**text != '%') return true;
    ++*text;
    *out *= (double)whole / 100;
    return true;
}

static bool skip(const char **text, char mark)
{
    if (**text != mark) return false;
    ++*text;
    return true;
}

bool mask_read_points(mask_points *out, const char **text, const mask_source *source)
{
    bool begins = true;
    *out = (mask_points){0};
    for (;;) {
        double x, y;
        if (!read_length(&x, text, source->width) || !skip(text, ',') || !read_length(&y, text, source->height))
            return false;
        out->at = grow(out->at, out->count + 1, sizeof *out->at);
        out->begins = grow(out->begins, out->count + 1, sizeof *out->begins);
        out->at[out->count][0] = x;
        out->at[out->count][1] = y;
        out->begins[out->count++] = begins;
        if (**text != '/' && **text != '+') return true;
        begins = *(*text)++ == '+';
    }
}

void mask_free_points(mask_points *points)
{
    free(points->at);
    free(points->begins);
}

/* ---- Shapes: each reads TEXT and fills a mask that is black. BAD_TEXT: TEXT is not of the form ---- */

/* 1 at DISTANCE 0 or less from a range, 0 far from it. */
static float fall(double distance)
{
    return distance <= 0 ? 1 : distance >= FALL ? 0 : (float)(1 - distance / FALL);
}

static double lab_distance(const float *a, const float *b)
{
    return sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
}

/* "#rrggbb", or "X,Y" for the colour of the picture there. */
static bool read_color(float *lab, const char **text, const mask_source *source)
{
    unsigned r, g, b;
    double x, y;
    if (**text == '#') {
        if (strspn(*text + 1, "0123456789abcdefABCDEF") != 6 || sscanf(*text + 1, "%2x%2x%2x", &r, &g, &b) != 3)
            return false;
        lab_of(lab, (const float[]){(float)r / 255, (float)g / 255, (float)b / 255});
        *text += 7;
        return true;
    }
    if (!read_length(&x, text, source->width) || !skip(text, ',') || !read_length(&y, text, source->height))
        return false;
    if (x < 0 || y < 0 || x >= (double)source->width || y >= (double)source->height) return false;
    memcpy(lab, source->lab + 3 * ((size_t)y * source->width + (size_t)x), 3 * sizeof *lab);
    return true;
}

static int draw_color(mask *out, const mask_source *source, const char *text)
{
    enum { MOST = 64 };
    float colors[MOST][3];
    double range = 0.1;
    size_t count = 0;
    do
        if (count == MOST || !read_color(colors[count++], &text, source)) return BAD_TEXT;
    while (skip(&text, '/'));
    if (skip(&text, ':') && !read_number(&range, &text)) return BAD_TEXT;
    if (*text || range < 0) return BAD_TEXT;
    for (size_t i = 0; i < out->width * out->height; i++)
        for (size_t k = 0; k < count; k++)
            out->value[i] = fmaxf(out->value[i], fall(lab_distance(source->lab + 3 * i, colors[k]) - range));
    return EXIT_DONE;
}

static int draw_luma(mask *out, const mask_source *source, const char *text)
{
    double from, to;
    if (!read_number(&from, &text) || !skip(&text, ':') || !read_number(&to, &text) || *text || from > to)
        return BAD_TEXT;
    for (size_t i = 0; i < out->width * out->height; i++)
        out->value[i] = fall(fmax(from - source->lab[3 * i], source->lab[3 * i] - to));
    return EXIT_DONE;
}

static int draw_gradient(mask *out, const mask_source *source, const char *text)
{
    mask_points p;
    const bool good = mask_read_points(&p, &text, source) && !*text && p.count == 2;
    const double dx = good ? p.at[1][0] - p.at[0][0] : 0, dy = good ? p.at[1][1] - p.at[0][1] : 0;
    const double length = dx * dx + dy * dy;
    for (size_t i = 0; i < out->width * out->height && length > 0; i++) {
        const double x = (double)(i % out->width) + .5 - p.at[0][0], y = (double)(i / out->width) + .5 - p.at[0][1];
        out->value[i] = (float)fmin(fmax((x * dx + y * dy) / length, 0), 1);
    }
    mask_free_points(&p);
    return length > 0 ? EXIT_DONE : BAD_TEXT;
}

/* Adds the part of each pixel between FROM and TO, times WEIGHT. */
static void fill_span(float *row, size_t width, double from, double to, float weight)
{
    const double left = fmin(fmax(from, 0), (double)width), right = fmin(fmax(to, 0), (double)width);
    for (size_t x = (size_t)left; x < width && (double)x < right; x++)
        row[x] += weight * (float)(fmin(right, (double)x + 1) - fmax(left, (double)x));
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Where the sides of the polygon cross the height Y, from left to right. */
static size_t cross(double *at, const mask_points *p, double y)
{
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double *a = p->at[i], *b = p->at[(i + 1) % p->count];
        if ((a[1] <= y) != (b[1] <= y)) at[count++] = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
    }
    qsort(at, count, sizeof *at, compare);
    return count;
}

static int draw_polygon(mask *out, const mask_source *source, const char *text)
{
    mask_points p;
    const bool good = mask_read_points(&p, &text, source) && !*text && p.count >= 3;
    double *at = grow(NULL, p.count, sizeof *at);
    for (size_t line = 0; line < out->height * SUBROWS && good; line++) {
        const size_t count = cross(at, &p, ((double)line + .5) / SUBROWS);
        for (size_t i = 0; i + 1 < count; i += 2)
            fill_span(out->value + line / SUBROWS * out->width, out->width, at[i], at[i + 1], 1.f / SUBROWS);
    }
    free(at);
    mask_free_points(&p);
    return good ? EXIT_DONE : BAD_TEXT;
}

static void grow_seeds(mask *out, const mask_source *source, unsigned char *label)
{
    mask_grow(label, source);
    for (size_t i = 0; i < out->width * out->height; i++)
        out->value[i] = label[i] == MASK_INSIDE;
}

static int draw_grown(mask *out, const mask_source *source, const char *text)
{
    mask_points inside, outside = {0};
    unsigned char *label = calloc(out->width, out->height);
    if (!label) return complain_of(NST_ERR_OUT_OF_MEMORY);
    const bool good = mask_read_points(&inside, &text, source) && skip(&text, ':') &&
                      mask_read_points(&outside, &text, source) && !*text;
    if (good) {
        mask_seed(label, source, &inside, MASK_INSIDE);
        mask_seed(label, source, &outside, MASK_OUTSIDE);
        grow_seeds(out, source, label);
    }
    free(label);
    mask_free_points(&inside);
    mask_free_points(&outside);
    return good ? EXIT_DONE : BAD_TEXT;
}

/* The picture NAME at the size of the mask, which has its proportions. */
static int read_fitting(nst_image **out, const mask_source *source, const char *name)
{
    nst_image *image;
    *out = NULL;
    const int code = picture_read(&image, name, source->reading);
    if (code) return code;
    const double width = nst_image_width(image), height = nst_image_height(image);
    const bool fits = fabs(width * (double)source->height / (height * (double)source->width) - 1) <= .02;
    const nst_status status =
        fits ? nst_image_resize(out, image, (uint32_t)source->width, (uint32_t)source->height) : NST_OK;
    nst_image_destroy(image);
    if (!fits)
        return complain(EXIT_INPUT, "%s: expected the proportions of the picture, %zux%zu, found %.0fx%.0f", name,
                        source->width, source->height, width, height);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static float grey_at(const nst_image *image, size_t i)
{
    const float *pixel = nst_image_pixels(image) + 3 * i;
    return (pixel[0] + pixel[1] + pixel[2]) / 3;
}

static int draw_strokes(mask *out, const mask_source *source, const char *text)
{
    nst_image *image;
    const size_t count = out->width * out->height;
    size_t found[3] = {0};
    const int code = read_fitting(&image, source, text);
    if (code) return code;
    unsigned char *label = grow(NULL, count, 1);
    const float *alpha = nst_image_alpha(image);
    for (size_t i = 0; i < count; i++) {
        const float grey = alpha && alpha[i] < .9f ? .5f : grey_at(image, i);
        label[i] = grey > .9f ? MASK_INSIDE : grey < .1f ? MASK_OUTSIDE : MASK_UNKNOWN;
        found[label[i]]++;
    }
    if (found[MASK_INSIDE] && found[MASK_OUTSIDE]) grow_seeds(out, source, label);
    free(label);
    nst_image_destroy(image);
    if (found[MASK_INSIDE] && found[MASK_OUTSIDE]) return EXIT_DONE;
    return complain(EXIT_INPUT, "%s: expected white strokes inside and black strokes outside, found no %s one", text,
                    found[MASK_INSIDE] ? "black" : "white");
}

static int draw_file(mask *out, const mask_source *source, const char *text)
{
    nst_image *image;
    const int code = read_fitting(&image, source, text);
    if (code) return code;
    const float *alpha = nst_image_alpha(image);
    for (size_t i = 0; i < out->width * out->height; i++)
        out->value[i] = fminf(fmaxf(grey_at(image, i) * (alpha ? alpha[i] : 1), 0), 1);
    nst_image_destroy(image);
    return EXIT_DONE;
}

/* ---- Words ---- */

static const struct shape {
    const char *name, *form;
    int (*draw)(mask *out, const mask_source *source, const char *text);
} shapes[] = {
    {"color", "#rrggbb or X,Y, several with / between them, and :RANGE", draw_color},
    {"luma", "FROM:TO, from 0 (black) to 1 (white)", draw_luma},
    {"polygon", "X,Y/X,Y/X,Y with three points or more", draw_polygon},
    {"gradient", "X,Y/X,Y: where it is black, and where white", draw_gradient},
    {"grow", "INSIDE:OUTSIDE, each strokes such as X,Y/X,Y+X,Y", draw_grown},
    {"strokes", "FILE", draw_strokes},
    {"file", "FILE", draw_file},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static int unknown(const char *word)
{
    const char *names[SHAPES + 1] = {0};
    char name[32];
    for (size_t i = 0; i < SHAPES; i++)
        names[i] = shapes[i].name;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *meant = closest(name, names);
    if (meant) return complain(EXIT_USE, "there is no shape '%s': did you mean '%s'?", word, meant);
    return complain(EXIT_USE,
                    "expected a shape, color=, luma=, polygon=, gradient=, grow=, strokes= or file=, found '%s'", word);
}

/* OUT gets memory, black, and then the shape. */
static int draw_shape(mask *out, const mask_source *source, const char *word)
{
    for (size_t i = 0; i < SHAPES; i++) {
        const size_t length = strlen(shapes[i].name);
        if (strncmp(word, shapes[i].name, length) != 0 || word[length] != '=') continue;
        *out = (mask){source->width, source->height, calloc(source->width * source->height, sizeof *out->value)};
        if (!out->value) return complain_of(NST_ERR_OUT_OF_MEMORY);
        const int code = shapes[i].draw(out, source, word + length + 1);
        if (code != BAD_TEXT) return code;
        return complain(EXIT_USE, "%s: expected %s, found '%s'", shapes[i].name, shapes[i].form, word + length + 1);
    }
    return unknown(word);
}

/* The least of both for "and", the most for "or". */
static void join(mask *whole, const mask *part, bool both)
{
    for (size_t i = 0; i < whole->width * whole->height; i++)
        whole->value[i] = both ? fminf(whole->value[i], part->value[i]) : fmaxf(whole->value[i], part->value[i]);
}

/* "SHAPE" or "not SHAPE", at the words from *AT on. */
static int draw_next(mask *out, const mask_source *source, const words *said, size_t *at)
{
    const bool inverted = *at < said->count && strcmp(said->word[*at], "not") == 0;
    *at += inverted;
    if (*at == said->count) return complain(EXIT_USE, "expected a shape after '%s'", said->word[*at - 1]);
    const int code = draw_shape(out, source, said->word[(*at)++]);
    if (!code && inverted) mask_invert(out);
    return code;
}

int mask_draw(mask *out, const mask_source *source, const words *said, size_t first)
{
    size_t at = first;
    int code = draw_next(out, source, said, &at);
    while (!code && at < said->count) {
        mask part = {0};
        const char *how = said->word[at++];
        const bool both = strcmp(how, "and") == 0;
        if (!both && strcmp(how, "or") != 0)
            return complain(EXIT_USE, "expected 'and' or 'or' between shapes, found '%s'", how);
        code = draw_next(&part, source, said, &at);
        if (!code) join(out, &part, both);
        mask_free(&part);
    }
    return code;
}

/* ---- The whole ---- */

void mask_invert(mask *m)
{
    for (size_t i = 0; i < m->width * m->height; i++)
        m->value[i] = 1 - m->value[i];
}

/* COUNT values of a line, STEP apart, with the border repeated; LINE: room for COUNT. */
static void blur_line(float *values, size_t count, size_t step, float *line, const double *weights, size_t radius)
{
    for (size_t i = 0; i < count; i++)
        line[i] = values[i * step];
    for (size_t i = 0; i < count; i++) {
        double sum = weights[0] * line[i];
        for (size_t k = 1; k <= radius; k++)
            sum += weights[k] * (line[i < k ? 0 : i - k] + line[i + k < count ? i + k : count - 1]);
        values[i * step] = (float)sum;
    }
}

void mask_feather(mask *m, double width)
{
    const double sigma = width / 4; /* four of them hold 95 % of a step's rise */
    const size_t radius = (size_t)ceil(3 * sigma);
    double *weights = grow(NULL, radius + 1, sizeof *weights), sum = 0;
    float *line = grow(NULL, m->width > m->height ? m->width : m->height, sizeof *line);
    for (size_t k = 0; k <= radius; k++) {
        weights[k] = k ? exp(-.5 * pow((double)k / sigma, 2)) : 1;
        sum += k ? 2 * weights[k] : 1;
    }
    for (size_t k = 0; k <= radius; k++)
        weights[k] /= sum;
    for (size_t y = 0; y < m->height; y++)
        blur_line(m->value + y * m->width, m->width, 1, line, weights, radius);
    for (size_t x = 0; x < m->width; x++)
        blur_line(m->value + x, m->height, m->width, line, weights, radius);
    free(line);
    free(weights);
}
