/*
 * A third style picture: dots of pure colour, close together and never mixed, as the pointillists set them.
 *
 * Fields of colour lie side by side. Of the dots of a field most have its colour, some are lighter or darker, and one in
 * six has the complement, which makes the rest shine.
 */
#include "canvas.h"

#include <math.h>

enum { WIDTH = 800, HEIGHT = 640, DOT = 7 };

static rgb field(double x, double y, uint64_t *random)
{
    static const rgb colours[] = {{0.13, 0.25, 0.55}, {0.24, 0.50, 0.72}, {0.55, 0.76, 0.74}, {0.96, 0.87, 0.55},
                                  {0.95, 0.62, 0.30}, {0.84, 0.36, 0.34}, {0.45, 0.24, 0.46}, {0.20, 0.42, 0.32}};
    enum { COUNT = sizeof colours / sizeof colours[0] };
    const double place = 2.6 * COUNT * fractal(x / 230, y / 190, 3, 91) + 1.4 * (random_next(random) - 0.5);
    const int at = (int)(place + COUNT) % COUNT;
    return colours[random_next(random) < 1.0 / 6 ? (at + COUNT / 2) % COUNT : at];
}

nst_status draw_dots(const char *path, int larger)
{
    static const rgb ground = {0.93, 0.89, 0.80}, white = {1, 0.99, 0.94}, night = {0.08, 0.09, 0.24};
    canvas c;
    const nst_status status = canvas_create(&c, WIDTH, HEIGHT, larger);
    if (status != NST_OK) return status;
    for (int y = 0; y < c.height; y++)
        for (int x = 0; x < c.width; x++)
            canvas_put(&c, x, y, ground, 1);

    enum { COLUMNS = WIDTH / DOT + 4, ROWS = HEIGHT / DOT + 4, COUNT = 3 * COLUMNS * ROWS };
    uint64_t random = 1886;
    for (int i = 0; i < COUNT; i++) { /* three layers; in an order that no eye sees: a step with no common factor */
        const int at = (int)((int64_t)i * 7919 % (COLUMNS * ROWS));
        const double x = (at % COLUMNS - 2 + random_next(&random)) * DOT;
        const double y = (at / COLUMNS - 2 + random_next(&random)) * DOT; // NOLINT: whole rows
        const double light = 0.7 * (random_next(&random) - 0.5);
        const rgb colour = mix(field(x, y, &random), light > 0 ? white : night, fabs(light));
        draw_disc(&c, x, y, DOT * (0.42 + 0.22 * random_next(&random)), colour, 0.96);
    }
    return canvas_finish(&c, path);
}
