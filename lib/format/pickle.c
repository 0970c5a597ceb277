/*
 * The program in a pickle, opcode by opcode: https://github.com/python/cpython, Lib/pickletools.py
 */
#include "format/pickle.h"

#include "base/alloc.h"
#include "format/pickle_calls.h"
#include "format/pickle_numpy.h"

#include <inttypes.h>
#include <string.h>

enum {
    PIECE = 4096,       /* bytes of the program in memory at once */
    TEXTS_MAX = 1 << 20 /* bytes of all texts */
};

/* ---- Arguments of opcodes ---- */

/* The next SIZE bytes, at most PIECE, without advancing. Valid until the next call. */
static nst_status look(nst__pickle *p, uint64_t size, const unsigned char **out)
{
    const nst__source *source = p->source;
    if (size > p->end - p->at) return nst__pickle_corrupt(p, "more bytes (a file cut short?)");
    if (source->bytes) {
        *out = source->bytes + p->at;
        return NST_OK;
    }
    if (p->at < p->piece_at || p->at + size > p->piece_at + p->piece_size) {
        const uint64_t left = p->end - p->at;
        const size_t wanted = left < PIECE ? (size_t)left : PIECE;
        if (!p->piece && !(p->piece = nst__alloc(PIECE, 1))) return NST_ERR_OUT_OF_MEMORY;
        p->piece_size = 0;
        nst_status status = nst__source_read(source, p->at, p->piece, wanted);
        if (status != NST_OK) return status;
        p->piece_at = p->at;
        p->piece_size = wanted;
    }
    *out = p->piece + (p->at - p->piece_at);
    return NST_OK;
}

static nst_status take(nst__pickle *p, uint64_t size, const unsigned char **out)
{
    nst_status status = look(p, size, out);
    if (status == NST_OK) p->at += size;
    return status;
}

static nst_status skip(nst__pickle *p, uint64_t bytes)
{
    if (bytes > p->end - p->at) return nst__pickle_corrupt(p, "more bytes (a file cut short?)");
    p->at += bytes;
    return NST_OK;
}

/* Reads an unsigned number of 1, 2, 4 or 8 bytes. */
static nst_status take_number(nst__pickle *p, int bytes, uint64_t *out)
{
    const unsigned char *data;
    nst_status status = take(p, (uint64_t)bytes, &data);
    *out = 0;
    for (int i = 0; status == NST_OK && i < bytes; i++)
        *out |= (uint64_t)data[i] << 8 * i;
    return status;
}

/* Pushes SIZE bytes of text. Text that is too long for a name stays in the file. */
static nst_status push_bytes(nst__pickle *p, uint64_t size)
{
    nst_status status = NST_OK;
    const unsigned char *data;
    nst__value value = {.count = (uint32_t)size, .kind = size > NST__TEXT_MAX ? NST__PY_LONG : NST__PY_TEXT};
    if (size > UINT32_MAX) return size > p->end - p->at ? skip(p, size) : nst__pickle_corrupt(p, "shorter text");
    if (value.kind == NST__PY_LONG) {
        value.at = p->at;
        NST_TRY(skip(p, size));
    } else {
        NST_TRY(take(p, size, &data));
        value.text = nst__arena_text(&p->arena, (const char *)data, (size_t)size);
        if (!value.text) return p->arena.status;
    }
    NST_TRY(nst__pickle_push(p, value));
out:
    return status;
}

/* Pushes text that follows its length, a number of BYTES bytes. */
static nst_status push_text(nst__pickle *p, int bytes)
{
    uint64_t size;
    nst_status status = take_number(p, bytes, &size);
    return status == NST_OK ? push_bytes(p, size) : status;
}

/* Pushes a value that has a kind and nothing else. */
static nst_status push_kind(nst__pickle *p, nst__kind kind)
{
    return nst__pickle_push(p, (nst__value){.kind = kind});
}

static nst_status push_int(nst__pickle *p, int64_t number)
{
    return nst__pickle_push(p, (nst__value){.number = number, .kind = NST__PY_INT});
}

