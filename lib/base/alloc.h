/*
 * The only door to memory. Every function that returns a pointer returns NULL with the message set when there is
 * no memory or COUNT x SIZE overflows; the caller then returns NST_ERR_OUT_OF_MEMORY.
 */
#ifndef NST_BASE_ALLOC_H
#define NST_BASE_ALLOC_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define NST__ALIGNMENT 64 /* bytes: a cache line, and the widest vector */

void *nst__alloc(size_t count, size_t size);  /* at least one byte; contents undefined */
void *nst__zalloc(size_t count, size_t size); /* zeroed */
void *nst__resize(void *block, size_t count, size_t size);
void nst__free(void *block); /* NULL is fine */

/* Blocks for vectors, aligned to NST__ALIGNMENT; released by nst__free_aligned() alone. */
void *nst__alloc_aligned(size_t count, size_t size);
void nst__free_aligned(void *block);
/* The same by an allocator of the host, which stays unchanged until the block is released; NULL: the one of the
 * process. */
void *nst__alloc_aligned_by(const nst_allocator *allocator, size_t count, size_t size);
void nst__free_aligned_by(const nst_allocator *allocator, void *block);

/* Checks an allocator of the host, and copies what this version of the library knows of it. */
nst_status nst__allocator_copy(nst_allocator *out, const nst_allocator *allocator);

/* True if nothing is allocated now: no handle exists. */
bool nst__alloc_nothing(void);

char *nst__copy_text(const char *text);

/* *out = a * b; false, and nothing written, if that overflows. */
bool nst__multiply(size_t *out, size_t a, size_t b);

#endif
