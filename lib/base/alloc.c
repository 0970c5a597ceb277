#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* madvise() */
#endif
#include "base/alloc.h"
#include "base/status.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/* Set before the first handle exists, and unchanged while there are any. All zero: malloc. */
static nst_allocator of_process;
static _Atomic size_t live_blocks;

bool nst__alloc_nothing(void)
{
    return atomic_load(&live_blocks) == 0;
}

nst_status nst__allocator_copy(nst_allocator *out, const nst_allocator *allocator)
{
    const size_t least = offsetof(nst_allocator, release) + sizeof allocator->release;
    if (allocator->size < least)
        return nst__fail(NST_ERR_ARGUMENT, "size of the allocator: expected sizeof(nst_allocator), %zu, found %zu",
                         sizeof *out, allocator->size);
    if (!allocator->allocate || !allocator->resize || !allocator->release)
        return nst__fail(NST_ERR_ARGUMENT, "an allocator needs all of allocate, resize and release");
    *out = (nst_allocator){0};
    memcpy(out, allocator, allocator->size < sizeof *out ? allocator->size : sizeof *out);
    return NST_OK;
}

nst_status nst_allocator_set(const nst_allocator *allocator)
{
    if (!nst__alloc_nothing())
        return nst__fail(NST_ERR_STATE, "the allocator can only be set while no libnst handle exists");
    if (allocator) return nst__allocator_copy(&of_process, allocator);
    of_process = (nst_allocator){0};
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

static void *count_block(void *block)
{
    if (block) atomic_fetch_add(&live_blocks, 1);
    return block;
}

/* Asks for huge pages for a large block: all of it will be used, and a fault for each small page takes up to a quarter
 * of a run. Its two ends stay in small pages. */
static void *prefer_huge_pages(void *block, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    enum { HUGE_PAGE = 2 << 20 };
    if (!block || bytes < 2 * HUGE_PAGE) return block;
    const uintptr_t first = ((uintptr_t)block + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    const uintptr_t end = ((uintptr_t)block + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    const int error = errno;
    (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
    errno = error;
#else
    (void)bytes;
#endif
    return block;
}

static void *allocate(const nst_allocator *by, size_t count, size_t size)
{
    size_t bytes;
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    bytes += bytes == 0;
    void *block = count_block(by->allocate ? by->allocate(bytes, by->user) : prefer_huge_pages(malloc(bytes), bytes));
    return block ? block : out_of_memory(count, size);
}

static void release(const nst_allocator *by, void *block)
{
    if (!block) return;
    if (by->release)
        by->release(block, by->user);
    else
        free(block);
    atomic_fetch_sub(&live_blocks, 1);
}

void *nst__alloc(size_t count, size_t size)
{
    return allocate(&of_process, count, size);
}

void *nst__zalloc(size_t count, size_t size)
{
    void *block = nst__alloc(count, size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *nst__resize(void *block, size_t count, size_t size)
{
    const nst_allocator *by = &of_process;
    size_t bytes;
    if (!block) return nst__alloc(count, size);
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    bytes += bytes == 0;
    void *moved = by->resize ? by->resize(block, bytes, by->user) : realloc(block, bytes);
    return moved ? moved : out_of_memory(count, size);
}

void nst__free(void *block)
{
    release(&of_process, block);
}

static void *aligned_by_host(const nst_allocator *by, size_t count, size_t size)
{
    size_t bytes;
    if (!nst__multiply(&bytes, count, size)) return out_of_memory(count, size);
    void *block = count_block(by->allocate_aligned(bytes + (bytes == 0), NST__ALIGNMENT, by->user));
    return block ? block : out_of_memory(count, size);
}

/* The word before the aligned block holds the address of the block that the allocator returned. */
void *nst__alloc_aligned_by(const nst_allocator *allocator, size_t count, size_t size)
{
    const nst_allocator *by = allocator ? allocator : &of_process;
    const size_t extra = NST__ALIGNMENT + sizeof(void *);
    size_t bytes;
    if (by->allocate_aligned) return aligned_by_host(by, count, size);
    if (!nst__multiply(&bytes, count, size) || bytes > SIZE_MAX - extra) return out_of_memory(count, size);
    char *block = allocate(by, bytes + extra, 1);
    if (!block) return NULL;
    uintptr_t aligned = ((uintptr_t)block + extra) & ~(uintptr_t)(NST__ALIGNMENT - 1);
    ((void **)aligned)[-1] = block;
    return (void *)aligned;
}

void nst__free_aligned_by(const nst_allocator *allocator, void *block)
{
    const nst_allocator *by = allocator ? allocator : &of_process;
    if (block) release(by, by->allocate_aligned ? block : ((void **)block)[-1]);
}

void *nst__alloc_aligned(size_t count, size_t size)
{
    return nst__alloc_aligned_by(NULL, count, size);
}

void nst__free_aligned(void *block)
{
    nst__free_aligned_by(NULL, block);
}

char *nst__copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = nst__alloc(bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}
