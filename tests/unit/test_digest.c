/* The program's checksums, on the vectors of RFC 1321 and FIPS 180-4, and fed in pieces of every length. */
#include "unit/runner.h"

#include "../../tools/digest.c"

static const char *digest_of(digest_kind kind, const char *text, size_t piece)
{
    static char result[DIGEST_TEXT];
    const size_t length = strlen(text);
    digest d;
    digest_start(&d, kind);
    for (size_t at = 0; at < length; at += piece)
        digest_add(&d, text + at, length - at < piece ? length - at : piece);
    digest_end(&d, result);
    return result;
}

START_TEST(vectors_of_rfc_1321)
{
    static const char *const vectors[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        for (size_t piece = 1; piece < 90; piece++)
            ck_assert_str_eq(digest_of(DIGEST_MD5, vectors[i][0], piece), vectors[i][1]);
}
END_TEST

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
            ck_assert_str_eq(digest_of(DIGEST_SHA256, vectors[i][0], piece), vectors[i][1]);
}
END_TEST

START_TEST(a_million_a)
{
    static char text[1000001];
    memset(text, 'a', 1000000);
    ck_assert_str_eq(digest_of(DIGEST_MD5, text, 1000), "7707d6ae4e027c70eea2a935c2296f21");
    ck_assert_str_eq(digest_of(DIGEST_SHA256, text, 1000),
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

RUNNER("digest", vectors_of_rfc_1321, vectors_of_fips_180, a_million_a)
