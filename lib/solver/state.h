/*
 * The state of a minimisation as bytes: nst_optimizer_save_state(), and the checkpoints of a run. A solver visits
 * everything that it needs to go on, always in the same order. The same visit counts the bytes, writes them, or reads
 * them. Nothing is copied as a whole: vectors go from the solver to the file, and back.
 */
#ifndef NST_SOLVER_STATE_H
#define NST_SOLVER_STATE_H

#include "base/ranks.h"
#include "base/source.h"

#include <stdbool.h>

/* A part of the state that has a name in a file. */
typedef struct nst__state_part {
    const char *name; /* a string literal */
    bool floats;      /* it is one vector of floats */
    uint64_t at;      /* where it begins */
} nst__state_part;

enum { NST__STATE_PARTS = 8 };

/* The vectors are parts of longer ones: rank i has the elements FIRST[i] to FIRST[i + 1] - 1. The bytes are those of
 * whole vectors: rank 0 writes them for all, and each rank reads its part. */
typedef struct nst__state_parts {
    nst__ranks *ranks;
    size_t *first; /* [ranks + 1] */
    float *work;   /* [NST__STATE_WORK] */
} nst__state_parts;

enum { NST__STATE_WORK = 1 << 16 };

typedef struct nst__state {
    const nst__source *from; /* what is loaded; NULL: the state is written or counted */
    nst_status (*put)(void *user, const void *bytes, size_t size); /* writes; NULL: bytes are only counted */
    void *user;
    const nst__state_parts *of; /* NULL: vectors are whole */
    bool serves;                /* sends its parts to rank 0, which writes at the same time */
    uint64_t at, size;          /* SIZE: where the bytes of FROM end */
    bool check;                 /* loads numbers but no floats, to test beforehand whether everything fits */
    bool damaged;               /* a number is impossible or bytes are missing; the rest is not read */
    nst_status status;          /* of reading and writing; the first failure ends the visit */
    nst__state_part part[NST__STATE_PARTS];
    size_t parts; /* found while bytes were counted */
} nst__state;

/* PUT for memory: USER points to a pointer to the next byte. */
nst_status nst__state_put(void *user, const void *bytes, size_t size);

void nst__state_number(nst__state *state, double *value);
void nst__state_flag(nst__state *state, bool *value);
void nst__state_count(nst__state *state, uint64_t *value, uint64_t most); /* 0..MOST */
void nst__state_floats(nst__state *state, float *values, size_t count);
/* The elements BEGIN to END - 1 of a vector of which this rank has a part: local element I, and the *RUN after it, are
 * at AT(USER, I, RUN). */
typedef float *(*nst__state_at_fn)(void *user, size_t i, size_t *run);
void nst__state_slice(nst__state *state, size_t begin, size_t end, nst__state_at_fn at, void *user);
void nst__state_bytes(nst__state *state, void *bytes, size_t size); /* NULL: BYTES are counted and passed over */
/* What follows, up to the next part, is called NAME in a file. FLOATS: it is one vector. */
void nst__state_begin_part(nst__state *state, const char *name, bool floats);

/* The head, before the solver's part. */
typedef struct nst__state_head {
    uint32_t algorithm;
    uint64_t n, evaluations, iterations;
    double best;
} nst__state_head;

void nst__state_head_visit(nst__state *state, nst__state_head *head);

enum { NST__STATE_HEAD = 64 }; /* bytes before the solver's part: a mark, the checksum and the head */

/* Writes the head to the first NST__STATE_HEAD of the SIZE bytes. The solver's part after it must be complete. */
void nst__state_seal(uint8_t *bytes, size_t size, const nst__state_head *head);
/* Reads the head. NST_ERR_FORMAT: other bytes, or from a machine with another byte order; NST_ERR_CORRUPT: cut or
 * changed. */
nst_status nst__state_open(nst__state_head *head, const uint8_t *bytes, size_t size);

#endif
