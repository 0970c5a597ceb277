#include "format/table.h"

#include "base/alloc.h"
#include "format/inflate.h"

#include <inttypes.h>
#include <string.h>

enum { ARENA_MAX = 128 << 20, NOTE_MAX = 480 }; /* bytes */

struct nst__kept {
    struct nst__kept *before;
    nst__source *source;
    void (*destroy)(nst__source *source);
};

void nst__table_init(nst__table *out, const nst__source *source)
{
    *out = (nst__table){.source = source, .arena = {.name = source->name, .most = ARENA_MAX}};
}

void nst__table_release(nst__table *table)
{
    for (const struct nst__kept *k = table->kept; k; k = k->before)
        k->destroy(k->source);
    nst__free(table->tensor);
    nst__arena_release(&table->arena);
    *table = (nst__table){0};
}

void nst__tensor_pack(nst__tensor *tensor)
{
    uint64_t stride = 1;
    for (int i = tensor->rank - 1; i >= 0; i--) {
        tensor->stride[i] = stride;
        stride *= tensor->shape[i];
    }
}

nst_status nst__table_add(nst__table *table, const char *name, size_t length, const nst__tensor *tensor)
{
    if (table->count == NST__TENSORS_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: more than %d tensors", table->source->name, NST__TENSORS_MAX);
    if (table->count == table->capacity) {
        const size_t capacity = table->capacity ? table->capacity * 2 : 64;
        nst__tensor *more = nst__resize(table->tensor, capacity, sizeof *more);
        if (!more) return NST_ERR_OUT_OF_MEMORY;
        table->tensor = more;
        table->capacity = capacity;
    }
    nst__tensor *entry = &table->tensor[table->count];
    *entry = *tensor;
    length = length < NST__TENSOR_NAME_MAX ? length : NST__TENSOR_NAME_MAX;
    entry->name = nst__arena_text(&table->arena, name, length);
    if (!entry->name) return table->arena.status;
    table->count++;
    return NST_OK;
}

nst_status nst__table_note(nst__table *table, const char *key, const char *value)
{
    if (table->notes == sizeof table->note / sizeof table->note[0]) return NST_OK;
    const size_t length = strlen(value);
    nst__note *note = &table->note[table->notes];
    note->key = nst__arena_text(&table->arena, key, strlen(key));
    note->value = nst__arena_text(&table->arena, value, length < NOTE_MAX ? length : NOTE_MAX);
    if (!note->key || !note->value) return table->arena.status;
    table->notes++;
    return NST_OK;
}

const nst__tensor *nst__table_find(const nst__table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->tensor[i].name, name) == 0) return &table->tensor[i];
    return NULL;
}

const char *nst__table_find_note(const nst__table *table, const char *key)
{
    for (size_t i = 0; i < table->notes; i++)
        if (strcmp(table->note[i].key, key) == 0) return table->note[i].value;
    return NULL;
}

nst_status nst__table_view(nst__table *table, const unsigned char **out, uint64_t at, uint64_t size)
{
    const nst__source *source = table->source;
    if (at > source->size || size > source->size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: %" PRIu64 " bytes at %" PRIu64 " lie beyond the end (a file cut short?)",
                         source->name, size, at);
    if (source->bytes) {
        *out = source->bytes + at;
        return NST_OK;
    }
    unsigned char *copy = nst__arena_alloc(&table->arena, size < SIZE_MAX ? (size_t)size : SIZE_MAX);
    *out = copy;
    return copy ? nst__source_read(source, at, copy, (size_t)size) : table->arena.status;
}

nst_status nst__table_keep(nst__table *table, nst__source *source, void (*destroy)(nst__source *source))
{
    struct nst__kept *kept = nst__arena_alloc(&table->arena, sizeof *kept);
    if (!kept) {
        destroy(source);
        return table->arena.status;
    }
    *kept = (struct nst__kept){table->kept, source, destroy};
    table->kept = kept;
    return NST_OK;
}

/* A stored part of a source. */
typedef struct part {
    nst__source as_source;
    const nst__source *whole;
    uint64_t at;
} part;

static nst_status read_part(void *user, uint64_t at, void *to, size_t size)
{
    const part *p = user;
    return nst__source_read(p->whole, p->at + at, to, size);
}

static nst_status open_part(nst__table *table, const nst__source **out, uint64_t at, uint64_t size)
{
    const nst__source *whole = table->source;
    if (at > whole->size || size > whole->size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: a part of %" PRIu64 " bytes lies beyond the end (a file cut short?)",
                         whole->name, size);
    part *p = nst__arena_alloc(&table->arena, sizeof *p);
    if (!p) return table->arena.status;
    *p = (part){{.name = whole->name, .size = size, .read = read_part, .user = p}, whole, at};
    if (whole->bytes) p->as_source.bytes = whole->bytes + at;
    *out = &p->as_source;
    return NST_OK;
}

nst_status nst__table_open(nst__table *table, const nst__source **out, uint64_t at, uint64_t bytes, uint64_t size,
                           nst__compression packing)
{
    nst__source *unpacked;
    *out = NULL;
    if (packing == NST__STORED) return open_part(table, out, at, size);
    nst_status status = nst__inflate_create(&unpacked, table->source, at, bytes, size, packing == NST__DEFLATE);
    if (status != NST_OK) return status;
    *out = unpacked;
    return nst__table_keep(table, unpacked, nst__inflate_destroy);
}
