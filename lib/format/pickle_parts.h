/*
 * What the files of the pickle reader share: its tables and what is done to them. Any of these fails where its
 * table is full.
 */
#ifndef NST_FORMAT_PICKLE_PARTS_H
#define NST_FORMAT_PICKLE_PARTS_H

#include "format/pickle.h"

/* Full tables take some five megabytes together, and hold checkpoints of four thousand tensors. */
enum {
    STACK_MAX = 8192,
    MEMO_MAX = 65536,
    TUPLE_MAX = 98304,
    LINK_MAX = 65536,
    CHAIN_MAX = 16384,
    STORAGE_MAX = 4608,
    WINDOW_MAX = 4096,
    TEXTS_MAX = 1 << 20 /* bytes */
};

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

/* Pushes the function of that name. */
nst_status nst__pickle_name(nst__pickle *p, const nst__value *module, const nst__value *name);

/* Replaces a function and the tuple of its arguments by what it returns. */
nst_status nst__pickle_call(nst__pickle *p);

/* Replaces the values above the last mark, or a class and the COUNT values above it, by an opaque value of that class:
 * the class is the first of them. */
nst_status nst__pickle_make_opaque(nst__pickle *p, size_t start);

/* Replaces the tuple that names a storage by the storage. */
nst_status nst__pickle_storage(nst__pickle *p);

/* Argument INDEX of a tuple, if it is of KIND, else NULL. */
const nst__value *nst__pickle_argument(const nst__pickle *p, const nst__value *tuple, uint32_t index, nst__kind kind);
/* Whole numbers from 0 up; of more than NST__RANK_MAX, which no convolution has, the first. */
bool nst__pickle_sizes(const nst__pickle *p, const nst__value *tuple, uint64_t *out);
/* Keep a record, and give its index. */
nst_status nst__pickle_add_storage(nst__pickle *p, const nst__storage *storage, uint32_t *index);
nst_status nst__pickle_add_window(nst__pickle *p, const nst__window *window, uint32_t *index);

/* NumPy's arrays: what makes a type of the tuple of its name, what makes an array, to be filled, and what the state of
 * either, a tuple, sets. */
nst_status nst__pickle_make_dtype(nst__pickle *p, const nst__value *tuple);
nst_status nst__pickle_make_array(nst__pickle *p);
nst_status nst__pickle_set_dtype(nst__pickle *p, const nst__value *dtype, const nst__value *state);
nst_status nst__pickle_set_array(nst__pickle *p, const nst__value *array, const nst__value *state);

#endif
