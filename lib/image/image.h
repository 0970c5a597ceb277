/*
 * The picture handle and what the codecs share.
 */
#ifndef NST_IMAGE_IMAGE_H
#define NST_IMAGE_IMAGE_H

#include "base/ranks.h"
#include "base/settings.h"
#include "base/status.h"

#include <stdbool.h>

/* The rows of a picture that is not in memory as a whole: row Y [width, 3], valid until the next call. */
typedef struct nst__row_source {
    const float *(*row)(void *user, uint32_t y);
    void *user;
} nst__row_source;

struct nst_image {
    uint32_t width, height;
    float *pixels;               /* [height, width, 3] RGB, sRGB-encoded, nominally 0..1; aligned unless borrowed */
    float *alpha;                /* [height, width] or NULL */
    uint32_t top, whole;         /* a band: its first row in a picture of WHOLE rows; WHOLE is 0 if it is no band */
    const nst__row_source *rows; /* of a picture that is written; NULL: PIXELS */
    bool borrowed;               /* pixels and alpha are the host's, and RELEASE (may be NULL) gives them back */
    nst_release_fn release;
    void *release_user;
    nst__settings settings;
    char warnings[512]; /* of the file that it was read from: lines with '\n' between; "": none */
};

/* How a file is read: the most pixels that it may have, 0: 2^28; and which of BANDS of about as many rows becomes the
 * picture. BANDS 1: all of it. */
typedef struct nst__reading {
    uint64_t max_pixels;
    uint32_t band, bands;
} nst__reading;

/* Adds a line to the warnings, without control characters, since it may contain parts of files. Cut if there is no
 * room. */
void nst__image_warn(nst_image *image, const char *format, ...) NST__PRINTF(2, 3);

/* As nst_image_create(), with pixels and alpha undefined. */
nst_status nst__image_create(nst_image **out, uint32_t width, uint32_t height, bool alpha);

/* Makes IMAGE a band: its first row is row TOP of a picture of WHOLE rows. */
void nst__image_place(nst_image *image, size_t top, size_t whole);

/* ---- pixels.c: rows of 8 or 16 bits a channel, 1 to 4 channels, from and to floats ---- */

/* Pixel (x, y) of the stored picture has index first + x dx + y dy in the upright picture of WIDTH x HEIGHT. */
typedef struct nst__placement {
    uint32_t width, height;
    ptrdiff_t first, dx, dy;
} nst__placement;

/* ORIENTATION as in EXIF, 1..8, of a stored picture of WIDTH x HEIGHT; 1 is upright. */
nst__placement nst__orient(int orientation, uint32_t width, uint32_t height);

/* The pixels of a row that are written: from BEGIN to END - 1. */
typedef struct nst__span {
    uint32_t begin, end;
} nst__span;

/* Writes the pixels SPAN of row Y of the stored picture to their places. Alpha in ROW needs alpha in IMAGE. */
void nst__put_row_u8(nst_image *image, const nst__placement *place, nst__span span, uint32_t y, const uint8_t *row,
                     int channels);
void nst__put_row_u16(nst_image *image, const nst__placement *place, nst__span span, uint32_t y, const uint16_t *row,
                      int channels);
/* Reads row Y of IMAGE, clamped to 0..1 and rounded to nearest. If ROW has no alpha, transparent parts show BACKGROUND
 * [3], RGB; NULL: alpha is ignored and the colours are copied. */
void nst__get_row_u8(const nst_image *image, uint32_t y, uint8_t *row, int channels, const float *background);
void nst__get_row_u16(const nst_image *image, uint32_t y, uint16_t *row, int channels, const float *background);

/* ---- image_range.c ---- */

/* Checks that every value of IMAGE is finite (else NST_ERR_NON_FINITE) and within -0.5..1.5 (else NST_ERR_RANGE: its
 * scale is not
 * 0..1). WHAT is the name of the picture in the message. */
nst_status nst__image_check_range(const nst_image *image, const char *what);

/* ---- exif.c ---- */

/* The orientation in a TIFF structure, the format of EXIF; 1 if there is none or it is invalid. */
int nst__exif_orientation(const uint8_t *tiff, size_t size);

/* ---- resample.c ---- */

/* The rows of a picture of HEIGHT that are read for ROWS of it resized to NEW_HEIGHT. */
nst__rows nst__resize_reads(size_t height, size_t new_height, nst__rows rows);
/* ROWS of a picture resized to WIDTH x HEIGHT. IMAGE is the picture, or a band that has what is read. */
nst_status nst__image_resize_rows(nst_image **out, const nst_image *image, size_t width, size_t height, nst__rows rows);

/* IMAGE itself if it has that size, else a copy, which is *RESIZED too and the caller's to destroy. */
nst_status nst__image_at_size(const nst_image **out, nst_image **resized, const nst_image *image, size_t height,
                              size_t width);

#endif
