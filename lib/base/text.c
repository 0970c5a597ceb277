#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character at P, whose number is *CODE; 0 where there is none (RFC 3629). */
static size_t read_character(const unsigned char *p, uint32_t *code)
{
    const size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    const unsigned least = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned most = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (length > 1 && (p[1] < least || p[1] > most)) return 0;
    *code = length < 2 ? p[0] : p[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    return length;
}

/* Ranges of characters that terminals and editors obey instead of showing, and of those that XML forbids. */
static const struct range {
    uint32_t first, last;
} hidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     /* C0, delete, C1 */
    {0x61c, 0x61c},   {0x200e, 0x200f}, /* directions of writing: marks */
    {0x2028, 0x202e},                   /* ends of lines and paragraphs, embeddings, overrides */
    {0x2066, 0x2069},                   /* isolates */
    {0xfffe, 0xffff},                   /* no characters */
};

static bool is_hidden(uint32_t code)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (code >= hidden[i].first && code <= hidden[i].last) return true;
    return false;
}

enum { LONGEST = sizeof "\\u202e" };

/* The escape for the character or byte at P, and the number of its bytes. */
static size_t show(char out[LONGEST], const char *p)
{
    uint32_t code;
    const size_t length = read_character((const unsigned char *)p, &code);
    if (length == 0)
        snprintf(out, LONGEST, "\\x%02x", (unsigned)(unsigned char)*p);
    else if (!is_hidden(code))
        snprintf(out, LONGEST, "%.*s", (int)length, p);
    else if (code == '\n' || code == '\r' || code == '\t')
        snprintf(out, LONGEST, "\\%c", code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
    else
        snprintf(out, LONGEST, code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    return length ? length : 1;
}

size_t nst_text_escape(char *out, size_t size, const char *text)
{
    size_t used = 0, needed = 0;
    bool room = out && size > 0;
    while (text && *text) {
        char shown[LONGEST];
        text += show(shown, text);
        const size_t length = strlen(shown);
        room = room && used + length < size;
        if (room) {
            memcpy(out + used, shown, length);
            used += length;
        }
        needed += length;
    }
    if (out && size > 0) out[used] = '\0';
    return needed;
}
