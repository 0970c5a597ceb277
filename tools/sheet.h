/*
 * A sheet: pictures in rows and columns, each with words below it.
 */
#ifndef NST_TOOLS_SHEET_H
#define NST_TOOLS_SHEET_H

#include "common.h"

typedef struct sheet_cell {
    nst_image *image; /* NULL: there is none; a cross is drawn */
    const char *words;
} sheet_cell;

/* CELLS: COUNT of them, row by row. */
nst_status sheet_draw(nst_image **out, const sheet_cell *cells, size_t count, size_t columns);

#endif
