/*
 * The storage of curvature pairs: two vectors each, in 32 bits a number or in 16, in memory or in a scratch file.
 *
 * It is cut into the blocks of a pass, and all pairs of a block lie together: [blocks, pairs, s and y, numbers of the
 * block]. So a pass reads the storage from its beginning to its end.
 *
 * In 16 bits, a number is a whole number times the scale of its chunk: the largest absolute value of the chunk becomes
 * 32767. The error is at most 1/65534 of that value. bfloat16 would keep 8 bits of each number, and its errors reach
 * 1/512: over a hundred times more.
 */
#ifndef NST_SOLVER_PAIRS_H
#define NST_SOLVER_PAIRS_H

#include "solver/state.h"
#include "solver/vector.h"

typedef struct nst__history_storage {
    size_t pairs;        /* the most that are kept */
    bool half;           /* 16 bits a number */
    const char *scratch; /* the folder of the file, needed only at the start; NULL: in memory */
} nst__history_storage;

typedef struct nst__pairs {
    const nst__vectors *vectors;
    nst__history_storage storage;
    int file;           /* -1: in memory */
    char *memory;       /* all blocks or, with a file, the block that each worker works on */
    atomic_int failure; /* the errno of the first read or write that failed */
} nst__pairs;

/* The bytes in memory, and those in the file, for vectors of N numbers. */
uint64_t nst__pairs_memory(const nst__history_storage *storage, size_t n, int workers);
uint64_t nst__pairs_file(const nst__history_storage *storage, size_t n);

nst_status nst__pairs_create(nst__pairs *pairs, const nst__vectors *vectors, const nst__history_storage *storage);
void nst__pairs_destroy(nst__pairs *pairs); /* of all zeroes too */
/* NST_ERR_IO if a read or a write has failed. */
nst_status nst__pairs_check(const nst__pairs *pairs);

/* In a pass, the block of COUNT numbers from FIRST on, with its first USED pairs. False: it cannot be read. */
typedef struct nst__pairs_block {
    char *bytes;
    size_t count, vector; /* numbers, and bytes of a vector */
    uint64_t at;          /* in the file */
} nst__pairs_block;
bool nst__pairs_open(nst__pairs_block *block, nst__pairs *pairs, size_t first, size_t count, int worker, size_t used);
/* Brings a changed pair to the file. */
void nst__pairs_save(const nst__pairs_block *block, nst__pairs *pairs, size_t pair);

/* The chunk of M numbers from I on of S, or Y, of PAIR: in place or in BUFFER [NST__CHUNK]. */
enum { NST__S, NST__Y };
const float *nst__pairs_get(const nst__pairs_block *block, const nst__pairs *pairs, size_t pair, int which, size_t i,
                            size_t m, float *buffer);
void nst__pairs_put(const nst__pairs_block *block, const nst__pairs *pairs, size_t pair, int which, size_t i, size_t m,
                    const float *values);

/* Visits COUNT pairs as they are stored, from pair FIRST on, around the end. Parts of vectors must be 32 bits a
 * number, in memory. */
void nst__pairs_visit(nst__pairs *pairs, nst__state *state, size_t first, size_t count);

#endif
