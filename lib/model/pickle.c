#include "model/pickle.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

/* Full tables take about a megabyte together, and hold state dicts of a thousand tensors. */
enum {
    STACK_MAX = 4096,
    MEMO_MAX = 16384,
    TUPLE_MAX = 20480,
    LINK_MAX = 6144,
    CHAIN_MAX = 6144,
    STORAGE_MAX = 2048,
    WINDOW_MAX = 1536
};

static nst_status corrupt(const nst__pickle *p, const char *expected)
{
    return nst__fail(NST_ERR_CORRUPT, "%s: pickle: expected %s at byte %zu", p->file, expected,
                     (size_t)(p->p - p->start));
}

/* Room for one more element behind COUNT. */
static nst_status grow(const nst__pickle *p, void *array, size_t *capacity, size_t count, size_t size, size_t most)
{
    void *old, *block;
    if (count < *capacity) return NST_OK;
    if (count >= most)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: more values than a state dict of this kind has", p->file);
    size_t wanted = *capacity ? 2 * *capacity : 64;
    wanted = wanted > most ? most : wanted;
    memcpy(&old, array, sizeof old);
    block = nst__resize(old, wanted, size);
    if (!block) return NST_ERR_OUT_OF_MEMORY;
    memcpy(array, &block, sizeof block);
    *capacity = wanted;
    return NST_OK;
}

static nst_status push(nst__pickle *p, nst__value value)
{
    nst_status status = grow(p, &p->stack, &p->stack_size, p->stacked, sizeof *p->stack, STACK_MAX);
    if (status == NST_OK) p->stack[p->stacked++] = value;
    return status;
}

/* The top of the stack, taken off. A mark is no value. */
static nst_status pop(nst__pickle *p, nst__value *out)
{
    if (p->stacked == 0 || p->stack[p->stacked - 1].kind == NST__PY_MARK) return corrupt(p, "a value on the stack");
    *out = p->stack[--p->stacked];
    return NST_OK;
}

/* Where the values above the last mark start. */
static nst_status find_mark(nst__pickle *p, size_t *start)
{
    *start = 0;
    for (size_t i = p->stacked; i-- > 0;)
        if (p->stack[i].kind == NST__PY_MARK) {
            *start = i + 1;
            return NST_OK;
        }
    return corrupt(p, "a mark on the stack");
}

/* ---- Arguments of opcodes ---- */

static nst_status take(nst__pickle *p, uint64_t size, const unsigned char **out)
{
    *out = p->p;
    if (size > (uint64_t)(p->end - p->p)) return corrupt(p, "more bytes (a file cut short?)");
    p->p += size;
    return NST_OK;
}

/* A number of 1, 2, 4 or 8 bytes. */
static nst_status take_number(nst__pickle *p, int bytes, uint64_t *out)
{
    const unsigned char *data;
    nst_status status = take(p, (uint64_t)bytes, &data);
    *out = 0;
    for (int i = 0; status == NST_OK && i < bytes; i++)
        *out |= (uint64_t)data[i] << 8 * i;
    return status;
}

/* Text behind its length, which has so many bytes. */
static nst_status push_text(nst__pickle *p, int bytes)
{
    nst_status status = NST_OK;
    const unsigned char *data;
    uint64_t size;
    NST_TRY(take_number(p, bytes, &size));
    NST_TRY(take(p, size, &data));
    if (size > UINT32_MAX) return corrupt(p, "shorter text");
    NST_TRY(push(p, (nst__value){.text = (const char *)data, .count = (uint32_t)size, .kind = NST__PY_TEXT}));
out:
    return status;
}

static nst_status push_int(nst__pickle *p, int64_t number)
{
    return push(p, (nst__value){.number = number, .kind = NST__PY_INT});
}

/* Two's complement of any length; one that does not fit stays as its bytes. */
static nst_status push_long(nst__pickle *p)
{
    nst_status status = NST_OK;
    const unsigned char *data;
    uint64_t size, bits = 0;
    NST_TRY(take_number(p, 1, &size));
    NST_TRY(take(p, size, &data));
    if (size > 8)
        return push(p, (nst__value){.text = (const char *)data, .count = (uint32_t)size, .kind = NST__PY_TEXT});
    for (uint64_t i = 0; i < size; i++)
        bits |= (uint64_t)data[i] << 8 * i;
    if (size > 0 && size < 8 && data[size - 1] & 0x80) bits |= UINT64_MAX << 8 * size;
    int64_t number;
    memcpy(&number, &bits, sizeof number);
    NST_TRY(push_int(p, number));
out:
    return status;
}

