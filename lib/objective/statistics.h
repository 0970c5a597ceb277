/*
 * The moments that the style terms measured of one style picture. They are kept for the next time that the picture is
 * used in the same way: in the next run, with the next content, in another transfer. Several threads may use them at
 * once.
 */
#ifndef NST_OBJECTIVE_STATISTICS_H
#define NST_OBJECTIVE_STATISTICS_H

#include "loss/term.h"
#include "objective/net.h"
#include "objective/tile.h"

typedef struct nst__statistics nst__statistics;

enum { NST__PIXEL_CHANGE = 15 };

/* Everything that the numbers depend on, to the bit. Keys are compared as bytes, so only nst__statistics_key_of() makes
 * them. */
typedef struct nst__statistics_key {
    uint64_t model;
    const void *kernels, *type;
    size_t height, width, rows, columns, taps;
    nst_padding padding;
    nst_pooling pooling;
    int convolution, gemm;
    size_t layer[NST__MAX_TAPS];
    double pixel_change[NST__PIXEL_CHANGE]; /* what was done to the pixels of the picture; all 0: nothing */
} nst__statistics_key;

void nst__statistics_key_of(nst__statistics_key *key, const nst__net *net, const nst__tiling *tiling,
                            const nst__term_type *type, const nst__tap *taps, size_t count);

nst_status nst__statistics_create(nst__statistics **out);
void nst__statistics_destroy(nst__statistics *statistics);

/* True if COUNT numbers are stored under KEY. */
bool nst__statistics_has(nst__statistics *statistics, const nst__statistics_key *key, size_t count);
/* Copies the COUNT numbers stored under KEY; false if there are none. */
bool nst__statistics_get(nst__statistics *statistics, const nst__statistics_key *key, float *out, size_t count);
/* Stores a copy of NUMBERS. It replaces the oldest entry if all are in use. */
nst_status nst__statistics_put(nst__statistics *statistics, const nst__statistics_key *key, const float *numbers,
                               size_t count);
size_t nst__statistics_bytes(nst__statistics *statistics);

#endif
