/* The program's checksum, on the vectors of FIPS 180-4, and fed in pieces of every length. */
#include "unit/runner.h"

#include "../../tools/digest.c"

static const char *digest_of(const char *text, size_t piece)
{
    static char result[DIGEST_TEXT];
    const size_t length = strlen(text);
    digest d;
    digest_start(&d);
    for (size_t at = 0; at < length; at += piece)
        digest_add(&d, text + at, length - at < piece ? length - at : piece);
    digest_end(&d, result);
    return result;
}

START_TEST(vectors_of_fips_180)
{
    static const char *const vectors[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmno"
         "pqrst"
         "nopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        for (size_t piece = 1; piece < 90; piece++)
            ck_assert_str_eq(digest_of(vectors[i][0], piece), vectors[i][1]);
}
END_TEST

START_TEST(a_million_a)
{
    static char text[1000001];
    memset(text, 'a', 1000000);
    ck_assert_str_eq(digest_of(text, 1000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

RUNNER("digest", vectors_of_fips_180, a_million_a)
