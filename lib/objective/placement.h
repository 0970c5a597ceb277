/*
 * Places buffers in an arena. Buffers that are not needed at the same time share memory.
 */
#ifndef NST_OBJECTIVE_PLACEMENT_H
#define NST_OBJECTIVE_PLACEMENT_H

#include <stddef.h>

typedef struct nst__buffer {
    size_t bytes;         /* 0: not used */
    unsigned first, last; /* the first and last step of the computation that use it */
    size_t offset;        /* in the arena, set by nst__place_buffers() */
} nst__buffer;

/* Gives each of COUNT buffers (at most 512) its offset, a multiple of NST__ALIGNMENT, and returns the size of the arena
 * in bytes. The largest buffers come first; each gets the lowest offset that is free in all of its steps. */
size_t nst__place_buffers(nst__buffer *buffers, size_t count);

#endif
