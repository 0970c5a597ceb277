#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 860, HEIGHT = 480, LEFT = 76, RIGHT = 24, TOP = 58, BOTTOM = 52, CURVES = 4 };

static const struct curve {
    const char *name, *color;
    size_t offset;
    double stroke;
} curves[CURVES] = {
    {"total", "#222222", offsetof(losses, total), 2.2},
    {"style", "#c2410c", offsetof(losses, style), 1.6},
    {"content", "#1d6fb8", offsetof(losses, content), 1.6},
    {"other", "#6b8e23", offsetof(losses, other), 1.6},
};

void plot_add(plot *p, const nst_transfer *transfer)
{
    if ((p->count & (p->count + 1)) == 0 || !p->point) p->point = grow(p->point, 2 * p->count + 2, sizeof *p->point);
    p->point[p->count++] = (plot_point){losses_of(transfer), (int)nst_transfer_progress(transfer, NST_PROGRESS_WIDTH),
                                        (int)nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT)};
}

void plot_free(plot *p)
{
    free(p->point);
    *p = (plot){0};
}

typedef struct axes {
    double low, high; /* powers of ten */
    size_t count;
} axes;

static double value_of(const plot *p, size_t i, size_t curve)
{
    return *(const double *)((const char *)&p->point[i].loss + curves[curve].offset);
}

/* A loss of 0, or one that is not finite, has no place on the axis. */
static bool has_place(double value)
{
    return isfinite(value) && value > 0;
}

/* Curves that start at nearly nothing (a run that begins at its content) do not stretch the axis: below a
 * hundred-thousandth of the largest value they leave at the bottom. */
static axes find_axes(const plot *p)
{
    axes a = {1e300, -1e300, p->count};
    for (size_t i = 0; i < p->count; i++)
        for (size_t c = 0; c < CURVES; c++)
            if (has_place(value_of(p, i, c))) {
                a.low = fmin(a.low, log10(value_of(p, i, c)));
                a.high = fmax(a.high, log10(value_of(p, i, c)));
            }
    if (a.low > a.high) a.low = a.high = 0;
    a.low = fmax(a.low, a.high - 5);
    const double margin = fmax(0.05 * (a.high - a.low), 0.05);
    a.low -= margin;
    a.high += margin;
    return a;
}

static double x_of(const axes *a, double index)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (a->count > 1 ? index / (double)(a->count - 1) : 0.5);
}

static double y_of(const axes *a, double value)
{
    const double part = (fmax(log10(value), a->low) - a->low) / (a->high - a->low);
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part;
}

static void draw_text(FILE *file, double x, double y, const char *anchor, int size, const char *color, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\">", x, y, anchor, size,
            color);
    for (; *text; text++)
        switch (*text) {
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '&': fputs("&amp;", file); break;
        default: fputc(*text, file);
        }
    fputs("</text>\n", file);
}

/* Every decade, and 2 and 5 between where there are few. */
static void draw_values(FILE *file, const axes *a)
{
    static const int steps[] = {1, 2, 5};
    const bool fine = a->high - a->low < 2.5;
    for (int decade = (int)floor(a->low); decade <= (int)ceil(a->high); decade++)
        for (int s = 0; s < (fine ? 3 : 1); s++) {
            const double value = steps[s] * pow(10, decade);
            char label[32];
            if (log10(value) < a->low || log10(value) > a->high) continue;
            snprintf(label, sizeof label, "%g", value);
            fprintf(file, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>\n", LEFT,
                    WIDTH - RIGHT, y_of(a, value), y_of(a, value));
            draw_text(file, LEFT - 8, y_of(a, value) + 4, "end", 12, "#444444", label);
        }
}

static void draw_evaluations(FILE *file, const axes *a)
{
    double step = 1;
    for (int i = 0; (double)a->count / step > 9; i++)
        step *= i % 3 == 1 ? 2.5 : 2;
    for (double n = step == 1 ? 1 : 0; n <= (double)a->count; n += step) {
        char label[32];
        if (n < 1) continue;
        snprintf(label, sizeof label, "%.0f", n);
        draw_text(file, x_of(a, n - 1), HEIGHT - BOTTOM + 18, "middle", 12, "#444444", label);
    }
    draw_text(file, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "middle", 13, "#222222", "evaluations of the objective");
}

static bool starts_level(const plot *p, size_t i)
{
    return i == 0 || p->point[i].width != p->point[i - 1].width || p->point[i].height != p->point[i - 1].height;
}

static void draw_levels(FILE *file, const axes *a, const plot *p)
{
    for (size_t i = 0; i < p->count; i++) {
        char label[32];
        if (!starts_level(p, i)) continue;
        const double x = i ? (x_of(a, (double)i) + x_of(a, (double)i - 1)) / 2 : LEFT;
        if (i)
            fprintf(file,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#999999\" "
                    "stroke-dasharray=\"4 3\"/>\n",
                    x, x, TOP, HEIGHT - BOTTOM);
        snprintf(label, sizeof label, "%dx%d", p->point[i].width, p->point[i].height);
        draw_text(file, x + 5, TOP + 14, "start", 11, "#777777", label);
    }
}

/* One line a size; where a value has no place the line is broken. */
static void draw_curve(FILE *file, const axes *a, const plot *p, size_t curve)
{
    bool open = false;
    for (size_t i = 0; i <= p->count; i++) {
        const bool point = i < p->count && has_place(value_of(p, i, curve));
        if (open && (!point || starts_level(p, i))) {
            fputs("\"/>\n", file);
            open = false;
        }
        if (!point) continue;
        if (!open)
            fprintf(file,
                    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linejoin=\"round\" "
                    "points=\"",
                    curves[curve].color, curves[curve].stroke);
        open = true;
        fprintf(file, "%.1f,%.1f ", x_of(a, (double)i), y_of(a, value_of(p, i, curve)));
    }
}

static bool is_drawn(const plot *p, size_t curve)
{
    for (size_t i = 0; i < p->count; i++)
        if (has_place(value_of(p, i, curve))) return true;
    return false;
}

static void draw_legend(FILE *file, const plot *p)
{
    double x = LEFT;
    for (size_t c = 0; c < CURVES; c++) {
        if (!is_drawn(p, c)) continue;
        fprintf(file, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"44\" y2=\"44\" stroke=\"%s\" stroke-width=\"3\"/>\n", x,
                x + 22, curves[c].color);
        draw_text(file, x + 28, 48, "start", 13, "#222222", curves[c].name);
        x += 100;
    }
}

static void draw(FILE *file, const plot *p, const char *title)
{
    const axes a = find_axes(p);
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
            "font-family=\"sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    char *shown = plain_text(title); /* with nothing that XML forbids */
    draw_text(file, LEFT, 24, "start", 15, "#222222", shown);
    free(shown);
    draw_legend(file, p);
    draw_values(file, &a);
    draw_evaluations(file, &a);
    draw_levels(file, &a, p);
    fprintf(file, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#444444\"/>\n", LEFT, TOP,
            WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    for (size_t c = CURVES; c-- > 0;)
        draw_curve(file, &a, p, c);
    fputs("</svg>\n", file);
}

int plot_save(const plot *p, const char *path, const char *title)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file) draw(file, p, title);
    const bool good = file && !ferror(file);
    if ((file && fclose(file) != 0) || !good) {
        free(text);
        return complain(EXIT_SYSTEM, "%s: out of memory", path);
    }
    const nst_status status = nst_bytes_save(text, size, path);
    free(text);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}
