/*
 * The state of a minimisation between two iterations, as bytes: nst_optimizer_save_state(). A solver visits all that it
 * needs to go on, in one order; the same visit counts the bytes, writes them, or reads them back.
 */
#ifndef NST_SOLVER_STATE_H
#define NST_SOLVER_STATE_H

#include "base/status.h"

#include <stdbool.h>

typedef struct nst__state {
    uint8_t *bytes; /* NULL: they are only counted */
    size_t at, size;
    bool load;
    bool check;   /* loads numbers, but no floats: to find out beforehand whether all of it fits */
    bool damaged; /* a number that cannot be, or bytes are missing; what follows is not read */
} nst__state;

void nst__state_number(nst__state *state, double *value);
void nst__state_flag(nst__state *state, bool *value);
void nst__state_count(nst__state *state, uint64_t *value, uint64_t most); /* 0..MOST */
void nst__state_floats(nst__state *state, float *values, size_t count);

/* What stands before the solver's own part. */
typedef struct nst__state_head {
    uint32_t algorithm;
    uint64_t n, evaluations, iterations;
    double best;
} nst__state_head;

enum { NST__STATE_HEAD = 64 }; /* bytes of the head, with a mark and the checksum */

/* Bytes of NST__STATE_HEAD + a solver's part: the head is written when that is there. */
void nst__state_seal(uint8_t *bytes, size_t size, const nst__state_head *head);
/* NST_ERR_FORMAT: not such bytes, or of another kind of machine; NST_ERR_CORRUPT: cut or changed. */
nst_status nst__state_open(nst__state_head *head, const uint8_t *bytes, size_t size);

#endif
