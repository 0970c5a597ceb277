/*
 * Loss curves as an SVG file: evaluations from left to right, losses on a logarithmic axis, one section a
 * size.
 */
#ifndef NST_TOOLS_PLOT_H
#define NST_TOOLS_PLOT_H

#include "progress.h"

typedef struct plot_point {
    losses loss;
    int width, height; /* pixels of the picture then */
} plot_point;

typedef struct plot {
    plot_point *point;
    size_t count;
} plot;

void plot_add(plot *p, const nst_transfer *transfer);
/* Complains. */
int plot_save(const plot *p, const char *path, const char *title);
void plot_free(plot *p);

#endif
