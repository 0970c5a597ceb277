/*
 * The style picture: brush strokes in layers from broad to fine along the lines of a flow.
 *
 * The flow is that of a stream function, waves and a few whirls: its level lines are what the strokes follow,
 * and its value chooses the colour, so that bands of colour swirl with the strokes. A stroke lays down colour
 * and thickness; at the end light from the upper left falls on the thickness, as on paint that stands off the
 * canvas.
 */
#include "canvas.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 800, HEIGHT = 640 };

typedef struct painting {
    canvas canvas;
    float *thickness; /* [height, width] in samples */
    int *last;        /* the stroke that painted a sample last, [height, width] */
    int strokes;
    uint64_t random;
} painting;

typedef struct layer {
    double spacing, width, length, light, chance;
} layer;

typedef struct whirl {
    double x, y, radius, turn;
} whirl;

static const whirl whirls[] = {
    {250, 235, 120, 1.5}, {575, 175, 85, -1.15}, {470, 430, 100, 0.95}, {105, 480, 75, -0.85},
    {715, 425, 80, 1.0},  {60, 90, 70, -0.8},    {735, 40, 60, 0.7},
};

static double stream(double x, double y)
{
    double sum = y / 95 + 0.42 * sin(x / 120 + 0.4) + 0.25 * sin(x / 63 - y / 90) +
                 0.9 * (fractal(x / 210, y / 170, 2, 7) - 0.5);
    for (size_t i = 0; i < sizeof whirls / sizeof whirls[0]; i++) {
        const whirl *w = &whirls[i];
        const double d = hypot(x - w->x, (y - w->y) * 1.12) / w->radius;
        sum += 2.6 * w->turn * exp(-d * d);
    }
    return sum;
}

/* The direction of the level line, of length 1. */
static void flow(double x, double y, double *u, double *v)
{
    const double dx = stream(x + 1, y) - stream(x - 1, y), dy = stream(x, y + 1) - stream(x, y - 1);
    const double length = hypot(dx, dy) + 1e-9;
    *u = dy / length;
    *v = -dx / length;
}

/* Blues and their complements, in a circle, as bands of the stream function. */
static rgb palette(double phase)
{
    static const rgb wheel[] = {
        {0.05, 0.09, 0.30}, {0.08, 0.20, 0.52}, {0.13, 0.38, 0.70}, {0.27, 0.60, 0.76}, {0.62, 0.80, 0.72},
        {0.96, 0.89, 0.56}, {0.98, 0.72, 0.20}, {0.91, 0.46, 0.12}, {0.62, 0.22, 0.14}, {0.24, 0.12, 0.27},
    };
    enum { COUNT = sizeof wheel / sizeof wheel[0] };
    const double place = (phase - floor(phase)) * COUNT;
    const int i = (int)place % COUNT;
    return mix(wheel[i], wheel[(i + 1) % COUNT], smooth(0, 1, place - floor(place)));
}

static rgb colour_at(double x, double y)
{
    return palette(0.23 * stream(x, y) + 0.04 + 0.10 * (fractal(x / 60, y / 60, 2, 31) - 0.5));
}

/* One row of samples across the stroke, at (X, Y) with the flow (U, V), a part ALONG of its length behind. */
static void paint_row(painting *p, double x, double y, double u, double v, double half, double along, rgb colour,
                      unsigned bristles)
{
    for (double across = -half; across <= half; across += 0.45 / p->canvas.scale) {
        const int column = (int)((x - v * across) * p->canvas.scale), row = (int)((y + u * across) * p->canvas.scale);
        if (column < 0 || row < 0 || column >= p->canvas.width || row >= p->canvas.height) continue;
        const int at = row * p->canvas.width + column;
        if (p->last[at] == p->strokes) continue;
        const double hair = noise(across * 1.3 + 50, along * 2.5, bristles);
        if (along > 0.72 && hair < (along - 0.72) * 2.6) continue; /* the brush runs dry */
        p->last[at] = p->strokes;
        const double edge = fabs(across) / half;
        const double ridge = 0.75 + 0.55 * edge * edge - 1.1 * smooth(0.82, 1, edge); /* paint is pushed aside */
        p->thickness[at] = 0.25f * p->thickness[at] + (float)((ridge + 0.9 * (hair - 0.5)) * (0.8 + half / 14));
        canvas_put(&p->canvas, column, row, times(colour, 0.88 + 0.24 * hair), 1);
    }
}

