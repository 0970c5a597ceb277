#include "base/alloc.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The only global state of the library that a host sets. It is set before the first handle exists and does not change
 * then. */
static nst_allocator host;
static _Atomic size_t live_blocks;

nst_status nst_allocator_set(const nst_allocator *allocator)
{
    if (atomic_load(&live_blocks) != 0)
        return nst__fail(NST_ERR_STATE, "the allocator can only be set while no libnst handle exists");
    if (!allocator) {
        host = (nst_allocator){0};
        return NST_OK;
    }
    const size_t least = offsetof(nst_allocator, release) + sizeof allocator->release;
    if (allocator->size < least)
        return nst__fail(NST_ERR_ARGUMENT, "size of the allocator: expected sizeof(nst_allocator), %zu, found %zu",
                         sizeof host, allocator->size);
    if (!allocator->allocate || !allocator->resize || !allocator->release)
        return nst__fail(NST_ERR_ARGUMENT, "an allocator needs all of allocate, resize and release");
    host = (nst_allocator){0};
    memcpy(&host, allocator, allocator->size < sizeof host ? allocator->size : sizeof host);
    return NST_OK;
}

bool nst__multiply(size_t *out, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b) return false;
    *out = a * b;
    return true;
}

static void *out_of_memory(size_t count, size_t size)
{
    size_t bytes;
    if (!nst__multiply(&bytes, count, size))
        nst__fail(NST_ERR_OUT_OF_MEMORY, "out of memory: more than the address space was needed");
    else if (bytes < 1000000)
        nst__fail(NST_ERR_OUT_OF_MEMORY, "out of memory: %zu bytes were needed", bytes);
    else
        nst__fail(NST_ERR_OUT_OF_MEMORY, "out of memory: %.1f MB were needed", 1e-6 * (double)bytes);
    return NULL;
}

void *nst__alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    bytes += bytes == 0;
    void *block = host.allocate ? host.allocate(bytes, host.user) : malloc(bytes);
    if (!block) return out_of_memory(count, size);
    atomic_fetch_add(&live_blocks, 1);
    return block;
}

void *nst__zalloc(size_t count, size_t size)
{
    void *block = nst__alloc(count, size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *nst__resize(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (!block) return nst__alloc(count, size);
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    bytes += bytes == 0;
    void *moved = host.resize ? host.resize(block, bytes, host.user) : realloc(block, bytes);
    return moved ? moved : out_of_memory(count, size);
}

void nst__free(void *block)
{
    if (!block) return;
    if (host.release)
        host.release(block, host.user);
    else
        free(block);
    atomic_fetch_sub(&live_blocks, 1);
}

static void *host_aligned(size_t count, size_t size)
{
    size_t bytes;
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    void *block = host.allocate_aligned(bytes + (bytes == 0), NST__ALIGNMENT, host.user);
    if (!block) return out_of_memory(count, size);
    atomic_fetch_add(&live_blocks, 1);
    return block;
}

/* The word before the aligned block holds the address of the block that the host's allocator returned. */
void *nst__alloc_aligned(size_t count, size_t size)
{
    size_t bytes;
    const size_t extra = NST__ALIGNMENT + sizeof(void *);
    if (host.allocate_aligned) return host_aligned(count, size);
    if (!nst__multiply(&bytes, count, size) || bytes > SIZE_MAX - extra) return out_of_memory(count, size);
    char *block = nst__alloc(bytes + extra, 1);
    if (!block) return NULL;
    uintptr_t aligned = ((uintptr_t)block + extra) & ~(uintptr_t)(NST__ALIGNMENT - 1);
    ((void **)aligned)[-1] = block;
    return (void *)aligned;
}

void nst__free_aligned(void *block)
{
    if (block) nst__free(host.allocate_aligned ? block : ((void **)block)[-1]);
}

char *nst__copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = nst__alloc(bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}
