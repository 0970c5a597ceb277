/* The fingerprint of bytes: any change is seen, and pieces do not matter. */
#include "unit/runner.h"

#include "base/hash.h"

#include <string.h>

enum { SIZE = 300 };

static uint64_t of(const void *bytes, size_t size, size_t piece)
{
    nst__hash hash;
    nst__hash_start(&hash);
    for (size_t i = 0; i < size; i += piece)
        nst__hash_add(&hash, (const char *)bytes + i, size - i < piece ? size - i : piece);
    return nst__hash_end(&hash);
}

static void fill(unsigned char *bytes)
{
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * i + 7 * i);
}

START_TEST(pieces_do_not_matter)
{
    unsigned char bytes[SIZE];
    fill(bytes);
    for (size_t size = 0; size <= SIZE; size++)
        for (size_t piece = 1; piece <= 70; piece += 1 + piece / 8)
            ck_assert_uint_eq(of(bytes, size, piece), of(bytes, size, SIZE));
}
END_TEST

START_TEST(each_bit_and_the_length_matter)
{
    unsigned char bytes[SIZE];
    uint64_t seen[SIZE + 1];
    fill(bytes);
    const uint64_t before = of(bytes, SIZE, SIZE);
    for (int i = 0; i < 8 * SIZE; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        ck_assert_uint_ne(of(bytes, SIZE, SIZE), before);
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    memset(bytes, 0, sizeof bytes);
    for (size_t size = 0; size <= SIZE; size++) {
        seen[size] = of(bytes, size, SIZE);
        for (size_t shorter = 0; shorter < size; shorter++)
            ck_assert_uint_ne(seen[size], seen[shorter]);
    }
}
END_TEST

RUNNER("hash", pieces_do_not_matter, each_bit_and_the_length_matter)
