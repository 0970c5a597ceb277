/*
 * safetensors: the size of a JSON header as eight bytes, the header, the numbers.
 * https://github.com/huggingface/safetensors#format
 *
 * The rules of the format are checked for every tensor of the file, used or not: offsets within the file, exactly as
 * many bytes as shape and type need, no overlap, no gap, no key twice.
 */
#include "base/alloc.h"
#include "format/format.h"
#include "format/json.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_MAX 100000000 /* bytes, as in the reference implementation */
#define SPANS_MAX  16384     /* tensors and metadata; no network of this kind has more */

/* Kept for each key until the final checks. */
typedef struct span {
    uint64_t begin, end; /* of its numbers; 0, 0 for metadata */
    uint64_t hash;       /* of the key */
} span;

typedef struct reader {
    nst__table *out;
    nst__json json;
    uint64_t numbers, numbers_size; /* position of the numbers in the file; their bytes */
    span *spans;
    size_t count, capacity;
} reader;

/* The first 8 bytes are the size of the header. In a text file they would be a size above the limit, which is refused
 * later. */
bool nst__is_safetensors(const nst__head *head)
{
    return head->size >= 9 && head->bytes[8] == '{';
}

static nst_status json_error(const reader *r)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: header: expected %s at byte %zu", r->out->source->name,
                     r->json.error ? r->json.error : "another value", (size_t)(r->json.p - r->json.start) + 8);
}

static nst_status add_span(reader *r, uint64_t begin, uint64_t end, uint64_t hash)
{
    if (r->count == SPANS_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: more than %d tensors and metadata", r->out->source->name, SPANS_MAX);
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 64;
        span *spans = nst__resize(r->spans, capacity, sizeof *spans);
        if (!spans) return NST_ERR_OUT_OF_MEMORY;
        r->spans = spans;
        r->capacity = capacity;
    }
    r->spans[r->count++] = (span){begin, end, hash};
    return NST_OK;
}

/* ---- Metadata ---- */

static nst_status read_metadata(reader *r, uint64_t own_hash)
{
    nst_status status = NST_OK;
    char key[32], value[481];
    nst__json_type type;
    uint64_t hash;
    NST_TRY(add_span(r, 0, 0, own_hash));
    if (nst__json_next(&r->json) != NST__JSON_OBJECT)
        return r->json.error ? json_error(r)
                             : nst__fail(NST_ERR_CORRUPT, "%s: header: expected __metadata__ to be an object",
                                         r->out->source->name);
    while ((type = nst__json_next(&r->json)) == NST__JSON_KEY) {
        nst__json_text(&r->json, key, sizeof key, &hash);
        NST_TRY(add_span(r, 0, 0, ~hash)); /* inverted, to keep it apart from the hashes of tensors' keys */
        if (nst__json_next(&r->json) != NST__JSON_STRING)
            return r->json.error
                       ? json_error(r)
                       : nst__fail(NST_ERR_CORRUPT, "%s: metadata: %s: expected a string", r->out->source->name, key);
        nst__json_text(&r->json, value, sizeof value, NULL);
        NST_TRY(nst__table_note(r->out, key, value));
    }
    if (type != NST__JSON_OBJECT_END) status = json_error(r);
out:
    return status;
}

/* ---- Tensors ---- */

/* The bytes of a number; 0 for an unknown type, whose size is not checked. */
static uint64_t parse_type(const char *text, nst__type *type)
{
    static const struct {
        const char *name;
        unsigned size;
        nst__type type;
    } known[] = {{"F32", 4, NST__F32},    {"F16", 2, NST__F16},       {"BF16", 2, NST__BF16},    {"F64", 8, NST__F64},
                 {"BOOL", 1, NST__OTHER}, {"U8", 1, NST__OTHER},      {"I8", 1, NST__OTHER},     {"U16", 2, NST__OTHER},
                 {"I16", 2, NST__OTHER},  {"U32", 4, NST__OTHER},     {"I32", 4, NST__OTHER},    {"U64", 8, NST__OTHER},
                 {"I64", 8, NST__OTHER},  {"F8_E4M3", 1, NST__OTHER}, {"F8_E5M2", 1, NST__OTHER}};
    *type = NST__OTHER;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(text, known[i].name) == 0) {
            *type = known[i].type;
            return known[i].size;
        }
    return 0;
}

