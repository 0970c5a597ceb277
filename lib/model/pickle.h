/*
 * Python's pickles as state dicts use them: a reader that builds dicts, lists, tuples, numbers, text, and
 * records of tensors, and nothing else. A pickle is a program; one that names any function beyond the few
 * that rebuild tensors is refused. Everything is bounded: a full table is an error.
 */
#ifndef NST_MODEL_PICKLE_H
#define NST_MODEL_PICKLE_H

#include "model/weights.h"

typedef enum nst__kind {
    NST__PY_NONE,
    NST__PY_MARK, /* never outside of the stack */
    NST__PY_BOOL,
    NST__PY_INT,
    NST__PY_TEXT,   /* also bytes, and whole numbers of more than 64 bits */
    NST__PY_OTHER,  /* a float, a set: nothing that is looked into */
    NST__PY_TUPLE,  /* number: where its values start; count */
    NST__PY_LIST,   /* count: which chain */
    NST__PY_DICT,   /* likewise, keys and values in turn */
    NST__PY_GLOBAL, /* count: which of the allowed */
    NST__PY_STORAGE,
    NST__PY_TENSOR
} nst__kind;

typedef struct nst__value {
    union {
        int64_t number;
        const char *text;
    };
    uint32_t count; /* of TEXT: bytes; else an index */
    nst__kind kind;
} nst__value;

#define NST__STORAGE_KEY_MAX 32 /* bytes; torch uses whole numbers */

/* An array of numbers that lies outside of the pickle. */
typedef struct nst__storage {
    nst__value key; /* TEXT, of at most NST__STORAGE_KEY_MAX bytes */
    nst__type type;
    unsigned element;          /* bytes of a number */
    uint64_t count;            /* numbers in it */
    uint64_t first, size;      /* what of it is meant, in numbers: all, but for the views of old files */
    const unsigned char *data; /* for the file's reader to find */
} nst__storage;

/* A tensor is a window of a storage. */
typedef struct nst__window {
    uint32_t storage;
    int rank;
    uint64_t first, shape[NST__RANK_MAX], stride[NST__RANK_MAX];
} nst__window;

typedef struct nst__pickle {
    const char *file; /* for messages */
    const unsigned char *start, *p, *end;
    nst__value root;

    nst__value *stack, *memo, *tuple; /* tuple: the values of all tuples */
    struct nst__link {
        nst__value value;
        uint32_t next; /* 0: the last */
    } * link;          /* of all lists and dicts; number 0 is not used */
    struct nst__chain {
        uint32_t first, last;
    } * chain;
    nst__storage *storage;
    nst__window *window;
    size_t stacked, stack_size, memoized, memo_size, tuples, tuple_size, links, link_size, chains, chain_size;
    size_t storages, storage_size, windows, window_size;
} nst__pickle;

/* Runs the pickle that starts at DATA, at most SIZE bytes; pickle.p is then behind it. Start with zeroes,
 * always release. */
nst_status nst__pickle_run(nst__pickle *pickle, const char *file, const unsigned char *data, size_t size);
void nst__pickle_release(nst__pickle *pickle);

/* The value of a key of a dict, or NULL. */
const nst__value *nst__pickle_get(const nst__pickle *pickle, const nst__value *dict, const char *key);
bool nst__text_is(const nst__value *value, const char *text);

/* Where the numbers of a storage are: all COUNT of them lie in the file. */
typedef nst_status (*nst__storage_fn)(void *user, const nst__storage *storage, const unsigned char **data);

/* Hands the tensors of the state dict, plain or wrapped, to nst__weights_add(). */
nst_status nst__pickle_tensors(const nst__pickle *pickle, nst__weights *out, nst__storage_fn locate, void *user);

#endif
