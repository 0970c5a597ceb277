/*
 * Several processes that paint one picture together. Each has a band of its rows. They meet only in the functions of
 * the host's table nst_ranks: sums, maxima, and rows that one of them has and another needs. With one process there
 * is no table: every RANKS here may be NULL, and then nothing is done.
 */
#ifndef NST_BASE_RANKS_H
#define NST_BASE_RANKS_H

#include "base/status.h"

#include <stdbool.h>

typedef struct nst__ranks {
    nst_ranks host;
    bool failed; /* a function of the host has failed: none is called after that */
} nst__ranks;

/* Rows FIRST to END - 1 of a picture. */
typedef struct nst__rows {
    size_t first, end;
} nst__rows;

static inline size_t nst__rows_count(nst__rows rows)
{
    return rows.end - rows.first;
}

/* The rows of a picture that rank number RANK has or wants. */
typedef struct nst__rows_of {
    nst__rows (*rows)(const void *user, int rank);
    const void *user;
} nst__rows_of;

/* Copies and checks the table of the host. */
nst_status nst__ranks_init(nst__ranks *out, const nst_ranks *host);

int nst__ranks_count(const nst__ranks *ranks); /* 1 without a table */
int nst__ranks_index(const nst__ranks *ranks); /* 0 without a table */

/* Each of VALUES becomes the sum, or the maximum, over all ranks. All get the same bits. */
void nst__ranks_sum(nst__ranks *ranks, double *values, size_t count);
void nst__ranks_maximum(nst__ranks *ranks, double *values, size_t count);
/* All get the value of rank 0. */
void nst__ranks_agree(nst__ranks *ranks, double *value);
/* True if it is true on any rank. */
bool nst__ranks_any(nst__ranks *ranks, bool value);

/* SIZE bytes from rank FROM to rank TO, both of which call it. */
void nst__ranks_send(nst__ranks *ranks, int to, const void *bytes, size_t size);
void nst__ranks_receive(nst__ranks *ranks, int from, void *bytes, size_t size);

/* In these two, the arrays HAS, WANTS and WINDOW have the rows of every rank. */
/* Rank i has the rows HAS[i] of a picture and wants WANTS[i]. MINE: what this one has; OUT: what it wants, complete if
 * its own rows are wanted and every row is on some rank. A row has ROW floats. */
void nst__ranks_fetch(nst__ranks *ranks, const nst__rows *has, const nst__rows *wants, size_t row, const float *mine,
                      float *out);
/* The way back: rank i computed a share of the rows WINDOW[i], in SHARE, and keeps HAS[i]. OUT becomes the sum of all
 * shares of its rows. WORK: room for the rows that it shares with any other rank. */
void nst__ranks_add(nst__ranks *ranks, const nst__rows *has, const nst__rows *window, size_t row, const float *share,
                    float *out, float *work);

/* NST_ERR_CALLBACK if a function of the host has failed. */
nst_status nst__ranks_check(const nst__ranks *ranks);

#endif
