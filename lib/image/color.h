/*
 * Colours of a file, and their conversion to sRGB by Little CMS. In a library built without it, colours stay unchanged,
 * and pictures that are not sRGB get a warning.
 */
#ifndef NST_IMAGE_COLOR_H
#define NST_IMAGE_COLOR_H

#include "image/image.h"

/* All zero: the file does not define its colours, so they are sRGB. */
typedef struct nst__color_profile {
    const uint8_t *icc; /* a profile of the International Color Consortium; NULL: none */
    size_t icc_size;
    double gamma;           /* as in PNG's gAMA, 0.45455 for sRGB; 0: none */
    double chromaticity[8]; /* as PNG's cHRM: x and y of white, red, green and blue; all 0: none */
} nst__color_profile;

/* The layout of a pixel in a file. */
typedef struct nst__color_layout {
    int channels; /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA */
    int depth;    /* bits of a channel, 8 or 16 in the machine's order */
    bool cmyk;    /* four channels of light, as in JPEG: 255 is no ink; 8 bits */
} nst__color_layout;

typedef struct nst__color nst__color;

/* Prepares to convert rows of WIDTH pixels to sRGB; *OUT NULL: they need no change. A profile that cannot be used is a
 * warning of IMAGE; the only error is NST_ERR_OUT_OF_MEMORY. PROFILE is not needed afterwards. */
nst_status nst__color_create(nst__color **out, const nst__color_profile *profile, const nst__color_layout *layout,
                             uint32_t width, nst_image *image);
/* Converts ROW to [width, 3], or 4 with alpha, of 16 bits, valid until the next row. */
const uint16_t *nst__color_row(nst__color *color, const void *row);
void nst__color_destroy(nst__color *color);

/* "2.14", or NULL: built without. */
const char *nst__color_engine(void);

#endif