/* ---- Tuples, lists, dicts ---- */

/* Makes a tuple of the stack from START on. */
static nst_status make_tuple(nst__pickle *p, size_t start, size_t below)
{
    nst__value tuple = {.number = (int64_t)p->tuples, .count = (uint32_t)(p->stacked - start), .kind = NST__PY_TUPLE};
    for (size_t i = start; i < p->stacked; i++) {
        nst_status status = grow(p, &p->tuple, &p->tuple_size, p->tuples, sizeof *p->tuple, TUPLE_MAX);
        if (status != NST_OK) return status;
        if (p->stack[i].kind == NST__PY_MARK) return corrupt(p, "values for a tuple");
        p->tuple[p->tuples++] = p->stack[i];
    }
    p->stacked = below;
    return push(p, tuple);
}

static nst_status push_chain(nst__pickle *p, nst__kind kind)
{
    nst_status status = grow(p, &p->chain, &p->chain_size, p->chains, sizeof *p->chain, CHAIN_MAX);
    if (status != NST_OK) return status;
    p->chain[p->chains] = (struct nst__chain){0, 0};
    return push(p, (nst__value){.count = (uint32_t)p->chains++, .kind = kind});
}

static nst_status append(nst__pickle *p, const nst__value *list, nst__value value)
{
    nst_status status = NST_OK;
    struct nst__chain *chain = &p->chain[list->count];
    NST_TRY(grow(p, &p->link, &p->link_size, p->links + 1, sizeof *p->link, LINK_MAX));
    if (p->links == 0) p->link[p->links++] = (struct nst__link){.next = 0}; /* None, at the end of every chain */
    p->link[p->links] = (struct nst__link){value, 0};
    if (chain->last)
        p->link[chain->last].next = (uint32_t)p->links;
    else
        chain->first = (uint32_t)p->links;
    chain->last = (uint32_t)p->links++;
out:
    return status;
}

/* Puts the stack from START on into the list or dict below BELOW. */
static nst_status extend(nst__pickle *p, size_t start, size_t below, nst__kind kind)
{
    nst_status status = NST_OK;
    if (below == 0 || p->stack[below - 1].kind != kind)
        return corrupt(p, kind == NST__PY_DICT ? "a dict on the stack" : "a list on the stack");
    if (kind == NST__PY_DICT && (p->stacked - start) % 2) return corrupt(p, "a value for each key");
    for (size_t i = start; i < p->stacked; i++)
        NST_TRY(append(p, &p->stack[below - 1], p->stack[i]));
    p->stacked = below;
out:
    return status;
}

static nst_status extend_from_mark(nst__pickle *p, nst__kind kind)
{
    size_t start;
    nst_status status = find_mark(p, &start);
    return status == NST_OK ? extend(p, start, start - 1, kind) : status;
}

static nst_status extend_by(nst__pickle *p, size_t count, nst__kind kind)
{
    size_t start;
    if (find_mark(p, &start) != NST_OK) start = 0;
    if (p->stacked - start < count + 1) return corrupt(p, "values on the stack");
    return extend(p, p->stacked - count, p->stacked - count, kind);
}

static nst_status tuple_of(nst__pickle *p, size_t count)
{
    if (p->stacked < count) return corrupt(p, "values on the stack");
    return make_tuple(p, p->stacked - count, p->stacked - count);
}

bool nst__text_is(const nst__value *value, const char *text)
{
    return value->kind == NST__PY_TEXT && value->count == strlen(text) && memcmp(value->text, text, value->count) == 0;
}

const nst__value *nst__pickle_get(const nst__pickle *pickle, const nst__value *dict, const char *key)
{
    if (dict->kind != NST__PY_DICT) return NULL;
    for (uint32_t i = pickle->chain[dict->count].first; i; i = pickle->link[pickle->link[i].next].next)
        if (nst__text_is(&pickle->link[i].value, key)) return &pickle->link[pickle->link[i].next].value;
    return NULL;
}

