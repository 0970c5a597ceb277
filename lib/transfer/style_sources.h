/*
 * The styles of a transfer as input of an objective: their sizes, and their pixels when they are needed.
 */
#ifndef NST_TRANSFER_STYLE_SOURCES_H
#define NST_TRANSFER_STYLE_SOURCES_H

#include "transfer/transfer_state.h"

/* The source of STYLING at HEIGHT x WIDTH. */
nst__style_source nst__style_source_at(const struct nst__styling *styling, size_t height, size_t width);
/* The same at its size for a picture of HEIGHT x WIDTH. */
nst__style_source nst__style_source_of(const nst_transfer *transfer, const nst__config *config,
                                       const struct nst__styling *styling, size_t height, size_t width);

/* Makes the sources of all styles for a picture of HEIGHT x WIDTH. The caller frees *OUT, which is valid as long as the
 * styles of TRANSFER. */
nst_status nst__style_sources(nst__style_source **out, size_t *count, const nst_transfer *transfer,
                              const nst__config *config, size_t height, size_t width);

#endif
