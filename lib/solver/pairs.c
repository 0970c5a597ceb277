#include "solver/pairs.h"
#include "base/alloc.h"
#include "base/scratch.h"

#include <string.h>
#include <unistd.h>

/* Bytes of a part of a vector, so that the next one is aligned. */
static uint64_t aligned(uint64_t bytes)
{
    return (bytes + NST__ALIGNMENT - 1) / NST__ALIGNMENT * NST__ALIGNMENT;
}

static size_t chunks_of(size_t count)
{
    return count / NST__CHUNK + (count % NST__CHUNK != 0);
}

/* In 16 bits the scales of the chunks come first. */
static uint64_t scale_bytes(size_t count)
{
    return aligned(chunks_of(count) * sizeof(float));
}

static uint64_t vector_bytes(const nst__history_storage *storage, size_t count)
{
    return storage->half ? scale_bytes(count) + aligned(count * sizeof(int16_t)) : aligned(count * sizeof(float));
}

/* Of all pairs of a block of COUNT numbers. */
static uint64_t block_bytes(const nst__history_storage *storage, size_t count)
{
    return 2 * (uint64_t)storage->pairs * vector_bytes(storage, count);
}

static uint64_t all_bytes(const nst__history_storage *storage, size_t n)
{
    return n / NST__BLOCK * block_bytes(storage, NST__BLOCK) + block_bytes(storage, n % NST__BLOCK);
}

uint64_t nst__pairs_memory(const nst__history_storage *storage, size_t n, int workers)
{
    if (!storage->scratch) return all_bytes(storage, n);
    return (uint64_t)workers * block_bytes(storage, n < NST__BLOCK ? n : NST__BLOCK);
}

uint64_t nst__pairs_file(const nst__history_storage *storage, size_t n)
{
    return storage->scratch ? all_bytes(storage, n) : 0;
}

nst_status nst__pairs_create(nst__pairs *pairs, const nst__vectors *vectors, const nst__history_storage *storage)
{
    nst_status status = NST_OK;
    const uint64_t memory = nst__pairs_memory(storage, vectors->n, nst__vectors_workers(vectors));
    *pairs = (nst__pairs){.vectors = vectors, .storage = *storage, .file = -1};
    if (storage->scratch && vectors->n > 0)
        NST_TRY(nst__scratch_create(&pairs->file, storage->scratch, nst__pairs_file(storage, vectors->n)));
    pairs->memory = nst__alloc_aligned(memory <= SIZE_MAX ? (size_t)memory + (memory == 0) : SIZE_MAX, 1);
    if (!pairs->memory) status = NST_ERR_OUT_OF_MEMORY;
out:
    return status;
}

void nst__pairs_destroy(nst__pairs *pairs)
{
    if (pairs->vectors && pairs->file >= 0) close(pairs->file);
    nst__free_aligned(pairs->memory);
}

nst_status nst__pairs_check(const nst__pairs *pairs)
{
    const int failure = pairs->failure;
    return failure ? nst__fail(NST_ERR_IO, "scratch: the file failed: %s", strerror(failure)) : NST_OK;
}

static void note(nst__pairs *pairs, int failure)
{
    int none = 0;
    if (failure) atomic_compare_exchange_strong(&pairs->failure, &none, failure);
}

/* ---- Blocks ---- */

bool nst__pairs_open(nst__pairs_block *block, nst__pairs *pairs, size_t first, size_t count, int worker, size_t used)
{
    const nst__history_storage *storage = &pairs->storage;
    *block = (nst__pairs_block){.count = count, .vector = (size_t)vector_bytes(storage, count)};
    block->at = first / NST__BLOCK * block_bytes(storage, NST__BLOCK);
    block->bytes = pairs->memory + block->at;
    if (pairs->file < 0) return true;
    block->bytes = pairs->memory + (size_t)worker * block_bytes(storage, NST__BLOCK);
    note(pairs, nst__scratch_read(pairs->file, block->at, block->bytes, 2 * used * block->vector));
    return pairs->failure == 0;
}

static char *vector_of(const nst__pairs_block *block, size_t pair, int which)
{
    return block->bytes + (2 * pair + (size_t)which) * block->vector;
}