/* ---- The functions that a pickle may name ---- */

enum { ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER, STORAGE };

static const struct {
    const char *module, *name;
    int what;
    nst__type type;
    unsigned element;
} globals[] = {{"collections", "OrderedDict", ORDERED_DICT, NST__OTHER, 0},
               {"torch._utils", "_rebuild_tensor_v2", REBUILD_TENSOR, NST__OTHER, 0},
               {"torch._utils", "_rebuild_tensor", REBUILD_TENSOR, NST__OTHER, 0},
               {"torch._utils", "_rebuild_parameter", REBUILD_PARAMETER, NST__OTHER, 0},
               {"torch", "FloatStorage", STORAGE, NST__F32, 4},
               {"torch", "HalfStorage", STORAGE, NST__F16, 2},
               {"torch", "BFloat16Storage", STORAGE, NST__BF16, 2},
               {"torch", "DoubleStorage", STORAGE, NST__F64, 8},
               {"torch", "LongStorage", STORAGE, NST__OTHER, 8},
               {"torch", "IntStorage", STORAGE, NST__OTHER, 4},
               {"torch", "ShortStorage", STORAGE, NST__OTHER, 2},
               {"torch", "CharStorage", STORAGE, NST__OTHER, 1},
               {"torch", "ByteStorage", STORAGE, NST__OTHER, 1},
               {"torch", "BoolStorage", STORAGE, NST__OTHER, 1},
               {"torch.cuda", "FloatStorage", STORAGE, NST__F32, 4},
               {"torch.cuda", "HalfStorage", STORAGE, NST__F16, 2},
               {"torch.cuda", "DoubleStorage", STORAGE, NST__F64, 8},
               {"torch.cuda", "LongStorage", STORAGE, NST__OTHER, 8}};

static nst_status push_global(nst__pickle *p, const nst__value *module, const nst__value *name)
{
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        if (nst__text_is(module, globals[i].module) && nst__text_is(name, globals[i].name))
            return push(p, (nst__value){.count = (uint32_t)i, .kind = NST__PY_GLOBAL});
    return nst__fail(NST_ERR_UNSUPPORTED,
                     "%s: pickle: names %.*s.%.*s; expected a state dict, which needs nothing but tensors", p->file,
                     module->count < 100 ? (int)module->count : 100, module->text,
                     name->count < 100 ? (int)name->count : 100, name->text);
}

static nst_status take_line(nst__pickle *p, nst__value *out)
{
    const unsigned char *end = memchr(p->p, '\n', (size_t)(p->end - p->p) < 256 ? (size_t)(p->end - p->p) : 256);
    if (!end) return corrupt(p, "the name of a function");
    *out = (nst__value){.text = (const char *)p->p, .count = (uint32_t)(end - p->p), .kind = NST__PY_TEXT};
    p->p = end + 1;
    return NST_OK;
}

static nst_status named_by_lines(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value module, name;
    NST_TRY(take_line(p, &module));
    NST_TRY(take_line(p, &name));
    NST_TRY(push_global(p, &module, &name));
out:
    return status;
}

static nst_status named_by_stack(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value module, name;
    NST_TRY(pop(p, &name));
    NST_TRY(pop(p, &module));
    if (module.kind != NST__PY_TEXT || name.kind != NST__PY_TEXT) return corrupt(p, "the name of a function");
    NST_TRY(push_global(p, &module, &name));
out:
    return status;
}

/* Argument INDEX of a tuple, if it is of KIND. */
static const nst__value *argument(const nst__pickle *p, const nst__value *tuple, uint32_t index, nst__kind kind)
{
    if (index >= tuple->count || p->tuple[tuple->number + index].kind != kind) return NULL;
    return &p->tuple[tuple->number + index];
}

