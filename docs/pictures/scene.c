/* A town on a river: sky and clouds, hills, a church among houses, trees, boats, and all of it again in the
 * water. */
#include "canvas.h"

#include <math.h>

enum { WIDTH = 800, HEIGHT = 600, SHORE = 400 };

static rgb sky(double x, double y)
{
    const rgb above = {0.24, 0.46, 0.78}, below = {0.96, 0.83, 0.66}, white = {0.99, 0.96, 0.91};
    const double cloud = fractal(x / 150, y / 60, 5, 1);
    const double sun = hypot(x - 620, y - 90);
    rgb colour = mix(above, below, smooth(20, 330, y));
    colour = mix(colour, white, 0.85 * smooth(0.5, 0.72, cloud));
    return mix(colour, (rgb){1, 0.95, 0.7}, 0.9 * exp(-sun * sun / 3600) + (sun < 30 ? 0.1 : 0));
}

static double ridge(double x, int k)
{
    return 300 - 34 * k * 0.2 + 26 * k + 70 * (fractal(x / (190 - 20 * k), 3.0 * k, 4, (unsigned)(7 + k)) - 0.5);
}

static rgb land(double x, double y, rgb colour)
{
    static const rgb hills[3] = {{0.5, 0.6, 0.7}, {0.36, 0.52, 0.45}, {0.28, 0.44, 0.24}};
    for (int k = 0; k < 3; k++)
        if (y > ridge(x, k)) colour = times(hills[k], 0.8 + 0.4 * fractal(x / 14, y / 9, 3, (unsigned)(20 + k)));
    return colour;
}

/* How a wall or roof is painted: a colour, darker to one side, with courses of stone or tile. */
struct surface {
    rgb colour;
    double left, width, course;
};

static rgb surface(const void *how, double x, double y)
{
    const struct surface *s = how;
    const double side = (x - s->left) / s->width, grain = noise(x / 3, y / 3, 31);
    const double course = fmod(y, s->course) < 1.2 ? 0.86 : 1;
    return times(s->colour, (1.08 - 0.3 * side) * (0.88 + 0.24 * grain) * course);
}

static void house(canvas *c, double left, double width, double height, rgb wall, rgb roof)
{
    const double top = SHORE - height, rise = 0.55 * width, middle = left + width / 2;
    const struct surface walls = {wall, left, width, 17}, tiles = {roof, left, width, 6};
    const struct surface dark = {{0.13, 0.16, 0.24}, left, width, 40}, light = {{0.98, 0.85, 0.5}, left, width, 40};
    fill_rectangle(c, left, top, left + width, SHORE, surface, &walls);
    const double gable[][2] = {{left - 5, top + 2}, {middle, top - rise}, {left + width + 5, top + 2}};
    fill_polygon(c, gable, 3, surface, &tiles);
    fill_rectangle(c, left + 0.72 * width, top - 0.62 * rise, left + 0.82 * width, top - 0.2 * rise, surface, &walls);
    const int columns = (int)(width / 20), rows = (int)(height / 30);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            const double x = left + (j + 0.5) * width / columns, y = top + 12 + i * 30;
            const int lit = random_at((int)left + j, i, 5) > 0.72;
            draw_line(c, x - 6, y + 18, x + 6, y + 18, 2, 2, times(wall, 1.2), 1);
            fill_rectangle(c, x - 4.5, y, x + 4.5, y + 16, surface, lit ? &light : &dark);
            draw_line(c, x, y, x, y + 16, 1, 1, times(wall, 0.9), 1);
        }
}

static void church(canvas *c, double left)
{
    const struct surface stone = {{0.8, 0.74, 0.64}, left, 46, 12}, slate = {{0.3, 0.36, 0.42}, left, 46, 5};
    const struct surface nave = {{0.76, 0.68, 0.57}, left, 140, 14}, tiles = {{0.6, 0.27, 0.17}, left, 140, 6};
    const struct surface glass = {{0.15, 0.18, 0.3}, left, 60, 40};
    const double roof[][2] = {{left + 40, 300}, {left + 60, 252}, {left + 130, 252}, {left + 148, 300}};
    const double spire[][2] = {{left - 4, 192}, {left + 23, 78}, {left + 50, 192}};
    fill_rectangle(c, left + 44, 298, left + 144, SHORE, surface, &nave);
    fill_polygon(c, roof, 4, surface, &tiles);
    fill_rectangle(c, left, 190, left + 46, SHORE, surface, &stone);
    fill_polygon(c, spire, 3, surface, &slate);
    for (int i = 0; i < 3; i++)
        fill_rectangle(c, left + 18, 205 + 55 * i, left + 28, 232 + 55 * i, surface, &glass);
    for (int i = 0; i < 4; i++)
        fill_rectangle(c, left + 58 + 22 * i, 318, left + 67 + 22 * i, 356, surface, &glass);
    draw_disc(c, left + 23, 182, 8, (rgb){0.95, 0.9, 0.75}, 1);
    draw_line(c, left + 23, 182, left + 23, 176, 1.5, 1.5, (rgb){0.2, 0.2, 0.2}, 1);
    draw_line(c, left + 23, 182, left + 28, 184, 1.5, 1.5, (rgb){0.2, 0.2, 0.2}, 1);
}

