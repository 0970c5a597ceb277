/*
 * The headers of Netpbm's binary formats: PGM (P5), PPM (P6) and PAM (P7).
 */
#ifndef NST_IMAGE_PNM_HEADER_H
#define NST_IMAGE_PNM_HEADER_H

#include "base/source.h"
#include "image/image.h"

static inline bool nst__pnm_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

enum { NST__PNM_PIECE = 4096 };

typedef struct nst__pnm_header {
    uint64_t at;                  /* the first pixel */
    uint64_t width, height, most; /* MOST: the value that means 1 */
    uint64_t planes, channels;    /* values of a pixel in the file; the first of them, 1 to 4, are the picture */
    uint64_t row_bytes;           /* of all planes; less than 2^49 */
    uint64_t left;                /* bytes after the pixels; 0 if there is only white space */
    const char *doubt;            /* a warning about the place of the pixels; NULL: there is no doubt */

    /* of use to the reading itself */
    const nst__source *file;
    uint8_t piece[NST__PNM_PIECE]; /* of the file, from PIECE_AT on */
    uint64_t piece_at;
    size_t piece_size;
    nst_status status; /* of reading the file */
} nst__pnm_header;

/* Of a FILE that starts with P5, P6 or P7. Afterwards all rows of pixels are in the file, from AT on, and no size of
 * them overflows. */
nst_status nst__pnm_header_read(nst__pnm_header *out, const nst__source *file, uint64_t max_pixels);

#endif