/* ('storage', type, key, device, count), in old files with a view: (key, first, count) or None. */
static nst_status push_storage(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value id;
    NST_TRY(pop(p, &id));
    if (id.kind != NST__PY_TUPLE) return corrupt(p, "a storage");
    const nst__value *word = argument(p, &id, 0, NST__PY_TEXT), *type = argument(p, &id, 1, NST__PY_GLOBAL);
    const nst__value *key = argument(p, &id, 2, NST__PY_TEXT), *count = argument(p, &id, 4, NST__PY_INT);
    const nst__value *view = argument(p, &id, 5, NST__PY_TUPLE);
    if (!word || !nst__text_is(word, "storage") || !type || globals[type->count].what != STORAGE || !key ||
        key->count > NST__STORAGE_KEY_MAX || !count || count->number < 0)
        return corrupt(p, "a storage of numbers");
    nst__storage storage = {.key = *key,
                            .type = globals[type->count].type,
                            .element = globals[type->count].element,
                            .count = (uint64_t)count->number,
                            .size = (uint64_t)count->number};
    if (view) {
        const nst__value *first = argument(p, view, 1, NST__PY_INT), *size = argument(p, view, 2, NST__PY_INT);
        if (!first || !size || first->number < 0 || size->number < 0 || first->number > count->number ||
            size->number > count->number - first->number)
            return corrupt(p, "a view that lies in its storage");
        storage.first = (uint64_t)first->number;
        storage.size = (uint64_t)size->number;
    }
    NST_TRY(grow(p, &p->storage, &p->storage_size, p->storages, sizeof *p->storage, STORAGE_MAX));
    p->storage[p->storages] = storage;
    NST_TRY(push(p, (nst__value){.count = (uint32_t)p->storages++, .kind = NST__PY_STORAGE}));
out:
    return status;
}

/* Whole numbers from 0 up; of more than NST__RANK_MAX, which no convolution has, the first. */
static bool read_sizes(const nst__pickle *p, const nst__value *tuple, uint64_t *out)
{
    for (uint32_t i = 0; i < tuple->count; i++) {
        const nst__value *size = argument(p, tuple, i, NST__PY_INT);
        if (!size || size->number < 0) return false;
        if (i < NST__RANK_MAX) out[i] = (uint64_t)size->number;
    }
    return true;
}

/* (storage, first, shape, stride, ...) */
static nst_status rebuild_tensor(nst__pickle *p, const nst__value *tuple)
{
    nst_status status = NST_OK;
    nst__window window = {.rank = 0};
    const nst__value *storage = argument(p, tuple, 0, NST__PY_STORAGE), *first = argument(p, tuple, 1, NST__PY_INT);
    const nst__value *shape = argument(p, tuple, 2, NST__PY_TUPLE), *stride = argument(p, tuple, 3, NST__PY_TUPLE);
    if (!storage || !first || first->number < 0 || !shape || !stride || shape->count != stride->count ||
        !read_sizes(p, shape, window.shape) || !read_sizes(p, stride, window.stride))
        return corrupt(p, "the storage, offset, shape and strides of a tensor");
    window.storage = storage->count;
    window.first = (uint64_t)first->number;
    window.rank = shape->count < NST__RANK_MAX ? (int)shape->count : NST__RANK_MAX;
    NST_TRY(grow(p, &p->window, &p->window_size, p->windows, sizeof *p->window, WINDOW_MAX));
    p->window[p->windows] = window;
    NST_TRY(push(p, (nst__value){.count = (uint32_t)p->windows++, .kind = NST__PY_TENSOR}));
out:
    return status;
}

/* OrderedDict(), or as Python 2 wrote it: OrderedDict([[key, value], ...]). */
static nst_status ordered_dict(nst__pickle *p, const nst__value *tuple)
{
    nst_status status = NST_OK;
    const nst__value *list = argument(p, tuple, 0, NST__PY_LIST);
    if (tuple->count > 1 || (tuple->count == 1 && !list)) return corrupt(p, "a list of keys and values");
    const uint32_t first = list ? p->chain[list->count].first : 0;
    NST_TRY(push_chain(p, NST__PY_DICT));
    for (uint32_t i = first; i; i = p->link[i].next) {
        const nst__value pair = p->link[i].value;
        nst__value key = {.kind = NST__PY_NONE}, value = key;
        if (pair.kind == NST__PY_TUPLE && pair.count == 2) {
            key = p->tuple[pair.number];
            value = p->tuple[pair.number + 1];
        } else if (pair.kind == NST__PY_LIST && p->chain[pair.count].first) {
            const struct nst__link *link = &p->link[p->chain[pair.count].first];
            key = link->value;
            value = p->link[link->next].value; /* number 0, if there is none, is None */
        }
        const nst__value dict = p->stack[p->stacked - 1];
        NST_TRY(append(p, &dict, key));
        NST_TRY(append(p, &dict, value));
    }
out:
    return status;
}