/* Reads an array of at most MOST integers. */
static nst_status read_numbers(reader *r, const char *name, const char *what, uint64_t *out, int most, int *count)
{
    nst__json_type type = nst__json_next(&r->json);
    *count = 0;
    if (type == NST__JSON_ARRAY)
        while ((type = nst__json_next(&r->json)) == NST__JSON_NUMBER && *count < most &&
               nst__json_u64(&r->json, &out[*count]))
            ++*count;
    if (type == NST__JSON_ARRAY_END) return NST_OK;
    if (r->json.error) return json_error(r);
    return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s: expected an array of at most %d whole numbers", r->out->source->name,
                     name, what, most);
}

/* The JSON object of a tensor. */
typedef struct entry {
    char type[16];
    uint64_t shape[16], offset[2];
    int rank, offsets;
    bool has_type, has_shape, has_offsets;
} entry;

static nst_status read_entry(reader *r, const char *name, entry *e)
{
    nst_status status = NST_OK;
    char key[16];
    nst__json_type type;
    *e = (entry){.rank = 0};
    if (nst__json_next(&r->json) != NST__JSON_OBJECT)
        return r->json.error ? json_error(r)
                             : nst__fail(NST_ERR_CORRUPT, "%s: %s: expected an object", r->out->source->name, name);
    while ((type = nst__json_next(&r->json)) == NST__JSON_KEY) {
        bool *seen = NULL;
        nst__json_text(&r->json, key, sizeof key, NULL);
        if (strcmp(key, "dtype") == 0) {
            seen = &e->has_type;
            if (nst__json_next(&r->json) != NST__JSON_STRING)
                return r->json.error
                           ? json_error(r)
                           : nst__fail(NST_ERR_CORRUPT, "%s: %s: dtype: expected a string", r->out->source->name, name);
            nst__json_text(&r->json, e->type, sizeof e->type, NULL);
        } else if (strcmp(key, "shape") == 0) {
            seen = &e->has_shape;
            NST_TRY(read_numbers(r, name, "shape", e->shape, 16, &e->rank));
        } else if (strcmp(key, "data_offsets") == 0) {
            seen = &e->has_offsets;
            NST_TRY(read_numbers(r, name, "data_offsets", e->offset, 2, &e->offsets));
        } else if (!nst__json_skip(&r->json, nst__json_next(&r->json))) {
            return json_error(r);
        }
        if (seen && *seen)
            return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s stands twice", r->out->source->name, name, key);
        if (seen) *seen = true;
    }
    if (type != NST__JSON_OBJECT_END) return json_error(r);
    if (!e->has_type || !e->has_shape || e->offsets != 2)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: expected dtype, shape and two data_offsets", r->out->source->name,
                         name);
out:
    return status;
}

static nst_status read_tensor(reader *r, const char *key, uint64_t hash)
{
    nst_status status = NST_OK;
    nst__tensor tensor = {.rank = 0};
    const char *file = r->out->source->name;
    entry e;
    NST_TRY(read_entry(r, key, &e));
    const uint64_t begin = e.offset[0], end = e.offset[1], size = parse_type(e.type, &tensor.type);
    if (begin > end || end > r->numbers_size)
        return nst__fail(NST_ERR_CORRUPT,
                         "%s: %s: data_offsets %" PRIu64 " to %" PRIu64 " are not within the %" PRIu64
                         " bytes of numbers (a file cut short?)",
                         file, key, begin, end, r->numbers_size);
    uint64_t bytes = size;
    for (int i = 0; i < e.rank; i++) {
        if (bytes != 0 && e.shape[i] > UINT64_MAX / bytes)
            return nst__fail(NST_ERR_CORRUPT, "%s: %s: the shape is too large", file, key);
        bytes *= e.shape[i];
    }
    if (size != 0 && bytes != end - begin)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: shape and type need %" PRIu64 " bytes, data_offsets give %" PRIu64,
                         file, key, bytes, end - begin);
    tensor.rank = e.rank > NST__RANK_MAX ? NST__RANK_MAX : e.rank;
    memcpy(tensor.shape, e.shape, (size_t)tensor.rank * sizeof tensor.shape[0]);
    nst__tensor_pack(&tensor);
    tensor.at = r->numbers + begin;
    NST_TRY(nst__table_add(r->out, key, strlen(key), &tensor));
    NST_TRY(add_span(r, begin, end, hash));
