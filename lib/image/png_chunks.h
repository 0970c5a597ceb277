/*
 * Parses the chunks of a PNG file for facts that libpng reports too late or not at all.
 */
#ifndef NST_IMAGE_PNG_CHUNKS_H
#define NST_IMAGE_PNG_CHUNKS_H

#include "base/source.h"

#include <stdbool.h>

typedef struct nst__png_chunks {
    int orientation; /* 1..8, from a valid eXIf chunk anywhere in the file */
    bool profile;    /* there is an iCCP chunk, sound or not */
    bool ended;      /* the IEND chunk is there */
} nst__png_chunks;

/* The file begins like a PNG. It may be damaged or cut anywhere. An error is one of reading or of memory. */
nst_status nst__png_chunks_read(nst__png_chunks *out, const nst__source *file);

#endif
