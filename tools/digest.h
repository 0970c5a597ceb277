/*
 * Checksums of files: MD5 (RFC 1321) and SHA-256 (FIPS 180-4). They tell a damaged transfer from a whole one;
 * MD5 is no protection against someone who wants to deceive, but it is what one of the sources publishes.
 */
#ifndef NST_TOOLS_DIGEST_H
#define NST_TOOLS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

typedef enum digest_kind { DIGEST_MD5, DIGEST_SHA256 } digest_kind;

typedef struct digest {
    digest_kind kind;
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64]; /* what has not filled a block yet */
} digest;

enum { DIGEST_TEXT = 65 }; /* hexadecimal digits of the longer one, and NUL */

void digest_start(digest *d, digest_kind kind);
void digest_add(digest *d, const void *bytes, size_t size);
void digest_end(digest *d, char text[DIGEST_TEXT]); /* in lower case */

#endif