static nst_status call(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value tuple, function;
    NST_TRY(pop(p, &tuple));
    NST_TRY(pop(p, &function));
    if (function.kind != NST__PY_GLOBAL || tuple.kind != NST__PY_TUPLE)
        return corrupt(p, "a function and its arguments");
    const nst__value *tensor = argument(p, &tuple, 0, NST__PY_TENSOR);
    switch (globals[function.count].what) {
    case ORDERED_DICT: return ordered_dict(p, &tuple);
    case REBUILD_TENSOR: return rebuild_tensor(p, &tuple);
    case REBUILD_PARAMETER: return tensor ? push(p, *tensor) : corrupt(p, "the tensor of a parameter");
    default: return corrupt(p, "a function that makes a tensor");
    }
out:
    return status;
}

/* ---- The memo ---- */

static nst_status keep(nst__pickle *p, uint64_t index)
{
    if (p->stacked == 0 || p->stack[p->stacked - 1].kind == NST__PY_MARK) return corrupt(p, "a value on the stack");
    if (index >= MEMO_MAX)
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: more than %d values to remember", p->file, MEMO_MAX);
    while (p->memoized <= index) {
        nst_status status = grow(p, &p->memo, &p->memo_size, p->memoized, sizeof *p->memo, MEMO_MAX);
        if (status != NST_OK) return status;
        p->memo[p->memoized++] = (nst__value){.kind = NST__PY_MARK}; /* nothing yet */
    }
    p->memo[index] = p->stack[p->stacked - 1];
    return NST_OK;
}

static nst_status keep_as(nst__pickle *p, int bytes)
{
    uint64_t index;
    nst_status status = take_number(p, bytes, &index);
    return status == NST_OK ? keep(p, index) : status;
}

static nst_status recall(nst__pickle *p, int bytes)
{
    uint64_t index;
    nst_status status = take_number(p, bytes, &index);
    if (status != NST_OK) return status;
    if (index >= p->memoized || p->memo[index].kind == NST__PY_MARK) return corrupt(p, "a value that is remembered");
    return push(p, p->memo[index]);
}

/* ---- The program ---- */

static nst_status push_signed(nst__pickle *p)
{
    uint64_t bits;
    nst_status status = take_number(p, 4, &bits);
    return status == NST_OK ? push_int(p, bits < 0x80000000 ? (int64_t)bits : (int64_t)bits - 0x100000000) : status;
}

static nst_status push_unsigned(nst__pickle *p, int bytes)
{
    uint64_t number;
    nst_status status = take_number(p, bytes, &number);
    return status == NST_OK ? push_int(p, (int64_t)number) : status;
}

static nst_status skip(nst__pickle *p, uint64_t bytes)
{
    const unsigned char *data;
    return take(p, bytes, &data);
}

static nst_status drop(nst__pickle *p)
{
    nst__value value;
    return pop(p, &value);
}

/* The state of an OrderedDict is its _metadata: dropped. */
static nst_status build(nst__pickle *p)
{
    nst_status status = drop(p);
    if (status == NST_OK && (p->stacked == 0 || p->stack[p->stacked - 1].kind != NST__PY_DICT))
        return corrupt(p, "a dict to build");
    return status;
}

static nst_status tuple_from_mark(nst__pickle *p)
{
    size_t start;
    nst_status status = find_mark(p, &start);
    return status == NST_OK ? make_tuple(p, start, start - 1) : status;
}

