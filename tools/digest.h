/*
 * The checksum of a file that was fetched: SHA-256 (FIPS 180-4).
 */
#ifndef NST_TOOLS_DIGEST_H
#define NST_TOOLS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

typedef struct digest {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64]; /* what has not filled a block yet */
} digest;

enum { DIGEST_TEXT = 65 }; /* hexadecimal digits and NUL */

void digest_start(digest *d);
void digest_add(digest *d, const void *bytes, size_t size);
void digest_end(digest *d, char text[DIGEST_TEXT]); /* in lower case */

#endif