out:
    return status;
}

/* ---- The whole file ---- */

static bool below(const span *a, const span *b, bool by_hash)
{
    if (by_hash) return a->hash < b->hash;
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
}

static void sift(span *spans, size_t root, size_t count, bool by_hash)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && below(&spans[child], &spans[child + 1], by_hash)) child++;
        if (!below(&spans[root], &spans[child], by_hash)) return;
        span t = spans[root];
        spans[root] = spans[child];
        spans[child] = t;
    }
}

/* Heapsort, since qsort() may allocate memory and take quadratic time on malicious files. */
static void sort(span *spans, size_t count, bool by_hash)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(spans, i, count, by_hash);
    for (size_t last = count; last-- > 1;) {
        span t = spans[0];
        spans[0] = spans[last];
        spans[last] = t;
        sift(spans, 0, last, by_hash);
    }
}

static nst_status check_spans(reader *r)
{
    const char *file = r->out->source->name;
    uint64_t reached = 0;
    sort(r->spans, r->count, true);
    for (size_t i = 1; i < r->count; i++)
        if (r->spans[i].hash == r->spans[i - 1].hash)
            return nst__fail(NST_ERR_CORRUPT, "%s: header: a key stands twice", file);
    sort(r->spans, r->count, false);
    for (size_t i = 0; i < r->count; i++) {
        const span *s = &r->spans[i];
        if (s->begin < reached && s->begin != s->end)
            return nst__fail(NST_ERR_CORRUPT, "%s: two tensors overlap at byte %" PRIu64 " of the numbers", file,
                             s->begin);
        if (s->begin > reached)
            return nst__fail(NST_ERR_CORRUPT, "%s: bytes %" PRIu64 " to %" PRIu64 " of the numbers belong to no tensor",
                             file, reached, s->begin);
        reached = s->end > reached ? s->end : reached;
    }
    if (reached != r->numbers_size)
        return nst__fail(NST_ERR_CORRUPT, "%s: %" PRIu64 " bytes follow the last tensor", file,
                         r->numbers_size - reached);
    return NST_OK;
}

nst_status nst__read_safetensors(nst__table *out)
{
    nst_status status = NST_OK;
    const char *file = out->source->name;
    const uint64_t left = out->source->size - 8;
    unsigned char size[8];
    const unsigned char *text;
    reader r = {.out = out};
    nst__json_type type;

    NST_TRY(nst__source_read(out->source, 0, size, sizeof size));
    const uint64_t header = nst__u64_at(size);
    if (header > HEADER_MAX || header > left)
        NST_TRY(nst__fail(NST_ERR_CORRUPT,
                          "%s: expected a header of at most %" PRIu64 " bytes, found a size of %" PRIu64
                          " (a file cut short?)",
                          file, left < HEADER_MAX ? left : (uint64_t)HEADER_MAX, header));
    NST_TRY(nst__table_view(out, &text, 8, header));
    r.numbers = 8 + header;
    r.numbers_size = left - header;
    nst__json_init(&r.json, (const char *)text, (size_t)header);
    nst__json_next(&r.json); /* the '{' that nst__is_safetensors() tested */
    while ((type = nst__json_next(&r.json)) == NST__JSON_KEY) {
        char key[NST__TENSOR_NAME_MAX + 1];
        uint64_t hash;
        nst__json_text(&r.json, key, sizeof key, &hash);
        if (strcmp(key, "__metadata__") == 0)
            status = read_metadata(&r, hash);
        else
            status = read_tensor(&r, key, hash);
        if (status != NST_OK) goto out;
    }
    if (type != NST__JSON_OBJECT_END || nst__json_next(&r.json) != NST__JSON_END)
        status = json_error(&r);
    else
        status = check_spans(&r);
out:
    nst__free(r.spans);
    return status;
}
