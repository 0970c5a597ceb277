/*
 * What the style terms have measured of one style picture, kept for the next time that it is seen in the same way: at
 * the next run, by the next content, by another transfer. May be used by several threads at once.
 */
#ifndef NST_OBJECTIVE_STATISTICS_H
#define NST_OBJECTIVE_STATISTICS_H

#include "loss/term.h"
#include "objective/net.h"
#include "objective/tile.h"

typedef struct nst__statistics nst__statistics;

/* All that the numbers depend on, to the bit. Compared as bytes: made by nst__statistics_key_of() alone. */
typedef struct nst__statistics_key {
    uint64_t model;
    const void *kernels, *type;
    size_t height, width, rows, columns, taps;
    nst_padding padding;
    nst_pooling pooling;
    int convolution, gemm;
    size_t layer[NST__MAX_TAPS];
} nst__statistics_key;

void nst__statistics_key_of(nst__statistics_key *key, const nst__net *net, const nst__tiling *tiling,
                            const nst__term_type *type, const nst__tap *taps, size_t count);

nst_status nst__statistics_create(nst__statistics **out);
void nst__statistics_destroy(nst__statistics *statistics);

/* Are there COUNT numbers under KEY? */
bool nst__statistics_has(nst__statistics *statistics, const nst__statistics_key *key, size_t count);
/* Copies the COUNT numbers that were put under KEY. False: there are none. */
bool nst__statistics_get(nst__statistics *statistics, const nst__statistics_key *key, double *out, size_t count);
/* Keeps a copy, in the place of the oldest one where there are many. */
nst_status nst__statistics_put(nst__statistics *statistics, const nst__statistics_key *key, const double *numbers,
                               size_t count);
size_t nst__statistics_bytes(nst__statistics *statistics);

#endif
