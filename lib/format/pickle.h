/*
 * Python's pickles as state dicts use them: a reader that builds dicts, lists, tuples, numbers, text, and records of
 * tensors. A pickle is a program; of the functions that it names, those that rebuild tensors are known here, and what
 * any other would make is an opaque value: nothing is ever run. Everything is bounded: a full table is an error.
 */
#ifndef NST_FORMAT_PICKLE_H
#define NST_FORMAT_PICKLE_H

#include "format/pickle_values.h"

/* Runs the pickle of at most SIZE bytes that starts at AT; pickle.at is then behind it. Start with zeroes,
 * always release. */
nst_status nst__pickle_run(nst__pickle *pickle, const nst__source *source, uint64_t at, uint64_t size);

/* Finds where the numbers of a storage are: all COUNT of them lie in the file. */
typedef nst_status (*nst__storage_fn)(void *user, nst__storage *storage);

/* All tensors that the pickle's dicts, lists and tuples hold, into the table. */
nst_status nst__pickle_tensors(nst__pickle *pickle, nst__table *out, nst__storage_fn locate, void *user);

#endif
