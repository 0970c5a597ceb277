/*
 * A fingerprint of bytes: 64 bits that change with any bit of them. It detects damage and mistakes, not malice.
 */
#ifndef NST_BASE_HASH_H
#define NST_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { NST__HASH_LANES = 4 };

typedef struct nst__hash {
    uint64_t lane[NST__HASH_LANES];
    unsigned char rest[NST__HASH_LANES * sizeof(uint64_t)]; /* bytes that do not fill all lanes yet */
    uint64_t size;
} nst__hash;

void nst__hash_start(nst__hash *hash);
void nst__hash_add(nst__hash *hash, const void *bytes, size_t size);
uint64_t nst__hash_end(const nst__hash *hash); /* of all bytes so far; more may be added */

#endif
