/*
 * Several processes that run one command together, which nst-mpi begins (mpi/nst-mpi.c). The program nst is alone.
 */
#ifndef NST_TOOLS_TOGETHER_H
#define NST_TOOLS_TOGETHER_H

#include "common.h"

/* RANKS lives as long as the program. PEERS: how many of them are on this machine. */
void together_begin(const nst_ranks *ranks, int peers);
void together_end(void);

bool together(void);       /* there are others */
bool together_first(void); /* this process says and writes what all could; true alone */

/* TRANSFER, whose parameters are set, paints with the others. Complains. */
int together_join(nst_transfer *transfer);
/* The part of this process in BYTES of the machine. */
uint64_t together_share(uint64_t bytes);
/* Reads the band of PATH that is this process's; the whole picture alone, or if it has fewer rows than processes. */
nst_status together_load(nst_image **out, const char *path, uint64_t max_pixels);
/* Writes the picture of all; alone, or by a process that did not join, BAND is the picture. */
nst_status together_save(const nst_image *band, const char *path, const char *type);

#endif
