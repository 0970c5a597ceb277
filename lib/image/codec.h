/*
 * A picture codec, to and from the handle. Large files are written row by row, and those of PNG and Netpbm are read so,
 * too. Adding a codec is a file that defines it, and a row in the table of codec.c.
 */
#ifndef NST_IMAGE_CODEC_H
#define NST_IMAGE_CODEC_H

#include "base/source.h"
#include "image/image.h"

/* Where an encoder puts the bytes of its file, one after another. */
typedef struct nst__output {
    nst_status (*put)(void *user, const void *bytes, size_t size);
    void *user;
} nst__output;

typedef struct nst__codec {
    const char *name, *type;    /* "JPEG" in messages, "jpeg" for nst_image_encode() */
    const char *const *endings; /* the endings of its file names, lower case; NULL ends them */
    bool alpha;                 /* transparency is written */

    /* Do the SIZE BYTES match the beginning of a file of this format? */
    bool (*probe)(const uint8_t *bytes, size_t size);
    /* SIZE is at least 1. BYTES are untrusted: call nst__check_pixels() before memory for the pixels is allocated. */
    nst_status (*decode)(nst_image **out, const uint8_t *bytes, size_t size, const nst__reading *how);
    /* The same from a file, piece by piece. NULL: the format needs the whole file in memory. */
    nst_status (*decode_from)(nst_image **out, const nst__source *source, const nst__reading *how);
    /* NULL: a format that is only read. */
    nst_status (*encode)(const nst__output *out, const nst_image *image);
} nst__codec;

const char *nst__codec_types(void); /* of all codecs, for nst_build_text() */

/* Checks that WIDTH x HEIGHT is within MAX_PIXELS, and each side below 2^31: else NST_ERR_TOO_LARGE. A side of 0 is
 * NST_ERR_CORRUPT. */
nst_status nst__check_pixels(uint64_t width, uint64_t height, uint64_t max_pixels);

/* For probes: do the SIZE BYTES begin with START, or START with them? */
bool nst__starts_with(const uint8_t *bytes, size_t size, const void *start, size_t length);

/* foreign_pictures.c: NST_ERR_FORMAT with a message. For known formats that cannot be read it has their name and a way
 * to convert them. READ: the names of the formats that can be read. */
nst_status nst__foreign_check(const uint8_t *bytes, size_t size, const char *read);
nst_status nst__foreign_unknown(const uint8_t *bytes, size_t size, const char *read);

#endif
