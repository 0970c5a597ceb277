/*
 * A second style picture, as unlike the first as can be: a mosaic of flat stones with dark joints between them.
 *
 * The stones are the Voronoi cells of a grid of points, each pulled about within its own square: a sample belongs to
 * the nearest point, and lies in a joint where the second nearest is hardly farther.
 */
#include "canvas.h"

#include <math.h>

enum { WIDTH = 800, HEIGHT = 640, STONE = 22 };

typedef struct cell {
    double nearest, second; /* distances, in pixels */
    int column, row;        /* of the nearest point */
} cell;

static cell cell_at(double x, double y)
{
    const int column = (int)floor(x / STONE), row = (int)floor(y / STONE);
    cell found = {1e9, 1e9, 0, 0};
    for (int j = row - 2; j <= row + 2; j++)
        for (int i = column - 2; i <= column + 2; i++) {
            const double px = (i + 0.5 + 0.7 * (random_at(i, j, 61) - 0.5)) * STONE;
            const double py = (j + 0.5 + 0.7 * (random_at(i, j, 62) - 0.5)) * STONE;
            const double distance = hypot(x - px, y - py);
            if (distance < found.nearest)
                found = (cell){distance, found.nearest, i, j};
            else if (distance < found.second)
                found.second = distance;
        }
    return found;
}

/* Neighbours are nearly of one colour: the stones lie in patches of it. */
static rgb stone(int column, int row)
{
    static const rgb quarry[] = {{0.72, 0.20, 0.13}, {0.86, 0.45, 0.16}, {0.93, 0.76, 0.40}, {0.95, 0.90, 0.76},
                                 {0.36, 0.52, 0.38}, {0.12, 0.38, 0.42}, {0.20, 0.16, 0.22}};
    enum { COUNT = sizeof quarry / sizeof quarry[0] };
    const double place = 1.7 * COUNT * fractal(column / 9.0, row / 9.0, 2, 63) + 0.9 * random_at(column, row, 64);
    return times(quarry[(int)place % COUNT], 0.85 + 0.3 * random_at(column, row, 65));
}

nst_status draw_mosaic(const char *path, int larger)
{
    static const rgb joint = {0.13, 0.11, 0.10};
    canvas c;
    const nst_status status = canvas_create(&c, WIDTH, HEIGHT, larger);
    if (status != NST_OK) return status;
    for (int y = 0; y < c.height; y++)
        for (int x = 0; x < c.width; x++) {
            const double px = (x + 0.5) / c.scale, py = (y + 0.5) / c.scale;
            const cell at = cell_at(px, py);
            const double grain = 0.94 + 0.12 * noise(px / 1.7, py / 1.7, 66);
            const double inside = smooth(1.2, 3.4, at.second - at.nearest);
            canvas_put(&c, x, y, mix(joint, times(stone(at.column, at.row), grain), inside), 1);
        }
    return canvas_finish(&c, path);
}
