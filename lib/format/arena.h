/*
 * An arena for small things of one lifetime: names, headers, blocks of metadata. All are released at once.
 */
#ifndef NST_FORMAT_ARENA_H
#define NST_FORMAT_ARENA_H

#include "base/status.h"

typedef struct nst__arena {
    const char *name; /* of the file, for messages */
    size_t most;      /* bytes: the limit */
    size_t used;
    nst_status status; /* why nst__arena_alloc() gave NULL */
    struct nst__arena_block *last;
} nst__arena;

/* Returns SIZE bytes, aligned for a pointer. If memory runs out or the limit is reached: NULL, with status and message
 * set. */
void *nst__arena_alloc(nst__arena *arena, size_t size);
/* Returns a copy of TEXT that ends with a NUL. */
char *nst__arena_text(nst__arena *arena, const char *text, size_t length);
void nst__arena_release(nst__arena *arena);

#endif
