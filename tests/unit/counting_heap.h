/* An allocator that counts: the size of a block stands before it. */
#ifndef NST_UNIT_COUNTING_HEAP_H
#define NST_UNIT_COUNTING_HEAP_H

#include <nst/nst.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 16 };
static struct {
    _Atomic size_t live, peak;
} heap;

static void count(size_t more)
{
    const size_t live = atomic_fetch_add(&heap.live, more) + more;
    size_t peak = heap.peak;
    while (live > peak && !atomic_compare_exchange_weak(&heap.peak, &peak, live))
        ;
}

static void *allocate(size_t size, void *user)
{
    char *block = malloc(size + HEADER);
    (void)user;
    if (!block) return NULL;
    memcpy(block, &size, sizeof size);
    count(size);
    return block + HEADER;
}

static void release(void *block, void *user)
{
    size_t size;
    (void)user;
    if (!block) return;
    memcpy(&size, (char *)block - HEADER, sizeof size);
    atomic_fetch_sub(&heap.live, size);
    free((char *)block - HEADER);
}

static void *resize(void *block, size_t size, void *user)
{
    size_t old = 0;
    void *longer = allocate(size, user);
    if (!longer || !block) return longer;
    memcpy(&old, (char *)block - HEADER, sizeof old);
    memcpy(longer, block, old < size ? old : size);
    release(block, user);
    return longer;
}

static const nst_allocator counting = {
    .size = sizeof(nst_allocator), .allocate = allocate, .resize = resize, .release = release};

#endif