/* The names are those of Python's pickletools. */
static nst_status step(nst__pickle *p, unsigned opcode)
{
    switch (opcode) {
    case 0x80: return skip(p, 1);                                               /* PROTO */
    case 0x95: return skip(p, 8);                                               /* FRAME */
    case '(': return push(p, (nst__value){.kind = NST__PY_MARK});               /* MARK */
    case '0': return drop(p);                                                   /* POP */
    case 'N': return push(p, (nst__value){.kind = NST__PY_NONE});               /* NONE */
    case 0x88: return push(p, (nst__value){.number = 1, .kind = NST__PY_BOOL}); /* NEWTRUE */
    case 0x89: return push(p, (nst__value){.kind = NST__PY_BOOL});              /* NEWFALSE */
    case 'J': return push_signed(p);                                            /* BININT */
    case 'K': return push_unsigned(p, 1);                                       /* BININT1 */
    case 'M': return push_unsigned(p, 2);                                       /* BININT2 */
    case 0x8a: return push_long(p);                                             /* LONG1 */
    case 'G': {                                                                 /* BINFLOAT */
        nst_status status = skip(p, 8);
        return status == NST_OK ? push(p, (nst__value){.kind = NST__PY_OTHER}) : status;
    }
    case 'X':                                               /* BINUNICODE */
    case 'T':                                               /* BINSTRING */
    case 'B': return push_text(p, 4);                       /* BINBYTES */
    case 'U':                                               /* SHORT_BINSTRING */
    case 'C':                                               /* SHORT_BINBYTES */
    case 0x8c: return push_text(p, 1);                      /* SHORT_BINUNICODE */
    case 0x8d: return push_text(p, 8);                      /* BINUNICODE8 */
    case ')': return make_tuple(p, p->stacked, p->stacked); /* EMPTY_TUPLE */
    case 0x85: return tuple_of(p, 1);                       /* TUPLE1 */
    case 0x86: return tuple_of(p, 2);                       /* TUPLE2 */
    case 0x87: return tuple_of(p, 3);                       /* TUPLE3 */
    case 't': return tuple_from_mark(p);                    /* TUPLE */
    case ']': return push_chain(p, NST__PY_LIST);           /* EMPTY_LIST */
    case '}': return push_chain(p, NST__PY_DICT);           /* EMPTY_DICT */
    case 'a': return extend_by(p, 1, NST__PY_LIST);         /* APPEND */
    case 's': return extend_by(p, 2, NST__PY_DICT);         /* SETITEM */
    case 'e': return extend_from_mark(p, NST__PY_LIST);     /* APPENDS */
    case 'u': return extend_from_mark(p, NST__PY_DICT);     /* SETITEMS */
    case 'c': return named_by_lines(p);                     /* GLOBAL */
    case 0x93: return named_by_stack(p);                    /* STACK_GLOBAL */
    case 'R': return call(p);                               /* REDUCE */
    case 'b': return build(p);                              /* BUILD */
    case 'Q': return push_storage(p);                       /* BINPERSID */
    case 'q': return keep_as(p, 1);                         /* BINPUT */
    case 'r': return keep_as(p, 4);                         /* LONG_BINPUT */
    case 0x94: return keep(p, p->memoized);                 /* MEMOIZE */
    case 'h': return recall(p, 1);                          /* BINGET */
    case 'j': return recall(p, 4);                          /* LONG_BINGET */
    default:
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: opcode 0x%02x at byte %zu is none that state dicts use",
                         p->file, opcode, (size_t)(p->p - p->start) - 1);
    }
}

nst_status nst__pickle_run(nst__pickle *p, const char *file, const unsigned char *data, size_t size)
{
    nst_status status = NST_OK;
    p->file = file;
    p->start = p->p = data;
    p->end = data + size;
    p->stacked = p->memoized = p->tuples = p->links = p->chains = p->storages = p->windows = 0;
    while (p->p < p->end && *p->p != '.')
        NST_TRY(step(p, *p->p++));
    NST_TRY(skip(p, 1));
    NST_TRY(pop(p, &p->root));
out:
    return status;
}

void nst__pickle_release(nst__pickle *p)
{
    nst__free(p->stack);
    nst__free(p->memo);
    nst__free(p->tuple);
    nst__free(p->link);
    nst__free(p->chain);
    nst__free(p->storage);
    nst__free(p->window);
    *p = (nst__pickle){0};
}
