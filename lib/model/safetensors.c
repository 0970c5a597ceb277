/*
 * safetensors: the size of a JSON header as eight bytes, the header, the numbers.
 * https://github.com/huggingface/safetensors#format
 *
 * The format's own rules are checked for every tensor of the file, also for those that are not used: offsets
 * within the file, as many bytes as shape and type need, no overlap, no gap, no key twice.
 */
#include "base/alloc.h"
#include "model/json.h"
#include "model/readers.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_MAX  100000000 /* bytes, as in the reference implementation */
#define TENSORS_MAX 16384     /* and metadata: more is no network of this kind */

/* What is kept of each key until the end. */
typedef struct span {
    uint64_t begin, end; /* of the numbers; of metadata: 0, 0 */
    uint64_t hash;       /* of the key */
} span;

typedef struct reader {
    nst__weights *out;
    nst__json json;
    const unsigned char *numbers;
    uint64_t numbers_size;
    span *spans;
    size_t count, capacity;
} reader;

static const char input_bgr255[] = "bgr 0..255 minus mean 103.939,116.779,123.68";
static const char input_rgb01[] = "rgb 0..1 minus mean 0.485,0.456,0.406 over std 0.229,0.224,0.225";

const char *nst__input_text(nst_input input)
{
    return input == NST_INPUT_BGR255 ? input_bgr255 : input_rgb01;
}

bool nst__is_safetensors(const nst__bytes *file)
{
    return file->size >= 9 && file->data[8] == '{';
}

static nst_status json_error(const reader *r)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: header: expected %s at byte %zu", r->out->file.name,
                     r->json.error ? r->json.error : "another value", (size_t)(r->json.p - r->json.start) + 8);
}

static nst_status add_span(reader *r, uint64_t begin, uint64_t end, uint64_t hash)
{
    if (r->count == TENSORS_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: more than %d tensors and metadata", r->out->file.name, TENSORS_MAX);
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

static nst_status keep_input(nst__weights *out, const char *value)
{
    if (strcmp(value, input_bgr255) == 0 || strcmp(value, "bgr255") == 0)
        out->input = NST_INPUT_BGR255;
    else if (strcmp(value, input_rgb01) == 0 || strcmp(value, "rgb01") == 0)
        out->input = NST_INPUT_RGB01;
    else
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: metadata: input: expected '%s' or '%s', found '%.100s'",
                         out->file.name, input_bgr255, input_rgb01, value);
    out->input_said = "metadata";
    return NST_OK;
}

static void keep_credit(nst__weights *out, const char *value)
{
    size_t used = strlen(out->credit), length = strlen(value);
    const char *separator = used > 0 ? "; " : "";
    if (length > 0 && used + strlen(separator) + length < sizeof out->credit) {
        memcpy(out->credit + used, separator, strlen(separator));
        memcpy(out->credit + used + strlen(separator), value, length + 1);
    }
}

static nst_status read_metadata(reader *r, uint64_t own_hash)
{
    nst_status status = NST_OK;
    char key[32], value[480];
    nst__json_type type;
    uint64_t hash;
    NST_TRY(add_span(r, 0, 0, own_hash));
    if (nst__json_next(&r->json) != NST__JSON_OBJECT)
        return r->json.error
                   ? json_error(r)
                   : nst__fail(NST_ERR_CORRUPT, "%s: header: expected __metadata__ to be an object", r->out->file.name);
    while ((type = nst__json_next(&r->json)) == NST__JSON_KEY) {
        nst__json_text(&r->json, key, sizeof key, &hash);
        NST_TRY(add_span(r, 0, 0, ~hash)); /* apart from the tensors' keys */
        if (nst__json_next(&r->json) != NST__JSON_STRING)
            return r->json.error
                       ? json_error(r)
                       : nst__fail(NST_ERR_CORRUPT, "%s: metadata: %s: expected a string", r->out->file.name, key);
        nst__json_text(&r->json, value, sizeof value, NULL);
        if (strcmp(key, "input") == 0)
            NST_TRY(keep_input(r->out, value));
        else if (strcmp(key, "architecture") == 0)
            r->out->vgg = strcmp(value, "vgg16") == 0 ? &nst__vgg16 : &nst__vgg19;
        else if (strcmp(key, "credit") == 0 || strcmp(key, "source") == 0 || strcmp(key, "license") == 0 ||
                 strcmp(key, "licence") == 0)
            keep_credit(r->out, value);
    }
    if (type != NST__JSON_OBJECT_END) status = json_error(r);
out:
    return status;
}

/* ---- Tensors ---- */

/* Bytes a number; 0: a type that is not known, and then not checked. */
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

/* An array of whole numbers, the first MOST of which are kept. */
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
    return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s: expected an array of at most %d whole numbers", r->out->file.name,
                     name, what, most);
}

