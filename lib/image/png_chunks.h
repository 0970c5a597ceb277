/*
 * A walk over the chunks of a PNG file, for what libpng tells too late or not at all.
 */
#ifndef NST_IMAGE_PNG_CHUNKS_H
#define NST_IMAGE_PNG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nst__png_chunks {
    int orientation; /* 1..8, of a sound eXIf chunk, wherever it stands */
    bool profile;    /* there is an iCCP chunk, sound or not */
    bool ended;      /* the IEND chunk is there */
} nst__png_chunks;

/* Of a file that begins as PNG does. It may be damaged or cut anywhere. */
void nst__png_chunks_read(nst__png_chunks *out, const uint8_t *bytes, size_t size);

#endif
