/*
 * The styles of a transfer as an objective sees them: at which size, and their pixels once they are asked for.
 */
#ifndef NST_TRANSFER_STYLE_SOURCES_H
#define NST_TRANSFER_STYLE_SOURCES_H

#include "transfer/transfer_state.h"

/* The styles of TRANSFER as an objective for HEIGHT x WIDTH wants them; *OUT is the caller's to free, and they live no
 * longer than the styles of TRANSFER. */
nst_status nst__style_sources(nst__style_source **out, size_t *count, const nst_transfer *transfer,
                              const nst__config *config, size_t height, size_t width);

#endif