/* Pushes an integer in two's complement that follows its length, a number of BYTES bytes. An integer of more than 64
 * bits is kept as bytes. */
static nst_status push_long(nst__pickle *p, int bytes)
{
    nst_status status = NST_OK;
    const unsigned char *data;
    uint64_t size, bits = 0;
    int64_t number;
    NST_TRY(take_number(p, bytes, &size));
    if (size > 8) return push_bytes(p, size);
    NST_TRY(take(p, size, &data));
    for (uint64_t i = 0; i < size; i++)
        bits |= (uint64_t)data[i] << 8 * i;
    if (size > 0 && size < 8 && data[size - 1] & 0x80) bits |= UINT64_MAX << 8 * size;
    memcpy(&number, &bits, sizeof number);
    NST_TRY(push_int(p, number));
out:
    return status;
}

/* ---- Moving the top of the stack into a container ---- */

static nst_status extend_from_mark(nst__pickle *p, nst__kind kind)
{
    const size_t start = nst__pickle_marked(p);
    return start ? nst__pickle_extend(p, start, start - 1, kind) : nst__pickle_corrupt(p, "a mark on the stack");
}

static nst_status extend_by(nst__pickle *p, size_t count, nst__kind kind)
{
    if (p->stacked - nst__pickle_marked(p) < count + 1) return nst__pickle_corrupt(p, "values on the stack");
    return nst__pickle_extend(p, p->stacked - count, p->stacked - count, kind);
}

static nst_status tuple_of(nst__pickle *p, size_t count)
{
    if (p->stacked < count) return nst__pickle_corrupt(p, "values on the stack");
    return nst__pickle_tuple(p, p->stacked - count, p->stacked - count);
}

static nst_status tuple_from_mark(nst__pickle *p)
{
    const size_t start = nst__pickle_marked(p);
    return start ? nst__pickle_tuple(p, start, start - 1) : nst__pickle_corrupt(p, "a mark on the stack");
}

/* ---- Names of functions ---- */

static nst_status take_line(nst__pickle *p, nst__value *out)
{
    const uint64_t left = p->end - p->at, most = left < NST__TEXT_MAX + 1 ? left : NST__TEXT_MAX + 1;
    const unsigned char *data;
    nst_status status = look(p, most, &data);
    if (status != NST_OK) return status;
    const unsigned char *end = memchr(data, '\n', (size_t)most);
    if (!end) return nst__pickle_corrupt(p, "the name of a function");
    const size_t size = (size_t)(end - data);
    *out = (nst__value){
        .text = nst__arena_text(&p->arena, (const char *)data, size), .count = (uint32_t)size, .kind = NST__PY_TEXT};
    p->at += size + 1;
    return out->text ? NST_OK : p->arena.status;
}

static nst_status named_by_lines(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value module, name;
    NST_TRY(take_line(p, &module));
    NST_TRY(take_line(p, &name));
    NST_TRY(nst__pickle_name(p, &module, &name));
out:
    return status;
}

static nst_status named_by_stack(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value module, name;
    NST_TRY(nst__pickle_pop(p, &name));
    NST_TRY(nst__pickle_pop(p, &module));
    if (module.kind != NST__PY_TEXT || name.kind != NST__PY_TEXT)
        return nst__pickle_corrupt(p, "the name of a function");
    NST_TRY(nst__pickle_name(p, &module, &name));
out:
    return status;
}

/* ---- The memo ---- */

static nst_status keep_as(nst__pickle *p, int bytes)
{
    uint64_t index;
    nst_status status = take_number(p, bytes, &index);
    return status == NST_OK ? nst__pickle_keep(p, index) : status;
}

