/*
 * The canvas of the decoders: converts rows of a file to pixels of the handle, upright and in sRGB.
 */
#ifndef NST_IMAGE_CANVAS_H
#define NST_IMAGE_CANVAS_H

#include "image/color.h"

typedef struct nst__canvas {
    nst_image *image;
    nst__placement place;
    nst__color_layout layout;
    uint32_t width; /* of a row in the file */
    nst__color *color;
    uint8_t *rgb; /* a row of CMYK without a profile */
} nst__canvas;

/* WIDTH x HEIGHT as stored in the file; ORIENTATION as in EXIF. The picture, or the band of it that HOW names, has the
 * depth of LAYOUT. Always destroy; a canvas of all zeroes may be destroyed too. */
nst_status nst__canvas_create(nst__canvas *out, uint32_t width, uint32_t height, int orientation,
                              const nst__color_layout *layout, const nst__color_profile *profile,
                              const nst__reading *how);
/* False if no pixel of row Y is in the picture: then the row may be left out. */
bool nst__canvas_wants(const nst__canvas *canvas, uint32_t y);
void nst__canvas_row(nst__canvas *canvas, uint32_t y, const void *row);
nst_image *nst__canvas_take(nst__canvas *canvas); /* the picture, from here on the caller's */
void nst__canvas_destroy(nst__canvas *canvas);

#endif
