#include "digest.h"

#include <string.h>

/* Their constants are digits of sines (MD5) and of cube roots of primes (SHA-256): the standards' own tables. */
static const uint32_t md5_table[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const uint32_t sha256_table[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* Byte K of a word: MD5 has the lowest first, SHA-256 the highest. */
static unsigned shift_of(const digest *d, unsigned k)
{
    return d->kind == DIGEST_MD5 ? 8 * k : 24 - 8 * k;
}

static void md5_block(uint32_t *state, const uint32_t *word)
{
    static const unsigned turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f;
        unsigned k;
        switch (i / 16) {
        case 0: f = (b & c) | (~b & d), k = i; break;
        case 1: f = (d & b) | (~d & c), k = (5 * i + 1) % 16; break;
        case 2: f = b ^ c ^ d, k = (3 * i + 5) % 16; break;
        default: f = c ^ (b | ~d), k = 7 * i % 16; break;
        }
        const uint32_t next = b + left(a + f + md5_table[i] + word[k], turns[i / 16][i % 4]);
        a = d, d = c, c = b, b = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

static void sha256_block(uint32_t *state, const uint32_t *word)
{
    uint32_t w[64], s[8];
    memcpy(w, word, 16 * sizeof *w);
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
        const uint32_t t = s[7] + e + choose + sha256_table[i] + w[i];
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t;
        s[0] = t + a + majority;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += s[i];
}

static void take_block(digest *d, const unsigned char *bytes)
{
    uint32_t word[16] = {0};
    for (unsigned i = 0; i < 64; i++)
        word[i / 4] |= (uint32_t)bytes[i] << shift_of(d, i % 4);
    (d->kind == DIGEST_MD5 ? md5_block : sha256_block)(d->state, word);
}

void digest_start(digest *d, digest_kind kind)
{
    static const uint32_t md5[8] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    static const uint32_t sha256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    *d = (digest){.kind = kind};
    memcpy(d->state, kind == DIGEST_MD5 ? md5 : sha256, sizeof d->state);
}

void digest_add(digest *d, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    while (size > 0) {
        const size_t there = d->bytes % 64, room = 64 - there, take = size < room ? size : room;
        memcpy(d->block + there, at, take);
        if (take == room) take_block(d, d->block);
        d->bytes += take;
        at += take;
        size -= take;
    }
}

/* A bit 1, zeros, and the number of bits in the last eight bytes. */
void digest_end(digest *d, char text[DIGEST_TEXT])
{
    const uint64_t bits = d->bytes * 8;
    const unsigned words = d->kind == DIGEST_MD5 ? 4 : 8;
    unsigned char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (d->kind == DIGEST_MD5 ? 8 * i : 56 - 8 * i));
    digest_add(d, "\x80", 1);
    while (d->bytes % 64 != 56)
        digest_add(d, "", 1);
    digest_add(d, length, 8);
    for (unsigned i = 0; i < 4 * words; i++) {
        const unsigned byte = d->state[i / 4] >> shift_of(d, i % 4) & 0xff;
        text[2 * i] = "0123456789abcdef"[byte >> 4];
        text[2 * i + 1] = "0123456789abcdef"[byte & 15];
    }
    text[8 * words] = '\0';
}
