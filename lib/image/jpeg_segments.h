/*
 * Parses the segments of a JPEG file: facts that TurboJPEG does not report, and a copy without harmless oddities.
 * TurboJPEG reports only its first warning, so a warning about a comment could hide one about the pixels. For the copy,
 * every warning means damage.
 */
#ifndef NST_IMAGE_JPEG_SEGMENTS_H
#define NST_IMAGE_JPEG_SEGMENTS_H

#include "base/status.h"

#include <stdbool.h>

typedef struct nst__jpeg {
    uint32_t width, height;
    int components;  /* 1, 3 or 4 */
    int orientation; /* of EXIF, 1..8 */
    bool cut_short;  /* has no end-of-image marker; the copy has one */
    uint8_t *icc;    /* a colour profile, or NULL */
    size_t icc_size;
    bool icc_broken; /* parts of a profile are missing */

    uint8_t *clean; /* the tables, frame and scans */
    size_t clean_size;

    /* of use to the walk itself */
    bool progressive, arithmetic, jfif, adobe, scan;
    uint8_t transform;        /* of Adobe's marker */
    uint8_t id[4];            /* of the components */
    uint8_t least_bit[4][64]; /* of each coefficient, the last bit that a scan contained; 255: none yet */
} nst__jpeg;

/* A picture that cannot be whole is NST_ERR_CORRUPT, a process that TurboJPEG does not decode NST_ERR_UNSUPPORTED.
 * Always destroy. */
nst_status nst__jpeg_walk(nst__jpeg *out, const uint8_t *bytes, size_t size);
void nst__jpeg_destroy(nst__jpeg *jpeg);

/* Removes the last COUNT bytes of a scan from the copy, if they are padding before MARKER, in a scan that ends after
 * *FROM. Moves *FROM there; false: there is no such scan. */
bool nst__jpeg_strip(nst__jpeg *jpeg, size_t *from, size_t count, int marker);

#endif
