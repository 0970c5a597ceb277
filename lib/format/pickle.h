/*
 * A reader for the part of Python's pickles that state dicts use. It builds dicts, lists, tuples, numbers, text, and
 * records of tensors. A pickle is a program that names functions. Functions that rebuild tensors are known here; the
 * result of any other is an opaque value. No function of the pickle is ever run. Every table has a limit, and a full
 * table is an error.
 */
#ifndef NST_FORMAT_PICKLE_H
#define NST_FORMAT_PICKLE_H

#include "format/pickle_values.h"

/* Runs the pickle of at most SIZE bytes that starts at AT. Afterwards pickle.at is the position after it. PICKLE must
 * be all zeroes before; always release it. */
nst_status nst__pickle_run(nst__pickle *pickle, const nst__source *source, uint64_t at, uint64_t size);

/* Sets the position of a storage. All of its COUNT numbers must lie in the file. */
typedef nst_status (*nst__storage_fn)(void *user, nst__storage *storage);

/* Adds all tensors in the pickle's dicts, lists and tuples to the table. */
nst_status nst__pickle_tensors(nst__pickle *pickle, nst__table *out, nst__storage_fn locate, void *user);

#endif
