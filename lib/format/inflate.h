/*
 * Data compressed by zlib (RFC 1950) or deflate (RFC 1951), if libnst is built with zlib.
 */
#ifndef NST_FORMAT_INFLATE_H
#define NST_FORMAT_INFLATE_H

#include "base/source.h"

#include <stdbool.h>

/* True if libnst was built with zlib. */
bool nst__have_inflate(void);

/*
 * Creates a source of SIZE bytes that unpacks the PACKED bytes at AT of SOURCE while it is read. Reading from beginning
 * to end is cheap; going back restarts from the beginning. RAW: deflate without the frame of zlib. SOURCE must outlive
 * the result. NST_ERR_UNSUPPORTED without zlib. Release with nst__inflate_destroy().
 */
nst_status nst__inflate_create(nst__source **out, const nst__source *source, uint64_t at, uint64_t packed,
                               uint64_t size, bool raw);
void nst__inflate_destroy(nst__source *source);

/* Unpacks the PACKED bytes at FROM, which have zlib's frame, to at most *SIZE bytes at TO. Sets *SIZE to their number.
 * NAME: the file, for messages. */
nst_status nst__inflate(void *to, size_t *size, const void *from, size_t packed, const char *name);

#endif
