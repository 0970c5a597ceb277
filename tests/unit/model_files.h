/* Files of models, made byte by byte for the tests. */
#ifndef NST_UNIT_MODEL_FILES_H
#define NST_UNIT_MODEL_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct blob {
    unsigned char *bytes;
    size_t size, capacity;
} blob;

static inline void blob_put(blob *b, const void *bytes, size_t size)
{
    if (b->size + size > b->capacity) {
        b->capacity = 2 * (b->size + size);
        b->bytes = realloc(b->bytes, b->capacity);
        if (!b->bytes) abort();
    }
    if (size > 0) memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

static inline void blob_put_int(blob *b, uint64_t value, int bytes) /* little-endian */
{
    for (int i = 0; i < bytes; i++)
        blob_put(b, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

static inline void blob_put_text(blob *b, const char *text)
{
    blob_put(b, text, strlen(text));
}

static inline void blob_put_float(blob *b, float x)
{
    blob_put(b, &x, sizeof x);
}

static inline void blob_free(blob *b)
{
    free(b->bytes);
    *b = (blob){0};
}

/* A block of its own size, so that reading behind it is seen. */
static inline unsigned char *exact_copy(const unsigned char *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    return copy;
}

/* HEADER as safetensors has it, and N bytes of numbers: floats 0.25 apart, so that each is its own. */
static inline blob safetensors(const char *header, size_t n)
{
    blob b = {0};
    blob_put_int(&b, strlen(header), 8);
    blob_put_text(&b, header);
    for (size_t i = 0; i + 4 <= n; i += 4)
        blob_put_float(&b, (float)(i / 4 % 97) * 0.25f - 12);
    for (size_t i = 0; i < n % 4; i++)
        blob_put(&b, "", 1);
    return b;
}

#endif
