/*
 * The functions that a pickle calls.
 */
#ifndef NST_FORMAT_PICKLE_CALLS_H
#define NST_FORMAT_PICKLE_CALLS_H

#include "format/pickle_values.h"

/* Pushes the function of that name. */
nst_status nst__pickle_name(nst__pickle *p, const nst__value *module, const nst__value *name);

/* Replaces a function and the tuple of its arguments by what it returns. */
nst_status nst__pickle_call(nst__pickle *p);

/* Replaces the values above the last mark, or a class and the COUNT values above it, by an opaque value of that class:
 * the class is the first of them. */
nst_status nst__pickle_make_opaque(nst__pickle *p, size_t start);

/* Replaces the tuple that names a storage by the storage. */
nst_status nst__pickle_storage(nst__pickle *p);

#endif
