/*
 * A picture codec: whole files in memory, to and from the handle. Adding one is a file that defines a codec, and a row
 * in the table of codec.c.
 */
#ifndef NST_IMAGE_CODEC_H
#define NST_IMAGE_CODEC_H

#include "image/image.h"

typedef struct nst__codec {
    const char *name, *type;    /* "JPEG" in messages, "jpeg" as nst_image_encode() calls it */
    const char *const *endings; /* of the names of its files, lower case; NULL ends them */
    bool alpha;                 /* transparency is written */

    /* Do BYTES begin as a file of this format does, as far as SIZE goes? */
    bool (*probe)(const uint8_t *bytes, size_t size);
    /* SIZE is at least 1. Untrusted: nst__check_pixels() comes before there is memory for the pixels. */
    nst_status (*decode)(nst_image **out, const uint8_t *bytes, size_t size, uint64_t max_pixels);
    /* *OUT is from nst__alloc(). NULL: a format that is only read. */
    nst_status (*encode)(void **out, size_t *size, const nst_image *image);
} nst__codec;

/* Is WIDTH x HEIGHT within MAX_PIXELS? Else NST_ERR_TOO_LARGE. */
nst_status nst__check_pixels(uint64_t width, uint64_t height, uint64_t max_pixels);

/* For probes: BYTES are the first SIZE bytes of START, or START and more. */
bool nst__starts_with(const uint8_t *bytes, size_t size, const void *start, size_t length);

/* foreign_pictures.c: NST_ERR_FORMAT for what is known not to be read here, with its name and what to do about it; and for
 * what nobody knows. READ: the names of the formats that are read. */
nst_status nst__foreign_check(const uint8_t *bytes, size_t size, const char *read);
nst_status nst__foreign_unknown(const uint8_t *bytes, size_t size, const char *read);

#endif