static void tree(canvas *c, double x, double height, uint64_t seed)
{
    draw_line(c, x, SHORE, x + 3, SHORE - 0.6 * height, 8, 3, (rgb){0.25, 0.18, 0.12}, 1);
    for (int i = 0; i < 700; i++) {
        const double angle = 6.2832 * random_next(&seed), r = sqrt(random_next(&seed));
        const double lx = x + 0.3 * height * r * cos(angle),
                     ly = SHORE - 0.62 * height + 0.34 * height * r * sin(angle);
        const double light = clamp01(0.55 - 0.5 * r * sin(angle) + 0.25 * r * cos(angle));
        draw_disc(c, lx, ly, 2 + 2.5 * random_next(&seed), mix((rgb){0.09, 0.2, 0.08}, (rgb){0.55, 0.66, 0.22}, light),
                  0.9);
    }
}

/* What stands above the shore, upside down, darker, and pulled about by waves. */
static rgb water(const canvas *c, double x, double y)
{
    const double depth = y - SHORE, wave = noise(x / 40, y / 5, 41) + 0.5 * noise(x / 12, y / 2.5, 42) - 0.75;
    const rgb mirror =
        canvas_get(c, x + (2 + 0.06 * depth) * wave, SHORE - 1 - depth * 1.15 + (3 + 0.1 * depth) * wave);
    const rgb colour = mix(mirror, (rgb){0.1, 0.22, 0.3}, 0.25 + 0.001 * depth);
    return mix(colour, (rgb){0.9, 0.92, 0.95}, 0.35 * smooth(0.75, 0.95, noise(x / 22, y / 3, 43)));
}

static void boat(canvas *c, double x, double y, double length, rgb colour)
{
    const struct surface hull = {colour, x, length, 5}, sail = {{0.95, 0.92, 0.85}, x, length, 200};
    const double sides[][2] = {
        {x, y}, {x + length, y}, {x + 0.85 * length, y + 0.17 * length}, {x + 0.15 * length, y + 0.17 * length}};
    const double cloth[][2] = {
        {x + 0.5 * length, y - 0.95 * length}, {x + 0.5 * length, y - 5}, {x + 0.95 * length, y - 5}};
    draw_line(c, x, y + 0.22 * length, x + length, y + 0.22 * length, 6, 6, (rgb){0.06, 0.12, 0.16}, 0.5);
    draw_line(c, x + 0.48 * length, y, x + 0.48 * length, y - length, 2.5, 1.5, (rgb){0.3, 0.2, 0.12}, 1);
    fill_polygon(c, cloth, 3, surface, &sail);
    fill_polygon(c, sides, 4, surface, &hull);
}

static void town(canvas *c)
{
    static const rgb walls[] = {
        {0.86, 0.74, 0.53}, {0.8, 0.53, 0.42}, {0.93, 0.88, 0.78}, {0.62, 0.68, 0.73}, {0.9, 0.8, 0.42}};
    static const rgb roofs[] = {{0.63, 0.26, 0.16}, {0.5, 0.22, 0.17}, {0.38, 0.33, 0.36}};
    uint64_t seed = 11;
    church(c, 250);
    for (double x = 20; x < 770;) {
        const double width = 44 + 34 * random_next(&seed), height = 62 + 70 * random_next(&seed);
        const int wall = (int)(5 * random_next(&seed)), roof = (int)(3 * random_next(&seed));
        if (x + width < 790 && (x + width < 240 || x > 392)) house(c, x, width, height, walls[wall], roofs[roof]);
        x += width + 2;
    }
    for (int i = 0; i < 6; i++)
        tree(c, 12 + 152 * i + 40 * random_next(&seed), 80 + 60 * random_next(&seed), seed + (uint64_t)i);
}

nst_status draw_scene(const char *path, int larger)
{
    canvas c;
    const nst_status status = canvas_create(&c, WIDTH, HEIGHT, larger);
    if (status != NST_OK) return status;
    for (int y = 0; y < SHORE * c.scale; y++)
        for (int x = 0; x < c.width; x++) {
            const double px = (x + 0.5) / c.scale, py = (y + 0.5) / c.scale;
            canvas_put(&c, x, y, land(px, py, sky(px, py)), 1);
        }
    town(&c);
    draw_line(&c, 0, SHORE, WIDTH, SHORE, 7, 7, (rgb){0.3, 0.27, 0.22}, 1);
    for (int y = SHORE * c.scale; y < c.height; y++)
        for (int x = 0; x < c.width; x++)
            canvas_put(&c, x, y, water(&c, (x + 0.5) / c.scale, (y + 0.5) / c.scale), 1);
    boat(&c, 120, 490, 90, (rgb){0.7, 0.2, 0.15});
    boat(&c, 500, 455, 60, (rgb){0.2, 0.35, 0.5});
    boat(&c, 640, 530, 110, (rgb){0.85, 0.75, 0.5});
    return canvas_finish(&c, path);
}
