/*
 * The values of a pickle and the tables that hold them: stack, memo, tuples, lists and dicts. Each function that adds to a
 * table fails where that table is full.
 */
#ifndef NST_FORMAT_PICKLE_VALUES_H
#define NST_FORMAT_PICKLE_VALUES_H

#include "format/table.h"

typedef enum nst__kind {
    NST__PY_NONE,
    NST__PY_MARK, /* never outside of the stack */
    NST__PY_BOOL,
    NST__PY_INT,
    NST__PY_TEXT,   /* also bytes; at most NST__TEXT_MAX of them */
    NST__PY_LONG,   /* longer text, and whole numbers of more than 64 bits: at, count */
    NST__PY_OTHER,  /* a float, a set, what a function makes that is not known here; then TEXT is its name */
    NST__PY_TUPLE,  /* number: where its values start; count */
    NST__PY_LIST,   /* count: which chain */
    NST__PY_DICT,   /* likewise, keys and values in turn */
    NST__PY_GLOBAL, /* a function or a class, TEXT its name. count: which of those that are known */
    NST__PY_STORAGE,
    NST__PY_DTYPE, /* DTYPE: NumPy's, shared by all copies of the value */
    NST__PY_TENSOR
} nst__kind;

typedef struct nst__value {
    union {
        int64_t number;
        uint64_t at;      /* in the file */
        const char *text; /* with a NUL behind it */
        struct nst__dtype *dtype;
    };
    uint32_t count; /* of text: bytes; else an index */
    nst__kind kind;
} nst__value;

#define NST__TEXT_MAX        255
#define NST__STORAGE_KEY_MAX 32 /* bytes; torch uses whole numbers */

/* An array of numbers that lies outside of the pickle. */
typedef struct nst__storage {
    nst__value key; /* TEXT, of at most NST__STORAGE_KEY_MAX bytes */
    nst__type type;
    unsigned element;          /* bytes of a number */
    uint64_t count;            /* numbers in it */
    uint64_t first, size;      /* what of it is meant, in numbers: all, but for the views of old files */
    const nst__source *source; /* where it is, for the reader of the file to find; NULL: in the table's */
    uint64_t at;               /* in that, in bytes */
    const char *few;           /* or a few bytes that are in memory */
    bool found;
} nst__storage;

/* NumPy's type of numbers. */
typedef struct nst__dtype {
    nst__type type;
    unsigned element; /* bytes of a number */
    bool swapped;     /* big-endian */
    bool objects;     /* no numbers, but Python's values */
} nst__dtype;

/* A tensor is a view into a storage. */
typedef struct nst__view {
    uint32_t storage;
    bool array;       /* of NumPy */
    uint32_t objects; /* of an array of Python's values: the chain with them, 1 more than its index; else 0 */
    int rank;
    uint64_t first, shape[NST__RANK_MAX], stride[NST__RANK_MAX];
    const char *fault; /* why it is none that can be read, or NULL */
} nst__view;

typedef struct nst__pickle {
    const nst__source *source;
    uint64_t start, at, end; /* of the program in the source; AT is what is read next */
    nst__value root;

    nst__arena arena;     /* texts */
    unsigned char *piece; /* the part of the program that is in memory */
    uint64_t piece_at;
    size_t piece_size;

    nst__value *stack, *memo, *tuple; /* tuple: the values of all tuples */
    struct nst__link {
        nst__value value;
        uint32_t next; /* 0: the last */
    } * link;          /* of all lists and dicts; number 0 is not used */
    struct nst__chain {
        uint32_t first, last;
    } * chain;
    nst__storage *storage;
    nst__view *view;
    size_t stacked, stack_size, memoized, memo_size, tuples, tuple_size, links, link_size, chains, chain_size;
    size_t storages, storage_size, views, view_size;
} nst__pickle;

void nst__pickle_release(nst__pickle *pickle);

/* The value of a key of a dict, or NULL. */
const nst__value *nst__pickle_get(const nst__pickle *pickle, const nst__value *dict, const char *key);
bool nst__text_is(const nst__value *value, const char *text);

/* "expected EXPECTED at byte ..." */
nst_status nst__pickle_corrupt(const nst__pickle *p, const char *expected);

/* Room for one more element of SIZE bytes behind COUNT; ARRAY: the address of the table's pointer. */
nst_status nst__pickle_grow(const nst__pickle *p, void *array, size_t *capacity, size_t count, size_t size,
                            size_t most);

nst_status nst__pickle_push(nst__pickle *p, nst__value value);
nst_status nst__pickle_pop(nst__pickle *p, nst__value *out); /* a mark is no value */

/* Where the values above the last mark start; 0: there is no mark. */
size_t nst__pickle_marked(const nst__pickle *p);

/* Replaces the stack from BELOW on by a tuple of what stands from START on. */
nst_status nst__pickle_tuple(nst__pickle *p, size_t start, size_t below);

/* Pushes an empty list or dict. */
nst_status nst__pickle_chain(nst__pickle *p, nst__kind kind);
nst_status nst__pickle_append(nst__pickle *p, const nst__value *list, nst__value value);

/* Moves the stack from START on into the list or dict below BELOW. */
nst_status nst__pickle_extend(nst__pickle *p, size_t start, size_t below, nst__kind kind);

/* Remembers the top of the stack as number INDEX. */
nst_status nst__pickle_keep(nst__pickle *p, uint64_t index);

/* Argument INDEX of a tuple, if it is of KIND, else NULL. */
const nst__value *nst__pickle_argument(const nst__pickle *p, const nst__value *tuple, uint32_t index, nst__kind kind);
/* Whole numbers from 0 up; of more than NST__RANK_MAX, which no convolution has, the first. */
bool nst__pickle_sizes(const nst__pickle *p, const nst__value *tuple, uint64_t *out);
/* Keep a record, and give its index. */
nst_status nst__pickle_add_storage(nst__pickle *p, const nst__storage *storage, uint32_t *index);
nst_status nst__pickle_add_view(nst__pickle *p, const nst__view *view, uint32_t *index);

#endif