void nst__pairs_save(const nst__pairs_block *block, nst__pairs *pairs, size_t pair)
{
    const char *s = vector_of(block, pair, NST__S);
    if (pairs->file < 0) return;
    note(pairs, nst__scratch_write(pairs->file, block->at + (uint64_t)(s - block->bytes), s, 2 * block->vector));
}

const float *nst__pairs_get(const nst__pairs_block *block, const nst__pairs *pairs, size_t pair, int which, size_t i,
                            size_t m, float *buffer)
{
    const char *vector = vector_of(block, pair, which);
    const float *scales = (const float *)(const void *)vector;
    if (!pairs->storage.half) return scales + i;
    const int16_t *numbers = (const int16_t *)(const void *)(vector + scale_bytes(block->count));
    pairs->vectors->chunks->unpack(buffer, numbers + i, scales[i / NST__CHUNK], m);
    return buffer;
}

void nst__pairs_put(const nst__pairs_block *block, const nst__pairs *pairs, size_t pair, int which, size_t i, size_t m,
                    const float *values)
{
    char *vector = vector_of(block, pair, which);
    float *scales = (float *)(void *)vector;
    int16_t *numbers = (int16_t *)(void *)(vector + scale_bytes(block->count));
    if (i == 0) memset(vector, 0, block->vector); /* the padding too: it is saved */
    if (pairs->storage.half)
        scales[i / NST__CHUNK] = pairs->vectors->chunks->pack(numbers + i, values, m);
    else
        memcpy(scales + i, values, m * sizeof *values);
}

/* ---- The state ---- */

/* Vector WHICH of PAIR, whose floats are in memory. */
struct vector {
    nst__pairs *pairs;
    size_t pair;
    int which;
};

static float *vector_at(void *user, size_t i, size_t *run)
{
    const struct vector *v = user;
    const size_t n = v->pairs->vectors->n, first = i / NST__BLOCK * NST__BLOCK;
    nst__pairs_block block;
    nst__pairs_open(&block, v->pairs, first, n - first < NST__BLOCK ? n - first : NST__BLOCK, 0, 0);
    *run = block.count - (i - first);
    return (float *)(void *)vector_of(&block, v->pair, v->which) + (i - first);
}

/* The bytes that one process with the whole vectors would have. */
static void visit_parts(nst__pairs *pairs, nst__state *state, size_t first_pair, size_t count)
{
    static const char padding[NST__ALIGNMENT];
    const size_t n = state->of->first[nst__ranks_count(state->of->ranks)];
    for (size_t first = 0; first < n; first += NST__BLOCK) {
        const size_t here = n - first < NST__BLOCK ? n - first : NST__BLOCK;
        const size_t rest = (size_t)vector_bytes(&pairs->storage, here) - here * sizeof(float);
        for (size_t k = 0; k < 2 * count; k++) {
            struct vector v = {pairs, (first_pair + k / 2) % pairs->storage.pairs, k % 2 ? NST__Y : NST__S};
            nst__state_slice(state, first, first + here, vector_at, &v);
            nst__state_bytes(state, state->from ? NULL : (void *)(uintptr_t)padding, rest);
        }
    }
}

void nst__pairs_visit(nst__pairs *pairs, nst__state *state, size_t first_pair, size_t count)
{
    if (state->of) {
        visit_parts(pairs, state, first_pair, count);
        return;
    }
    const size_t n = pairs->vectors->n, slots = pairs->storage.pairs;
    const bool only_size = state->check || !(state->from || state->put);
    for (size_t first = 0; first < n && state->status == NST_OK; first += NST__BLOCK) {
        const size_t here = n - first < NST__BLOCK ? n - first : NST__BLOCK;
        nst__pairs_block block = {.vector = (size_t)vector_bytes(&pairs->storage, here)};
        if (!only_size && !nst__pairs_open(&block, pairs, first, here, 0, slots)) break;
        for (size_t k = 0; k < count; k++) {
            const size_t pair = (first_pair + k) % slots;
            nst__state_bytes(state, only_size ? NULL : vector_of(&block, pair, NST__S), 2 * block.vector);
            if (state->from && !only_size) nst__pairs_save(&block, pairs, pair);
        }
    }
    if (state->status == NST_OK) state->status = nst__pairs_check(pairs);
}
