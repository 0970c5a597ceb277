#include "format/json.h"

#include <string.h>

enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, DONE };

void nst__json_init(nst__json *json, const char *text, size_t length)
{
    *json = (nst__json){.start = text, .p = text, .end = text + length, .expect = VALUE};
}

static nst__json_type fail(nst__json *json, const char *expected)
{
    if (!json->error) json->error = expected;
    return NST__JSON_ERROR;
}

static void skip_space(nst__json *json)
{
    while (json->p < json->end && (*json->p == ' ' || *json->p == '\t' || *json->p == '\n' || *json->p == '\r'))
        json->p++;
}

static int hex4(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The length of the UTF-8 character at P, or 0 if it is invalid: no overlong forms, no surrogates, at most U+10FFFF. */
static size_t utf8_length(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
               : (p[0] & 0xf0) == 0xe0       ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] >= 0x90))
        return 0;
    return n;
}

/* Decodes one character of a string, escaped or not, into OUT as UTF-8. Returns the number of bytes, or 0 if it is
 * invalid. */
static size_t take_char(const char **p, const char *end, char out[4])
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (**p != '\\') {
        size_t n = (unsigned char)**p < 0x20 ? 0 : utf8_length(*p, end);
        memcpy(out, *p, n);
        *p += n;
        return n;
    }
    if (end - *p < 2) return 0;
    const char *plain = (*p)[1] ? strchr(from, (*p)[1]) : NULL;
    if (plain) {
        out[0] = to[plain - from];
        *p += 2;
        return 1;
    }
    if ((*p)[1] != 'u' || end - *p < 6) return 0;
    int code = hex4(*p + 2);
    *p += 6;
    if (code >= 0xd800 && code < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        int low = hex4(*p + 2);
        if (low < 0xdc00 || low > 0xdfff) return 0;
        *p += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < 0 || (code >= 0xd800 && code < 0xe000)) return 0;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | code);
    return n;
}

static nst__json_type take_string(nst__json *json, nst__json_type type)
{
    char bytes[4];
    const char *p = json->p + 1;
    json->text = p;
    while (p < json->end && *p != '"')
        if (take_char(&p, json->end, bytes) == 0) return fail(json, "a string of valid characters");
    if (p == json->end) return fail(json, "the end of a string");
    json->length = (size_t)(p - json->text);
    json->p = p + 1;
    return type;
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static nst__json_type take_number(nst__json *json)
{
    const char *p = json->p, *end = json->end, *from;
    json->text = p;
    p += *p == '-';
    from = p;
    p = p < end && *p == '0' ? p + 1 : digits(p, end);
    if (p == from) return fail(json, "a value");
    if (p < end && *p == '.') {
        from = ++p;
        if ((p = digits(p, end)) == from) return fail(json, "digits");
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        from = p;
        if ((p = digits(p, end)) == from) return fail(json, "digits");
    }
    json->length = (size_t)(p - json->text);
    json->p = p;
    return NST__JSON_NUMBER;
}

static nst__json_type take_word(nst__json *json)
{
    static const struct {
        const char *word;
        nst__json_type type;
    } words[] = {{"true", NST__JSON_TRUE}, {"false", NST__JSON_FALSE}, {"null", NST__JSON_NULL}};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(json->end - json->p) >= n && memcmp(json->p, words[i].word, n) == 0) {
            json->text = json->p;
            json->length = n;
            json->p += n;
            return words[i].type;
        }
    }
    return take_number(json);
}

static nst__json_type open_level(nst__json *json, bool object)
{
    if (json->depth == NST__JSON_DEPTH) return fail(json, "less nesting");
    json->objects = object ? json->objects | 1u << json->depth : json->objects & ~(1u << json->depth);
    json->depth++;
    json->p++;
    json->expect = object ? KEY_OR_END : VALUE_OR_END;
    return object ? NST__JSON_OBJECT : NST__JSON_ARRAY;
}

static bool in_object(const nst__json *json)
{
    return json->depth > 0 && (json->objects >> (json->depth - 1) & 1);
}

static nst__json_type close_level(nst__json *json)
{
    nst__json_type type = in_object(json) ? NST__JSON_OBJECT_END : NST__JSON_ARRAY_END;
    json->p++;
    json->depth--;
    json->expect = json->depth == 0 ? DONE : COMMA_OR_END;
    return type;
}

static nst__json_type take_value(nst__json *json)
{
    nst__json_type type;
    if (*json->p == '{' || *json->p == '[') return open_level(json, *json->p == '{');
    type = *json->p == '"' ? take_string(json, NST__JSON_STRING) : take_word(json);
    json->expect = json->depth == 0 ? DONE : COMMA_OR_END;
    return type;
}

nst__json_type nst__json_next(nst__json *json)
{
    if (json->error) return NST__JSON_ERROR;
    skip_space(json);
    if (json->expect == DONE) return json->p == json->end ? NST__JSON_END : fail(json, "nothing after the value");
    if (json->p == json->end) return fail(json, "more text");
    const char closing = in_object(json) ? '}' : ']';
    switch (json->expect) {
    case COMMA_OR_END:
        if (*json->p == closing) return close_level(json);
        if (*json->p != ',') return fail(json, in_object(json) ? "',' or '}'" : "',' or ']'");
        json->p++;
        json->expect = in_object(json) ? KEY : VALUE;
        return nst__json_next(json); /* recurses once: a key or a value comes next */
    case KEY_OR_END:
    case KEY:
        if (json->expect == KEY_OR_END && *json->p == closing) return close_level(json);
        json->expect = COLON;
        return *json->p == '"' ? take_string(json, NST__JSON_KEY) : fail(json, "a key");
    case COLON:
        if (*json->p != ':') return fail(json, "':'");
        json->p++;
        json->expect = VALUE;
        return nst__json_next(json); /* recurses once: a value comes next */
    case VALUE_OR_END:
        if (*json->p == closing) return close_level(json);
        return take_value(json);
    default: return take_value(json);
    }
}

bool nst__json_skip(nst__json *json, nst__json_type type)
{
    int depth = json->depth;
    if (type != NST__JSON_OBJECT && type != NST__JSON_ARRAY) return type != NST__JSON_ERROR;
    do {
        type = nst__json_next(json);
    } while (type != NST__JSON_ERROR && json->depth >= depth);
    return type != NST__JSON_ERROR;
}

size_t nst__json_text(const nst__json *json, char *out, size_t size, uint64_t *hash)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    size_t length = 0, kept = 0;
    const char *p = json->text, *end = json->text + json->length;
    while (p < end) {
        char bytes[4];
        size_t n = take_char(&p, end, bytes);
        if (n == 0) break;
        for (size_t i = 0; i < n; i++)
            h = (h ^ (unsigned char)bytes[i]) * 1099511628211u;
        if (kept == length && kept + n < size) {
            memcpy(out + kept, bytes, n);
            kept += n;
        }
        length += n;
    }
    if (size > 0) out[kept] = '\0';
    if (hash) *hash = h;
    return length;
}

bool nst__json_u64(const nst__json *json, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < json->length; i++) {
        unsigned digit = (unsigned)(unsigned char)json->text[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = value;
    return json->length > 0;
}
