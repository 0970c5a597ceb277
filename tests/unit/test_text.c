/* Text from outside is shown without what a terminal obeys, and loses nothing else. */
#include "unit/runner.h"

#include "base/status.h"

#include <stdio.h>
#include <string.h>

static const char *const vectors[][2] = {
    {"", ""},
    {"plain.png", "plain.png"},
    {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
    {"\x1b[31mred\x7f", "\\x1b[31mred\\x7f"},
    {"\x01\x1f ", "\\x01\\x1f "},
    {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0"}, /* C1, and the first character behind it */
    {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c"},
    {"gpj.\xe2\x80\xaegnp", "gpj.\\u202egnp"},
    {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xaf", "\\u2028\\u2029\\u202a\xe2\x80\xaf"},
    {"\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\\u2066\\u2069\xe2\x81\xaa"},
    {"\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\\ufffe\\uffff"},
    {"Gem\xc3\xa4lde \xe7\x94\xbb \xf0\x9f\x8e\xa8", "Gem\xc3\xa4lde \xe7\x94\xbb \xf0\x9f\x8e\xa8"},
    {"\x80\xff\xc0\xaf", "\\x80\\xff\\xc0\\xaf"}, /* no beginning, none ever, too long a form */
    {"\xe7\x94", "\\xe7\\x94"},                   /* cut */
    {"\xed\xa0\x80\xf4\x90\x80\x80", "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80"}, /* a surrogate, beyond the last */
    {"\xe7"
     "abc",
     "\\xe7"
     "abc"},
    {"back\\slash \\x1b", "back\\slash \\x1b"},
};
enum { VECTORS = sizeof vectors / sizeof vectors[0] };

START_TEST(vectors_are_escaped)
{
    for (size_t i = 0; i < VECTORS; i++) {
        char out[128], again[128];
        ck_assert_uint_eq(nst_text_escape(out, sizeof out, vectors[i][0]), strlen(vectors[i][1]));
        ck_assert_str_eq(out, vectors[i][1]);
        nst_text_escape(again, sizeof again, out);
        ck_assert_str_eq(again, out);
    }
}
END_TEST

/* Every byte after every other: the result is shown as it is, so it has nothing that must be escaped. */
START_TEST(all_pairs_of_bytes)
{
    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b++) {
            const char text[] = {'<', (char)a, (char)b, '>', '\0'};
            char out[32], again[32];
            nst_text_escape(out, sizeof out, text);
            for (const char *p = out; *p; p++)
                ck_assert((unsigned char)*p >= 0x20 && *p != 0x7f);
            nst_text_escape(again, sizeof again, out);
            ck_assert_str_eq(again, out);
            ck_assert_int_eq(out[strlen(out) - 1], '>');
        }
}
END_TEST

START_TEST(what_does_not_fit_is_cut_between_characters)
{
    for (size_t i = 0; i < VECTORS; i++)
        for (size_t size = 0; size <= strlen(vectors[i][1]) + 1; size++) {
            char out[128], again[128];
            memset(out, '#', sizeof out);
            ck_assert_uint_eq(nst_text_escape(size ? out : NULL, size, vectors[i][0]), strlen(vectors[i][1]));
            ck_assert_int_eq(out[size], '#');
            if (size == 0) continue;
            ck_assert(memcmp(out, vectors[i][1], strlen(out)) == 0 && strlen(out) < size);
            nst_text_escape(again, sizeof again, out); /* half a character would be escaped now */
            ck_assert_str_eq(again, out);
        }
    ck_assert_uint_eq(nst_text_escape(NULL, 0, NULL), 0);
}
END_TEST

START_TEST(messages_are_escaped)
{
    ck_assert_int_eq(nst__fail(NST_ERR_IO, "%s: no\nsuch \xe2\x80\xae file", "a\x1b\xff"), NST_ERR_IO);
    ck_assert_str_eq(nst_last_error(), "a\\x1b\\xff: no\\nsuch \\u202e file");
    nst__fail(NST_ERR_IO, "again: %s", nst_last_error());
    ck_assert_str_eq(nst_last_error(), "again: a\\x1b\\xff: no\\nsuch \\u202e file");
    char longest[3001];
    memset(longest, 0, sizeof longest);
    for (size_t i = 0; i < sizeof longest - 1; i += 3)
        memcpy(longest + i, "\xe7\x94\xbb", 3);
    nst__fail(NST_ERR_IO, "%s", longest);
    ck_assert_uint_eq(strlen(nst_last_error()), 1023);
    ck_assert_ptr_null(strchr(nst_last_error(), '\\'));
}
END_TEST

RUNNER("text", vectors_are_escaped, all_pairs_of_bytes, what_does_not_fit_is_cut_between_characters,
       messages_are_escaped)
