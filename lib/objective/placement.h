/*
 * Buffers that are not needed at the same time share one piece of an arena.
 */
#ifndef NST_OBJECTIVE_PLACEMENT_H
#define NST_OBJECTIVE_PLACEMENT_H

#include <stddef.h>

typedef struct nst__buffer {
    size_t bytes;         /* 0: not needed at all */
    unsigned first, last; /* steps of the computation in which it is in use, both included */
    size_t offset;        /* in the arena: set by nst__place_buffers() */
} nst__buffer;

/* Gives each of COUNT buffers (at most 512) its offset, a multiple of 64, and returns the arena's size in
 * bytes: largest first, each at the lowest place that is free for all of its steps. */
size_t nst__place_buffers(nst__buffer *buffers, size_t count);

#endif
