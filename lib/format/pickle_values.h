/*
 * The values of a pickle and the tables that hold them: stack, memo, tuples, lists and dicts. Each function that adds
 * to a table fails if the table is full.
 */
#ifndef NST_FORMAT_PICKLE_VALUES_H
#define NST_FORMAT_PICKLE_VALUES_H

#include "format/table.h"

typedef enum nst__kind {
    NST__PY_NONE,
    NST__PY_MARK, /* only on the stack */
    NST__PY_BOOL,
    NST__PY_INT,
    NST__PY_TEXT,   /* text or bytes, at most NST__TEXT_MAX of them */
    NST__PY_LONG,   /* longer text, and integers of more than 64 bits: at, count */
    NST__PY_OTHER,  /* a float, a set, or the result of an unknown function; then TEXT is its name */
    NST__PY_TUPLE,  /* number: index of its first value; count: its values */
    NST__PY_LIST,   /* count: index of its chain */
    NST__PY_DICT,   /* the same, with keys and values in turn */
    NST__PY_GLOBAL, /* a function or a class. TEXT: its name; count: its index among the known ones */
    NST__PY_STORAGE,
    NST__PY_DTYPE, /* a type of NumPy. DTYPE: shared by all copies of the value */
    NST__PY_TENSOR
} nst__kind;

typedef struct nst__value {
    union {
        int64_t number;
        uint64_t at;      /* in the file */
        const char *text; /* ends with a NUL */
        struct nst__dtype *dtype;
    };
    uint32_t count; /* of text: its bytes; else an index */
    nst__kind kind;
} nst__value;

#define NST__TEXT_MAX        255
#define NST__STORAGE_KEY_MAX 32 /* bytes; the keys of torch are integers */

/* An array of numbers, usually outside the pickle. */
typedef struct nst__storage {
    nst__value key; /* TEXT, of at most NST__STORAGE_KEY_MAX bytes */
    nst__type type;
    unsigned element;          /* bytes of a number */
    uint64_t count;            /* numbers in it */
    uint64_t first, size;      /* the used part, in numbers: all of it, except for the views of old files */
    const nst__source *source; /* where it is, set by the reader of the file; NULL: the table's source */
    uint64_t at;               /* position in that source, in bytes */
    const char *few;           /* or its bytes in memory, if they are few */
    bool found;
} nst__storage;

/* NumPy's type of numbers. */
typedef struct nst__dtype {
    nst__type type;
    unsigned element; /* bytes of a number */
    bool swapped;     /* big-endian */
    bool objects;     /* Python objects instead of numbers */
} nst__dtype;

/* A tensor is a view into a storage. */
typedef struct nst__view {
    uint32_t storage;
    bool array;       /* of NumPy */
    uint32_t objects; /* of an array of Python objects: 1 + the index of their chain; else 0 */
    int rank;
    uint64_t first, shape[NST__RANK_MAX], stride[NST__RANK_MAX];
    const char *fault; /* why it cannot be read, or NULL */
} nst__view;

typedef struct nst__pickle {
    const nst__source *source;
    uint64_t start, at, end; /* of the program in the source; AT: the next byte to read */
    nst__value root;

    nst__arena arena;     /* texts */
    unsigned char *piece; /* the part of the program in memory */
    uint64_t piece_at;
    size_t piece_size;

    nst__value *stack, *memo, *tuple; /* tuple: the values of all tuples */
    struct nst__link {
        nst__value value;
        uint32_t next; /* 0: none */
    } * link;          /* of all lists and dicts; link 0 is not used by any */
    struct nst__chain {
        uint32_t first, last;
    } * chain;
    nst__storage *storage;
    nst__view *view;
    size_t stacked, stack_size, memoized, memo_size, tuples, tuple_size, links, link_size, chains, chain_size;
    size_t storages, storage_size, views, view_size;
} nst__pickle;

void nst__pickle_release(nst__pickle *pickle);

/* The value of KEY in DICT, or NULL. */
const nst__value *nst__pickle_get(const nst__pickle *pickle, const nst__value *dict, const char *key);
bool nst__text_is(const nst__value *value, const char *text);

/* "expected EXPECTED at byte ..." */
nst_status nst__pickle_corrupt(const nst__pickle *p, const char *expected);

/* Makes room for one more element of SIZE bytes after COUNT of them. ARRAY: the address of the table's pointer. */
nst_status nst__pickle_grow(const nst__pickle *p, void *array, size_t *capacity, size_t count, size_t size,
                            size_t most);

nst_status nst__pickle_push(nst__pickle *p, nst__value value);
nst_status nst__pickle_pop(nst__pickle *p, nst__value *out); /* a mark is not a value */

/* The index of the first value above the last mark; 0 if there is no mark. */
size_t nst__pickle_marked(const nst__pickle *p);

/* Makes a tuple of the values from START on. It replaces the stack from BELOW on. */
nst_status nst__pickle_tuple(nst__pickle *p, size_t start, size_t below);

/* Pushes an empty list or dict. */
nst_status nst__pickle_chain(nst__pickle *p, nst__kind kind);
nst_status nst__pickle_append(nst__pickle *p, const nst__value *list, nst__value value);

/* Moves the values from START on into the list or dict just below BELOW, which becomes the new end of the stack. */
nst_status nst__pickle_extend(nst__pickle *p, size_t start, size_t below, nst__kind kind);

/* Stores the top of the stack in the memo as number INDEX. */
nst_status nst__pickle_keep(nst__pickle *p, uint64_t index);

/* Value INDEX of a tuple if it has kind KIND, else NULL. */
const nst__value *nst__pickle_argument(const nst__pickle *p, const nst__value *tuple, uint32_t index, nst__kind kind);
/* Reads a tuple of integers >= 0. Of more than NST__RANK_MAX, which no convolution has, only the first are stored. */
bool nst__pickle_sizes(const nst__pickle *p, const nst__value *tuple, uint64_t *out);
/* These add a record and return its index. */
nst_status nst__pickle_add_storage(nst__pickle *p, const nst__storage *storage, uint32_t *index);
nst_status nst__pickle_add_view(nst__pickle *p, const nst__view *view, uint32_t *index);

#endif
