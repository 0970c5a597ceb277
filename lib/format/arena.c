#include "format/arena.h"

#include "base/alloc.h"

#include <string.h>

enum { BLOCK = 4096, ALIGNMENT = 8 }; /* bytes; a piece larger than a quarter of a block gets a block of its own */

struct nst__arena_block {
    struct nst__arena_block *before;
    size_t used, size;
    unsigned char bytes[];
};

static void *new_block(nst__arena *arena, size_t size)
{
    struct nst__arena_block *block = nst__alloc(1, sizeof *block + size);
    if (!block) {
        arena->status = NST_ERR_OUT_OF_MEMORY;
        return NULL;
    }
    *block = (struct nst__arena_block){.before = arena->last, .size = size};
    arena->last = block;
    return block;
}

void *nst__arena_alloc(nst__arena *arena, size_t size)
{
    const size_t padded = size > arena->most ? size : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (padded > arena->most - arena->used) {
        arena->status =
            nst__fail(NST_ERR_TOO_LARGE, "%s: more than %zu bytes of names and headers", arena->name, arena->most);
        return NULL;
    }
    struct nst__arena_block *block = arena->last;
    if (!block || block->size - block->used < padded) {
        if (!new_block(arena, padded > BLOCK / 4 ? padded : BLOCK)) return NULL;
        /* A large piece goes before the current block in the chain, since that one still has room. */
        if (block && padded > BLOCK / 4) {
            struct nst__arena_block *large = arena->last;
            large->before = block->before;
            block->before = large;
            arena->last = block;
            block = large;
        } else {
            block = arena->last;
        }
    }
    void *piece = block->bytes + block->used;
    block->used += padded;
    arena->used += padded;
    return piece;
}

char *nst__arena_text(nst__arena *arena, const char *text, size_t length)
{
    char *copy = nst__arena_alloc(arena, length + 1);
    if (!copy) return NULL;
    if (length > 0) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void nst__arena_release(nst__arena *arena)
{
    while (arena->last) {
        struct nst__arena_block *block = arena->last;
        arena->last = block->before;
        nst__free(block);
    }
    arena->used = 0;
}
