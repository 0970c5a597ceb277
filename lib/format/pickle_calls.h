/*
 * The functions that a pickle calls.
 */
#ifndef NST_FORMAT_PICKLE_CALLS_H
#define NST_FORMAT_PICKLE_CALLS_H

#include "format/pickle_values.h"

/* Pushes the function or class NAME of MODULE. */
nst_status nst__pickle_name(nst__pickle *p, const nst__value *module, const nst__value *name);

/* Replaces the function and the tuple of arguments on the stack by the result. */
nst_status nst__pickle_call(nst__pickle *p);

/* Replaces the values of the stack from START on by an opaque value. The first of them is its class. */
nst_status nst__pickle_make_opaque(nst__pickle *p, size_t start);

/* Replaces the tuple on the stack, which describes a storage, by the storage. */
nst_status nst__pickle_storage(nst__pickle *p);

#endif
