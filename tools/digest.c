#include "digest.h"

#include <string.h>

/* The fractional parts of cube roots of primes: the standard's own table. */
static const uint32_t table[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void take_block(uint32_t *state, const unsigned char *bytes)
{
    uint32_t w[64] = {0}, s[8];
    for (unsigned i = 0; i < 64; i++) /* words have their highest byte first */
        w[i / 4] |= (uint32_t)bytes[i] << (24 - 8 * (i % 4));
    for (unsigned i = 16; i < 64; i++) {
        const uint32_t s0 = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3;
        const uint32_t s1 = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(s, state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t e = right(s[4], 6) ^ right(s[4], 11) ^ right(s[4], 25);
        const uint32_t a = right(s[0], 2) ^ right(s[0], 13) ^ right(s[0], 22);
        const uint32_t choose = (s[4] & s[5]) ^ (~s[4] & s[6]);
        const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        const uint32_t t = s[7] + e + choose + table[i] + w[i];
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t;
        s[0] = t + a + majority;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += s[i];
}

void digest_start(digest *d)
{
    *d = (digest){
        .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void digest_add(digest *d, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    while (size > 0) {
        const size_t there = d->bytes % 64, room = 64 - there, take = size < room ? size : room;
        memcpy(d->block + there, at, take);
        if (take == room) take_block(d->state, d->block);
        d->bytes += take;
        at += take;
        size -= take;
    }
}

/* A bit 1, zeros, and the number of bits in the last eight bytes. */
void digest_end(digest *d, char text[DIGEST_TEXT])
{
    const uint64_t bits = d->bytes * 8;
    unsigned char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    digest_add(d, "\x80", 1);
    while (d->bytes % 64 != 56)
        digest_add(d, "", 1);
    digest_add(d, length, 8);
    for (unsigned i = 0; i < 32; i++) {
        const unsigned byte = d->state[i / 4] >> (24 - 8 * (i % 4)) & 0xff;
        text[2 * i] = "0123456789abcdef"[byte >> 4];
        text[2 * i + 1] = "0123456789abcdef"[byte & 15];
    }
    text[64] = '\0';
}
