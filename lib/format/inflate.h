/*
 * What is compressed by zlib (RFC 1950) or deflate (RFC 1951), where libnst is built with zlib.
 */
#ifndef NST_FORMAT_INFLATE_H
#define NST_FORMAT_INFLATE_H

#include "base/source.h"

#include <stdbool.h>

/* Whether there is zlib. */
bool nst__have_inflate(void);

/*
 * A source of SIZE bytes, which the PACKED bytes at AT of SOURCE unpack to. It is unpacked as it is read: cheap from its
 * beginning to its end, while going back starts anew. RAW: deflate without the frame of zlib. SOURCE must live as long;
 * NST_ERR_UNSUPPORTED without zlib. To be released.
 */
nst_status nst__inflate_create(nst__source **out, const nst__source *source, uint64_t at, uint64_t packed,
                               uint64_t size, bool raw);
void nst__inflate_destroy(nst__source *source);

/* Unpacks the PACKED bytes at FROM, with zlib's frame, to the *SIZE bytes at TO at most, and sets *SIZE to what there
 * is. NAME: of the file, for messages. */
nst_status nst__inflate(void *to, size_t *size, const void *from, size_t packed, const char *name);

#endif
