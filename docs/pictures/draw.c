/*
 * draw - the pictures of the documents, of the project's own making, the same on every run:
 *
 *     draw content FILE.png    a town on a river, with a church, boats, hills and clouds: 800 x 600
 *     draw style FILE.png      thick brush strokes that follow a swirling flow: 800 x 640
 *     draw mosaic FILE.png     another style: flat stones with dark joints: 800 x 640
 *     draw dots FILE.png       another: dots of pure colour: 800 x 640
 *
 * A number after the name makes it that many times as large.
 */
#include "canvas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct drawing {
    const char *name;
    nst_status (*draw)(const char *path, int larger);
} drawings[] = {
    {"content", draw_scene},
    {"style", draw_strokes},
    {"mosaic", draw_mosaic},
    {"dots", draw_dots},
};

int main(int argc, char **argv)
{
    const struct drawing *found = NULL;
    const int larger = argc == 4 ? atoi(argv[3]) : 1;
    for (size_t i = 0; argc >= 3 && i < sizeof drawings / sizeof drawings[0]; i++)
        if (strcmp(argv[1], drawings[i].name) == 0) found = &drawings[i];
    if (!found || argc > 4 || larger < 1 || larger > 16) {
        fprintf(stderr, "use: draw content|style|mosaic|dots FILE.png [TIMES, 1 to 16]\n");
        return 1;
    }
    const nst_status status = found->draw(argv[2], larger);
    if (status != NST_OK) fprintf(stderr, "draw: %s\n", nst_last_error());
    return status == NST_OK ? 0 : 2;
}
