#include "base/hash.h"

#include <string.h>

/* Each step is a bijection of the lane, so one changed word always changes the result. */
static uint64_t step(uint64_t lane, uint64_t word)
{
    const uint64_t mixed = (lane ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed << 29 | mixed >> 35;
}

/* Four lanes, so that the processor works on four products at a time. */
static void add_block(nst__hash *hash, const unsigned char *block)
{
    uint64_t word[NST__HASH_LANES];
    memcpy(word, block, sizeof word);
    for (int i = 0; i < NST__HASH_LANES; i++)
        hash->lane[i] = step(hash->lane[i], word[i]);
}

void nst__hash_start(nst__hash *hash)
{
    *hash = (nst__hash){.lane = {1, 2, 3, 4}};
}

void nst__hash_add(nst__hash *hash, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    const size_t block = sizeof hash->rest;
    const size_t have = (size_t)(hash->size % block);
    hash->size += size;
    if (have + size < block) {
        if (size > 0) memcpy(hash->rest + have, p, size);
        return;
    }
    if (have > 0) {
        memcpy(hash->rest + have, p, block - have);
        add_block(hash, hash->rest);
        p += block - have;
        size -= block - have;
    }
    for (; size >= block; p += block, size -= block)
        add_block(hash, p);
    if (size > 0) memcpy(hash->rest, p, size);
}

uint64_t nst__hash_end(const nst__hash *hash)
{
    nst__hash last = *hash;
    const size_t have = (size_t)(hash->size % sizeof hash->rest);
    uint64_t sum = hash->size;
    memset(last.rest + have, 0, sizeof last.rest - have);
    add_block(&last, last.rest);
    for (int i = 0; i < NST__HASH_LANES; i++)
        sum = step(sum, last.lane[i]);
    return sum ^ sum >> 32;
}