static void paint_stroke(painting *p, double x, double y, const layer *l)
{
    const double length = l->length * (0.55 + 0.9 * random_next(&p->random));
    const double half = l->width / 2 * (0.7 + 0.6 * random_next(&p->random));
    const unsigned bristles = (unsigned)(random_next(&p->random) * 1e9);
    rgb colour = colour_at(x, y);
    const double light = l->light * (random_next(&p->random) - 0.45), warm = 0.10 * (random_next(&p->random) - 0.5);
    colour = mix(colour, light > 0 ? (rgb){1, 0.97, 0.86} : (rgb){0.03, 0.05, 0.20}, fabs(light));
    colour = (rgb){clamp01(colour.r + warm), clamp01(colour.g), clamp01(colour.b - warm)};
    p->strokes++;
    const double step = 0.45 / p->canvas.scale;
    double u, v;
    for (double s = 0; s < length / 2; s += 2) { /* back to where the stroke begins */
        flow(x, y, &u, &v);
        x -= 2 * u;
        y -= 2 * v;
    }
    flow(x, y, &u, &v);
    for (double s = 0, turned = 0; s < length; s += step) {
        if (s - turned > 1.5) {
            flow(x, y, &u, &v);
            turned = s;
        }
        const double along = s / length;
        const double swell = sqrt(clamp01(along * 9)) * (1 - 0.35 * along);
        paint_row(p, x, y, u, v, half * swell + 0.3, along, colour, bristles);
        x += step * u;
        y += step * v;
    }
}

static void paint_layer(painting *p, const layer *l)
{
    const int columns = (int)((WIDTH + 60) / l->spacing), rows = (int)((HEIGHT + 60) / l->spacing);
    const int count = columns * rows;
    for (int i = 0; i < count; i++) { /* in an order that no eye sees: a step with no common factor */
        const int at = (int)((int64_t)i * 7919 % count);
        const double x = (at % columns + random_next(&p->random)) * l->spacing - 30;
        const double y = (at / columns + random_next(&p->random)) * l->spacing - 30; // NOLINT: whole rows
        if (random_next(&p->random) < l->chance) paint_stroke(p, x, y, l);
    }
}

/* Light from the upper left on the thickness of the paint. */
static void light_up(painting *p)
{
    const int w = p->canvas.width, h = p->canvas.height;
    for (int y = 1; y + 1 < h; y++)
        for (int x = 1; x + 1 < w; x++) {
            const float *t = p->thickness + (ptrdiff_t)y * w + x;
            const double slope = (double)(t[1] - t[-1] + t[w] - t[-w]) + 0.5 * (double)(t[w + 1] - t[-w - 1]);
            const double bright = clamp01(slope * 0.30), dark = clamp01(-slope * 0.30);
            canvas_put(&p->canvas, x, y, (rgb){1, 0.98, 0.92}, 0.34 * bright);
            canvas_put(&p->canvas, x, y, (rgb){0.02, 0.03, 0.10}, 0.42 * dark);
        }
}

nst_status draw_strokes(const char *path, int larger)
{
    static const layer layers[] = {
        {15, 26, 150, 0.10, 1},
        {10, 14, 110, 0.26, 0.85},
        {8, 8, 80, 0.42, 0.6},
        {8, 4, 46, 0.65, 0.30},
    };
    painting p = {.random = 2015, .strokes = 0};
    nst_status status = canvas_create(&p.canvas, WIDTH, HEIGHT, larger);
    if (status != NST_OK) return status;
    const size_t samples = (size_t)p.canvas.width * (size_t)p.canvas.height;
    p.thickness = calloc(samples, sizeof *p.thickness);
    p.last = calloc(samples, sizeof *p.last);
    if (p.thickness && p.last) {
        for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
            paint_layer(&p, &layers[i]);
        light_up(&p);
        status = canvas_finish(&p.canvas, path);
    } else {
        nst_image_destroy(p.canvas.image);
        status = NST_ERR_OUT_OF_MEMORY;
    }
    free(p.thickness);
    free(p.last);
    return status;
}