static nst_status recall(nst__pickle *p, int bytes)
{
    uint64_t index;
    nst_status status = take_number(p, bytes, &index);
    if (status != NST_OK) return status;
    if (index >= p->memoized || p->memo[index].kind == NST__PY_MARK)
        return nst__pickle_corrupt(p, "a value that is remembered");
    return nst__pickle_push(p, p->memo[index]);
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

static nst_status drop(nst__pickle *p)
{
    nst__value value;
    return nst__pickle_pop(p, &value);
}

/* Drops the values above the mark: the members of a set. */
static nst_status drop_from_mark(nst__pickle *p)
{
    const size_t start = nst__pickle_marked(p);
    if (!start) return nst__pickle_corrupt(p, "a mark on the stack");
    p->stacked = start - 1;
    return NST_OK;
}

/* Applies the state of an object. Only NumPy's types and arrays need theirs: an array is empty before it. The state of
 * an OrderedDict is its _metadata; it is dropped, like that of other objects. */
static nst_status build(nst__pickle *p)
{
    nst_status status = NST_OK;
    nst__value state;
    NST_TRY(nst__pickle_pop(p, &state));
    const nst__value object = p->stacked ? p->stack[p->stacked - 1] : (nst__value){.kind = NST__PY_MARK};
    switch (object.kind) {
    case NST__PY_DTYPE: return state.kind == NST__PY_TUPLE ? nst__pickle_set_dtype(p, &object, &state) : NST_OK;
    case NST__PY_TENSOR:
        return state.kind == NST__PY_TUPLE && p->view[object.count].array ? nst__pickle_set_array(p, &object, &state)
                                                                          : NST_OK;
    case NST__PY_DICT:
    case NST__PY_OTHER: return NST_OK;
    default: return nst__pickle_corrupt(p, "a dict to build");
    }
out:
    return status;
}

/* Makes an object from COUNT values: the class and the arguments of its constructor. */
static nst_status make_new(nst__pickle *p, size_t count)
{
    if (p->stacked - nst__pickle_marked(p) < count) return nst__pickle_corrupt(p, "a class and its arguments");
    return nst__pickle_make_opaque(p, p->stacked - count);
}

/* Makes an object from the values above a mark: the class, unless it is NAMED in the program, and its arguments. */
static nst_status make_from_mark(nst__pickle *p, bool named)
{
    nst_status status = NST_OK;
    const size_t start = nst__pickle_marked(p);
    if (!start) return nst__pickle_corrupt(p, "a mark on the stack");
    if (named) {
        p->stacked = start;
        NST_TRY(named_by_lines(p));
    }
    if (p->stacked == start) return nst__pickle_corrupt(p, "a class and its arguments");
    NST_TRY(nst__pickle_make_opaque(p, start));
    p->stack[start - 1] = p->stack[start]; /* replaces the mark */
    p->stacked = start;
out:
    return status;
}

/* The names in the comments are those of Python's pickletools. */
static nst_status step(nst__pickle *p, unsigned opcode)
{
    switch (opcode) {
    case 0x80: return skip(p, 1);                                                           /* PROTO */
    case 0x95: return skip(p, 8);                                                           /* FRAME */
    case '(': return push_kind(p, NST__PY_MARK);                                            /* MARK */
    case '0': return drop(p);                                                               /* POP */
    case 'N': return push_kind(p, NST__PY_NONE);                                            /* NONE */
    case 0x88: return nst__pickle_push(p, (nst__value){.number = 1, .kind = NST__PY_BOOL}); /* NEWTRUE */
    case 0x89: return push_kind(p, NST__PY_BOOL);                                           /* NEWFALSE */
    case 'J': return push_signed(p);                                                        /* BININT */
    case 'K': return push_unsigned(p, 1);                                                   /* BININT1 */
    case 'M': return push_unsigned(p, 2);                                                   /* BININT2 */
    case 0x8a: return push_long(p, 1);                                                      /* LONG1 */
    case 0x8b: return push_long(p, 4);                                                      /* LONG4 */
    case 'G': {                                                                             /* BINFLOAT */
        nst_status status = skip(p, 8);
        return status == NST_OK ? push_kind(p, NST__PY_OTHER) : status;
    }
    case 'X':                                                      /* BINUNICODE */
    case 'T':                                                      /* BINSTRING */
    case 'B': return push_text(p, 4);                              /* BINBYTES */
    case 'U':                                                      /* SHORT_BINSTRING */
    case 'C':                                                      /* SHORT_BINBYTES */
    case 0x8c: return push_text(p, 1);                             /* SHORT_BINUNICODE */
    case 0x8d:                                                     /* BINUNICODE8 */
    case 0x8e:                                                     /* BINBYTES8 */
    case 0x96: return push_text(p, 8);                             /* BYTEARRAY8 */
    case ')': return nst__pickle_tuple(p, p->stacked, p->stacked); /* EMPTY_TUPLE */
    case 0x85: return tuple_of(p, 1);                              /* TUPLE1 */
    case 0x86: return tuple_of(p, 2);                              /* TUPLE2 */
    case 0x87: return tuple_of(p, 3);                              /* TUPLE3 */
    case 't': return tuple_from_mark(p);                           /* TUPLE */
    case ']': return nst__pickle_chain(p, NST__PY_LIST);           /* EMPTY_LIST */
    case '}': return nst__pickle_chain(p, NST__PY_DICT);           /* EMPTY_DICT */
    case 'a': return extend_by(p, 1, NST__PY_LIST);                /* APPEND */
    case 's': return extend_by(p, 2, NST__PY_DICT);                /* SETITEM */
    case 'e': return extend_from_mark(p, NST__PY_LIST);            /* APPENDS */
    case 'u': return extend_from_mark(p, NST__PY_DICT);            /* SETITEMS */
    case 'c': return named_by_lines(p);                            /* GLOBAL */
    case 0x93: return named_by_stack(p);                           /* STACK_GLOBAL */
    case 'R': return nst__pickle_call(p);                          /* REDUCE */
    case 0x81: return make_new(p, 2);                              /* NEWOBJ */
    case 0x92: return make_new(p, 3);                              /* NEWOBJ_EX */
    case 'o': return make_from_mark(p, false);                     /* OBJ */
    case 'i': return make_from_mark(p, true);                      /* INST */
    case 0x8f: return push_kind(p, NST__PY_OTHER);                 /* EMPTY_SET */
    case 0x90: return drop_from_mark(p);                           /* ADDITEMS */
    case 0x91: {                                                   /* FROZENSET */
        nst_status status = drop_from_mark(p);
        return status == NST_OK ? push_kind(p, NST__PY_OTHER) : status;
    }
    case 'b': return build(p);                          /* BUILD */
    case 'Q': return nst__pickle_storage(p);            /* BINPERSID */
    case 'q': return keep_as(p, 1);                     /* BINPUT */
    case 'r': return keep_as(p, 4);                     /* LONG_BINPUT */
    case 0x94: return nst__pickle_keep(p, p->memoized); /* MEMOIZE */
    case 'h': return recall(p, 1);                      /* BINGET */
    case 'j': return recall(p, 4);                      /* LONG_BINGET */
    default:
        return nst__fail(NST_ERR_UNSUPPORTED, "%s: pickle: opcode 0x%02x at byte %" PRIu64 " is none that torch writes",
                         p->source->name, opcode, p->at - p->start - 1);
    }
}

nst_status nst__pickle_run(nst__pickle *p, const nst__source *source, uint64_t at, uint64_t size)
{
    nst_status status = NST_OK;
    p->source = source;
    p->start = p->at = at;
    p->end = at + size;
    p->arena.name = source->name;
    p->arena.most = TEXTS_MAX;
    p->stacked = p->memoized = p->tuples = p->links = p->chains = p->storages = p->views = 0;
    for (;;) {
        const unsigned char *opcode;
        NST_TRY(take(p, 1, &opcode));
        if (*opcode == '.') break;
        NST_TRY(step(p, *opcode));
    }
    NST_TRY(nst__pickle_pop(p, &p->root));
out:
    return status;
}
