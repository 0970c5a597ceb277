/*
 * Datasets in chunks: HDF5 File Format Specification, version 3.0, sections III.A (version 1 B-trees), IV.A.2.l
 * (filters). A dataset, the weights of one layer, is assembled in memory when it is first read. The checksum is
 * skipped, not checked. Left out on purpose, with an error: the newer indexes of layout 4, and other filters than
 * deflate, shuffle and the checksum.
 */
#include "format/hdf5.h"

#include "base/alloc.h"
#include "format/inflate.h"

#include <string.h>

enum {
    FILTERS_MAX = 4,
    DEPTH_MAX = 8,   /* of the tree */
    RATIO_MAX = 1032 /* the highest compression ratio of deflate */
};

typedef struct chunks {
    nst__source as_source;
    const nst__source *file;
    uint64_t tree; /* its root */
    int rank;
    uint64_t shape[NST__RANK_MAX], chunk[NST__RANK_MAX]; /* in numbers */
    size_t element;                                      /* bytes of a number */
    uint64_t count;                                      /* chunks that the shape needs */
    size_t chunk_bytes;
    unsigned filter[FILTERS_MAX];
    int filters;
    unsigned char *bytes; /* the whole dataset, once it is assembled; else NULL */
} chunks;

/* The buffers of an assembly. */
typedef struct assembly {
    chunks *c;
    unsigned char *packed, *chunk, *other;
    uint64_t found; /* chunks so far */
} assembly;

static nst_status corrupt(const chunks *c, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: HDF5: chunked data: expected %s (a file cut short?)", c->file->name,
                     expected);
}

/* ---- Filters ---- */

enum { DEFLATE = 1, SHUFFLE = 2, FLETCHER32 = 3 };

/* Shuffled, byte J of number I is at J count + I. */
static void unshuffle(unsigned char *out, const unsigned char *in, size_t size, size_t element)
{
    const size_t count = size / element;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < element; j++)
            out[i * element + j] = in[j * count + i];
    memcpy(out + count * element, in + count * element, size - count * element);
}

/* Undoes the filters on the SIZE bytes of a->packed, except those whose bit in SKIPPED is set. The result is in
 * a->chunk. */
static nst_status undo(assembly *a, size_t size, uint32_t skipped)
{
    const chunks *c = a->c;
    const unsigned char *from = a->packed;
    for (int i = c->filters - 1; i >= 0; i--) {
        unsigned char *to = from == a->chunk ? a->other : a->chunk;
        size_t room = c->chunk_bytes + 4; /* for the checksum */
        nst_status status = NST_OK;
        if (skipped >> i & 1) continue;
        switch (c->filter[i]) {
        case FLETCHER32:
            if (size < 4) return corrupt(c, "a checksum");
            size -= 4;
            continue;
        case DEFLATE:
            status = nst__inflate(to, &room, from, size, c->file->name);
            size = room;
            break;
        default:
            if (size > room) return corrupt(c, "a smaller chunk");
            unshuffle(to, from, size, c->element);
        }
        if (status != NST_OK) return status;
        from = to;
    }
    if (size != c->chunk_bytes) return corrupt(c, "a chunk of its size");
    if (from != a->chunk) memcpy(a->chunk, from, size);
    return NST_OK;
}

/* ---- Assembly ---- */

/* Copies a->chunk to its place in the dataset, one row of the last dimension at a time. Values outside the shape are
 * padding. */
static void copy_chunk(const assembly *a, const uint64_t *start)
{
    const chunks *c = a->c;
    const int last = c->rank - 1;
    uint64_t index[NST__RANK_MAX] = {0};
    const uint64_t left = c->shape[last] - start[last], row = left < c->chunk[last] ? left : c->chunk[last];
    for (int i = 0; i >= 0;) {
        uint64_t from = 0, to = 0;
        bool within = true;
        for (int k = 0; k < c->rank; k++) {
            from = from * c->chunk[k] + index[k];
            to = to * c->shape[k] + start[k] + index[k];
            within &= start[k] + index[k] < c->shape[k];
        }
        if (within) memcpy(c->bytes + to * c->element, a->chunk + from * c->element, (size_t)row * c->element);
        for (i = last - 1; i >= 0 && ++index[i] == c->chunk[i]; i--)
            index[i] = 0;
    }
}

