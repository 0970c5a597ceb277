/*
 * JSON as a stream of tokens (RFC 8259). It is strict, needs no memory besides this structure, and has no recursion
 * over the nesting.
 */
#ifndef NST_FORMAT_JSON_H
#define NST_FORMAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NST__JSON_DEPTH 16 /* deeper nesting is an error */

typedef enum nst__json_type {
    NST__JSON_ERROR, /* nst__json.error has the reason; every later token is this too */
    NST__JSON_END,   /* the end of the text, after one whole value */
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
    /* The last token as it is in the text, without the quotes of a string. */
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

/* Copies the last key or string as UTF-8 with its escapes resolved, cut to at most SIZE - 1 bytes between characters.
 * Returns its whole length; HASH, if not NULL, gets the hash of all of it. */
size_t nst__json_text(const nst__json *json, char *out, size_t size, uint64_t *hash);

/* The last number as an unsigned integer of 64 bits; false if it is not one. */
bool nst__json_u64(const nst__json *json, uint64_t *out);

#endif
