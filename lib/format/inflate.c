#include "format/inflate.h"

#include "base/alloc.h"

#ifdef NST__HAVE_ZLIB
#define ZLIB_CONST
#include <limits.h>
#include <zlib.h>

enum {
    PIECE = 1 << 15, /* bytes of packed data in memory */
    RATIO_MAX = 1032 /* the highest compression ratio of deflate */
};

/* The state of unpacking, created by the first read. */
typedef struct work {
    uint64_t next; /* position of the next packed bytes to read */
    uint64_t at;   /* unpacked bytes so far */
    z_stream stream;
    unsigned char piece[PIECE], skipped[PIECE];
} work;

typedef struct unpacker {
    nst__source as_source;
    const nst__source *source;
    uint64_t begin, end; /* of the packed bytes */
    bool raw;
    work *work; /* NULL: nothing is unpacked yet */
} unpacker;

bool nst__have_inflate(void)
{
    return true;
}

static void *zlib_alloc(void *user, unsigned count, unsigned size)
{
    (void)user;
    return nst__alloc(count, size);
}

static void zlib_free(void *user, void *block)
{
    (void)user;
    nst__free(block);
}

static nst_status zlib_error(const char *name, int code)
{
    return code == Z_MEM_ERROR
               ? nst__fail(NST_ERR_OUT_OF_MEMORY, "%s: out of memory while it was unpacked", name)
               : nst__fail(NST_ERR_CORRUPT, "%s: compressed data: expected more, or other, bytes (a file cut short?)",
                           name);
}

static void stop(unpacker *u)
{
    if (u->work) inflateEnd(&u->work->stream);
    nst__free(u->work);
    u->work = NULL;
}

static nst_status start(unpacker *u)
{
    stop(u);
    work *w = nst__alloc(1, sizeof *w);
    if (!w) return NST_ERR_OUT_OF_MEMORY;
    w->stream = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
    w->next = u->begin;
    w->at = 0;
    const int code = inflateInit2(&w->stream, u->raw ? -MAX_WBITS : MAX_WBITS);
    if (code == Z_OK)
        u->work = w;
    else
        nst__free(w);
    return code == Z_OK ? NST_OK : zlib_error(u->as_source.name, code);
}

/* Unpacks the next SIZE bytes. */
static nst_status unpack(const unpacker *u, unsigned char *to, size_t size)
{
    work *w = u->work;
    z_stream *stream = &w->stream;
    while (size > 0) {
        const uInt wanted = size < PIECE ? (uInt)size : PIECE;
        if (stream->avail_in == 0) {
            const uint64_t left = u->end - w->next;
            const size_t n = left < PIECE ? (size_t)left : PIECE;
            nst_status status = nst__source_read(u->source, w->next, w->piece, n);
            if (status != NST_OK) return status;
            w->next += n;
            stream->next_in = w->piece;
            stream->avail_in = (uInt)n;
        }
        stream->next_out = to;
        stream->avail_out = wanted;
        const int code = inflate(stream, Z_NO_FLUSH);
        const uInt n = wanted - stream->avail_out;
        to += n;
        size -= n;
        w->at += n;
        if ((code != Z_OK && code != Z_STREAM_END) || (code == Z_STREAM_END && size > 0))
            return zlib_error(u->as_source.name, code);
    }
    return NST_OK;
}

static nst_status read_unpacked(void *user, uint64_t at, void *to, size_t size)
{
    unpacker *u = user;
    nst_status status = !u->work || at < u->work->at ? start(u) : NST_OK;
    while (status == NST_OK && u->work->at < at) {
        const uint64_t left = at - u->work->at;
        status = unpack(u, u->work->skipped, left < PIECE ? (size_t)left : PIECE);
    }
    if (status == NST_OK) status = unpack(u, to, size);
    if (status != NST_OK) stop(u);
    return status;
}

nst_status nst__inflate_create(nst__source **out, const nst__source *source, uint64_t at, uint64_t packed,
                               uint64_t size, bool raw)
{
    *out = NULL;
    if (at > source->size || packed > source->size - at || size / RATIO_MAX > packed)
        return nst__fail(NST_ERR_CORRUPT, "%s: compressed data: expected more bytes (a file cut short?)", source->name);
    unpacker *u = nst__alloc(1, sizeof *u);
    if (!u) return NST_ERR_OUT_OF_MEMORY;
    *u = (unpacker){.as_source = {.name = source->name, .size = size, .read = read_unpacked, .user = u},
                    .source = source,
                    .begin = at,
                    .end = at + packed,
                    .raw = raw};
    *out = &u->as_source;
    return NST_OK;
}

void nst__inflate_destroy(nst__source *source)
{
    if (!source) return;
    stop(source->user);
    nst__free(source->user);
}

nst_status nst__inflate(void *to, size_t *size, const void *from, size_t packed, const char *name)
{
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    int code = packed > UINT_MAX || *size > UINT_MAX ? Z_DATA_ERROR : inflateInit2(&stream, MAX_WBITS);
    if (code != Z_OK) return zlib_error(name, code);
    stream.next_in = from;
    stream.avail_in = (uInt)packed;
    stream.next_out = to;
    stream.avail_out = (uInt)*size;
    code = inflate(&stream, Z_FINISH);
    *size -= stream.avail_out;
    inflateEnd(&stream);
    return code == Z_STREAM_END ? NST_OK : zlib_error(name, code);
}

#else

bool nst__have_inflate(void)
{
    return false;
}

nst_status nst__inflate_create(nst__source **out, const nst__source *source, uint64_t at, uint64_t packed,
                               uint64_t size, bool raw)
{
    (void)at, (void)packed, (void)size, (void)raw;
    *out = NULL;
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: compressed data, and this libnst was built without zlib", source->name);
}

void nst__inflate_destroy(nst__source *source)
{
    (void)source;
}

nst_status nst__inflate(void *to, size_t *size, const void *from, size_t packed, const char *name)
{
    (void)to, (void)size, (void)from, (void)packed;
    return nst__fail(NST_ERR_UNSUPPORTED, "%s: compressed data, and this libnst was built without zlib", name);
}
#endif
