/*
 * JSON as a stream of tokens (RFC 8259): no memory but this structure, no recursion, strict.
 */
#ifndef NST_FORMAT_JSON_H
#define NST_FORMAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NST__JSON_DEPTH 16 /* deeper nesting is an error */

typedef enum nst__json_type {
    NST__JSON_ERROR, /* and every token after it; nst__json.error says why */
    NST__JSON_END,   /* the text ends where it should */
    NST__JSON_OBJECT,
    NST__JSON_OBJECT_END,
    NST__JSON_ARRAY,
    NST__JSON_ARRAY_END,
    NST__JSON_KEY, /* of an object; its value is the next token */
    NST__JSON_STRING,
    NST__JSON_NUMBER,
    NST__JSON_TRUE,
    NST__JSON_FALSE,
    NST__JSON_NULL
} nst__json_type;

typedef struct nst__json {
    const char *start, *p, *end;
    const char *error; /* what was expected, or NULL */
    /* Of the last token: as it stands in the text, without the quotes of a string. */
    const char *text;
    size_t length;
    int depth;
    uint32_t objects; /* bit d: level d is an object, not an array */
    int expect;
} nst__json;

void nst__json_init(nst__json *json, const char *text, size_t length);
nst__json_type nst__json_next(nst__json *json);

/* Skips the value whose first token was TYPE; false on an error. */
bool nst__json_skip(nst__json *json, nst__json_type type);

/* The last key or string as UTF-8, its escapes resolved, cut to SIZE - 1 bytes at the end of a character.
 * Returns the whole length; HASH, if not NULL, is of all of it. */
size_t nst__json_text(const nst__json *json, char *out, size_t size, uint64_t *hash);

/* The last number as a whole number of 64 bits; false if it is none. */
bool nst__json_u64(const nst__json *json, uint64_t *out);

#endif