/* Reads one chunk. Its key in the tree has its bytes in the file, the mask of skipped filters, and its first index in
 * each dimension. */
static nst_status read_chunk(assembly *a, const unsigned char *key, uint64_t address)
{
    const chunks *c = a->c;
    const size_t size = nst__u32_at(key);
    uint64_t start[NST__RANK_MAX];
    if (a->found++ == c->count) return corrupt(c, "no more chunks than the shape has");
    for (int i = 0; i < c->rank; i++) {
        start[i] = nst__u64_at(key + 8 + 8 * i);
        if (start[i] >= c->shape[i] || start[i] % c->chunk[i] != 0) return corrupt(c, "a chunk within the shape");
    }
    if (size > c->chunk_bytes + c->chunk_bytes / 8 + 1024) return corrupt(c, "a smaller chunk");
    nst_status status = nst__source_read(c->file, address, a->packed, size);
    if (status == NST_OK) status = undo(a, size, nst__u32_at(key + 4));
    if (status == NST_OK) copy_chunk(a, start);
    return status;
}

/* LEVEL: the level that the node must have, or -1 at the root. */
static nst_status read_node(assembly *a, uint64_t address, int level)
{
    const chunks *c = a->c;
    const size_t key_size = 8 + 8 * ((size_t)c->rank + 1), entry = key_size + 8;
    unsigned char head[24], key[8 + 8 * (NST__RANK_MAX + 1) + 8];
    nst_status status = nst__source_read(c->file, address, head, sizeof head);
    if (status != NST_OK) return status;
    const int own = head[5];
    const uint64_t count = nst__u16_at(head + 6);
    if (memcmp(head, "TREE\1", 5) != 0 || own > DEPTH_MAX || (level >= 0 && own != level))
        return corrupt(c, "a B-tree of chunks");
    for (uint64_t i = 0; i < count && status == NST_OK; i++) {
        status = nst__source_read(c->file, address + sizeof head + i * entry, key, entry);
        if (status != NST_OK) return status;
        const uint64_t child = nst__u64_at(key + key_size);
        /* every node below the root has at least one chunk, so the count of chunks bounds the work */
        status = own == 0 ? read_chunk(a, key, child) : read_node(a, child, own - 1);
    }
    return status == NST_OK && count == 0 && level >= 0 ? corrupt(c, "a node with entries") : status;
}

static nst_status assemble(chunks *c)
{
    nst_status status = NST_OK;
    assembly a = {.c = c};
    const size_t room = c->chunk_bytes + c->chunk_bytes / 8 + 1024;
    c->bytes = nst__alloc((size_t)c->as_source.size, 1);
    a.packed = nst__alloc(room, 1);
    a.chunk = nst__alloc(c->chunk_bytes + 4, 1);
    a.other = nst__alloc(c->chunk_bytes + 4, 1);
    if (!c->bytes || !a.packed || !a.chunk || !a.other) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    NST_TRY(read_node(&a, c->tree, -1));
    if (a.found != c->count) status = corrupt(c, "as many chunks as the shape has");
out:
    nst__free(a.packed);
    nst__free(a.chunk);
    nst__free(a.other);
    if (status != NST_OK) {
        nst__free(c->bytes);
        c->bytes = NULL;
    }
    return status;
}

static nst_status read_chunks(void *user, uint64_t at, void *to, size_t size)
{
    chunks *c = user;
    nst_status status = c->bytes ? NST_OK : assemble(c);
    if (status != NST_OK) return status;
    memcpy(to, c->bytes + at, size);
    if (at + size == c->as_source.size) { /* the end: only one layer at a time is in memory */
        nst__free(c->bytes);
        c->bytes = NULL;
    }
    return NST_OK;
}

