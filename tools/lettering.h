/*
 * Text in a picture: a font of the project's own, of strokes drawn with a round
 * pen, at any size.
 */
#ifndef NST_TOOLS_LETTERING_H
#define NST_TOOLS_LETTERING_H

#include <nst/nst.h>

/* All in pixels; SIZE: the height of a capital. A character that is not of
 * ASCII is drawn as '?'. */
double lettering_width(const char *text, double size);
/* In black, from X and the top of the capitals Y on; what falls off the picture
 * is left out. */
void lettering_draw(nst_image *image, double x, double y, double size, const char *text);
double lettering_below(double size); /* how far letters such as g reach below
                                        the top of the capitals */

/* A line with round ends. */
void lettering_line(nst_image *image, const double from[2], const double to[2], double width);

#endif