/* What a tensor's object says. */
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
                             : nst__fail(NST_ERR_CORRUPT, "%s: %s: expected an object", r->out->file.name, name);
    while ((type = nst__json_next(&r->json)) == NST__JSON_KEY) {
        bool *seen = NULL;
        nst__json_text(&r->json, key, sizeof key, NULL);
        if (strcmp(key, "dtype") == 0) {
            seen = &e->has_type;
            if (nst__json_next(&r->json) != NST__JSON_STRING)
                return r->json.error
                           ? json_error(r)
                           : nst__fail(NST_ERR_CORRUPT, "%s: %s: dtype: expected a string", r->out->file.name, name);
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
        if (seen && *seen) return nst__fail(NST_ERR_CORRUPT, "%s: %s: %s stands twice", r->out->file.name, name, key);
        if (seen) *seen = true;
    }
    if (type != NST__JSON_OBJECT_END) return json_error(r);
    if (!e->has_type || !e->has_shape || e->offsets != 2)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: expected dtype, shape and two data_offsets", r->out->file.name,
                         name);
out:
    return status;
}

/* WHOLE: KEY was not cut, as that of a convolution never is. */
static nst_status read_tensor(reader *r, const char *key, uint64_t hash, bool whole)
{
    nst_status status = NST_OK;
    nst__tensor tensor = {.rank = 0};
    const char *file = r->out->file.name;
    entry e;
    size_t length = strlen(key);
    memcpy(tensor.name, key, length < sizeof tensor.name ? length : sizeof tensor.name - 1);
    NST_TRY(read_entry(r, tensor.name, &e));
    const uint64_t begin = e.offset[0], end = e.offset[1], size = parse_type(e.type, &tensor.type);
    if (begin > end || end > r->numbers_size)
        return nst__fail(NST_ERR_CORRUPT,
                         "%s: %s: data_offsets %" PRIu64 " to %" PRIu64 " are not within the %" PRIu64
                         " bytes of numbers (a file cut short?)",
                         file, tensor.name, begin, end, r->numbers_size);
    uint64_t bytes = size;
    for (int i = 0; i < e.rank; i++) {
        if (bytes != 0 && e.shape[i] > UINT64_MAX / bytes)
            return nst__fail(NST_ERR_CORRUPT, "%s: %s: the shape is too large", file, tensor.name);
        bytes *= e.shape[i];
    }
    if (size != 0 && bytes != end - begin)
        return nst__fail(NST_ERR_CORRUPT, "%s: %s: shape and type need %" PRIu64 " bytes, data_offsets give %" PRIu64,
                         file, tensor.name, bytes, end - begin);
    tensor.rank = e.rank > NST__RANK_MAX ? NST__RANK_MAX : e.rank;
    memcpy(tensor.shape, e.shape, (size_t)tensor.rank * sizeof tensor.shape[0]);
    nst__tensor_pack(&tensor);
    tensor.data = r->numbers + begin;
    if (whole) NST_TRY(nst__weights_add(r->out, key, length, &tensor));
    NST_TRY(add_span(r, begin, end, hash));
out:
    return status;
}

/* ---- The whole ---- */

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

/* Heapsort: qsort() may allocate, and be quadratic on files that mean it. */
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
    const char *file = r->out->file.name;
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

nst_status nst__read_safetensors(nst__weights *out)
{
    nst_status status = NST_OK;
    const nst__bytes *file = &out->file;
    const uint64_t header = nst__u64_at(file->data);
    reader r = {.out = out};
    nst__json_type type;

    out->format = "safetensors";
    if (header > HEADER_MAX || header > file->size - 8)
        return nst__fail(NST_ERR_CORRUPT,
                         "%s: expected a header of at most %zu bytes, found a size of %" PRIu64 " (a file cut short?)",
                         file->name, file->size - 8 < HEADER_MAX ? file->size - 8 : (size_t)HEADER_MAX, header);
    r.numbers = file->data + 8 + header;
    r.numbers_size = file->size - 8 - header;
    nst__json_init(&r.json, (const char *)file->data + 8, (size_t)header);
    nst__json_next(&r.json); /* the '{' that nst__is_safetensors() saw */
    while ((type = nst__json_next(&r.json)) == NST__JSON_KEY) {
        char key[160];
        uint64_t hash;
        size_t length = nst__json_text(&r.json, key, sizeof key, &hash);
        if (strcmp(key, "__metadata__") == 0)
            status = read_metadata(&r, hash);
        else
            status = read_tensor(&r, key, hash, length < sizeof key);
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
