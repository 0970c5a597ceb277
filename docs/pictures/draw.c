/*
 * draw - the pictures of the documents, of the project's own making, the same on every run:
 *
 *     draw content FILE.png    a town on a river, with a church, boats, hills and clouds: 800 x 600
 *     draw style FILE.png      thick brush strokes that follow a swirling flow: 800 x 640
 *     draw mosaic FILE.png     another style: flat stones with dark joints: 800 x 640
 *
 * A number after the name makes it that many times as large.
 */
#include "canvas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    nst_status (*draw)(const char *path, int times) = NULL;
    const int larger = argc == 4 ? atoi(argv[3]) : 1;
    if (argc >= 3 && strcmp(argv[1], "content") == 0) draw = draw_scene;
    if (argc >= 3 && strcmp(argv[1], "style") == 0) draw = draw_strokes;
    if (argc >= 3 && strcmp(argv[1], "mosaic") == 0) draw = draw_mosaic;
    if (!draw || argc > 4 || larger < 1 || larger > 16) {
        fprintf(stderr, "use: draw content|style|mosaic FILE.png [TIMES, 1 to 16]\n");
        return 1;
    }
    const nst_status status = draw(argv[2], larger);
    if (status != NST_OK) fprintf(stderr, "draw: %s\n", nst_last_error());
    return status == NST_OK ? 0 : 2;
}
