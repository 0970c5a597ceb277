/*
 * The state of a minimisation between two iterations, as bytes: nst_optimizer_save_state(). A solver visits everything
 * that it needs to go on, always in the same order. The same visit counts the bytes, writes them, or reads them.
 */
#ifndef NST_SOLVER_STATE_H
#define NST_SOLVER_STATE_H

#include "base/status.h"

#include <stdbool.h>

typedef struct nst__state {
    uint8_t *bytes; /* NULL: bytes are only counted */
    size_t at, size;
    bool load;
    bool check;   /* loads numbers but no floats, to test beforehand whether everything fits */
    bool damaged; /* a number is impossible or bytes are missing; the rest is not read */
} nst__state;

void nst__state_number(nst__state *state, double *value);
void nst__state_flag(nst__state *state, bool *value);
void nst__state_count(nst__state *state, uint64_t *value, uint64_t most); /* 0..MOST */
void nst__state_floats(nst__state *state, float *values, size_t count);

/* The head, before the solver's part. */
typedef struct nst__state_head {
    uint32_t algorithm;
    uint64_t n, evaluations, iterations;
    double best;
} nst__state_head;

enum { NST__STATE_HEAD = 64 }; /* bytes of the head, including a mark and the checksum */

/* Writes the head to the first NST__STATE_HEAD of the SIZE bytes. The solver's part after it must be complete. */
void nst__state_seal(uint8_t *bytes, size_t size, const nst__state_head *head);
/* Reads the head. NST_ERR_FORMAT: other bytes, or from a machine with another byte order; NST_ERR_CORRUPT: cut or
 * changed. */
nst_status nst__state_open(nst__state_head *head, const uint8_t *bytes, size_t size);

#endif