static void destroy(nst__source *source)
{
    chunks *c = source->user;
    nst__free(c->bytes);
    nst__free(c);
}

/* ---- Headers ---- */

static const char *read_filters(chunks *c, const unsigned char *p, size_t size)
{
    static const char broken[] = "has a list of filters that ends early";
    if (size < 2) return broken;
    const int version = p[0];
    size_t at = version == 1 ? 8 : 2;
    c->filters = p[1];
    if (version < 1 || version > 2 || c->filters > FILTERS_MAX)
        return "is compressed in a way that is not read here: h5repack -f NONE IN OUT, of HDF5's tools, converts it";
    for (int i = 0; i < c->filters; i++) {
        if (at > size || size - at < 8) return broken;
        c->filter[i] = nst__u16_at(p + at);
        const bool named = version == 1 || c->filter[i] >= 256;
        const size_t name = named ? nst__u16_at(p + at + 2) : 0, rest = at + (named ? 4 : 2);
        if (size - at < 8) return broken;
        const size_t values = nst__u16_at(p + rest + 2);
        if (c->filter[i] < DEFLATE || c->filter[i] > FLETCHER32)
            return "is compressed in a way that is not read here: h5repack -f NONE IN OUT, of HDF5's tools, converts "
                   "it";
        if (c->filter[i] == DEFLATE && !nst__have_inflate())
            return "is compressed, and this libnst was built without zlib";
        at = rest + 4 + (version == 1 ? (name + 7) / 8 * 8 : name) + 4 * values + (version == 1 && values % 2 ? 4 : 0);
    }
    return NULL;
}

/* Layout 3: version, class, rank + 1, the address of the tree, the size of a chunk in each dimension, the size of a
 * number. */
static const char *read_layout(chunks *c, const nst__hdf5_object *o, const nst__tensor *t)
{
    const unsigned char *p = o->layout;
    uint64_t chunk_size = c->element, bytes = c->element;
    const uint64_t most = c->file->size * (o->filters ? RATIO_MAX : 1);
    if (p[0] != 3)
        return "has chunks in the newer form of libver=\"latest\": h5repack -l CONTI IN OUT, of HDF5's tools, converts "
               "it";
    if (t->rank == 0 || o->layout_size < 3 + 8 + 4 * ((size_t)t->rank + 1) || p[2] != t->rank + 1)
        return "has chunks of another number of dimensions";
    c->tree = nst__u64_at(p + 3);
    c->count = 1;
    for (int i = 0; i < t->rank; i++) {
        const uint64_t n = nst__u32_at(p + 11 + 4 * i), size = t->shape[i];
        if (n == 0 || size == 0 || n > most / chunk_size || size > most / bytes)
            return "has a shape, or chunks, that the file has no room for";
        c->chunk[i] = n;
        c->shape[i] = size;
        chunk_size *= n;
        bytes *= size;
        c->count *= (size + n - 1) / n;
    }
    if (bytes > SIZE_MAX / 2 || chunk_size > SIZE_MAX / 2) return "is too large";
    c->as_source.size = bytes;
    c->chunk_bytes = (size_t)chunk_size;
    return NULL;
}

nst_status nst__hdf5_chunks(nst__tensor *tensor, nst__hdf5 *h, const nst__hdf5_object *o)
{
    chunks *c = nst__alloc(1, sizeof *c);
    if (!c) return NST_ERR_OUT_OF_MEMORY;
    const nst__source *file = h->table->source;
    *c = (chunks){.as_source = {.name = file->name, .read = read_chunks, .user = c},
                  .file = file,
                  .rank = tensor->rank,
                  .element = nst__type_size(tensor->type)};
    tensor->fault = read_layout(c, o, tensor);
    if (!tensor->fault && o->filters) tensor->fault = read_filters(c, o->filters, o->filters_size);
    tensor->fault_status = NST_ERR_UNSUPPORTED;
    tensor->source = &c->as_source;
    return nst__table_keep(h->table, &c->as_source, destroy);
}
