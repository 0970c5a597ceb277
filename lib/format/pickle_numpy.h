/*
 * NumPy's arrays in a pickle.
 */
#ifndef NST_FORMAT_PICKLE_NUMPY_H
#define NST_FORMAT_PICKLE_NUMPY_H

#include "format/pickle_values.h"

/* make_dtype pushes a type, given the tuple of its name; make_array pushes an empty array. The two set functions apply
 * a state, which is a tuple, to a type or an array. */
nst_status nst__pickle_make_dtype(nst__pickle *p, const nst__value *tuple);
nst_status nst__pickle_make_array(nst__pickle *p);
nst_status nst__pickle_set_dtype(nst__pickle *p, const nst__value *dtype, const nst__value *state);
nst_status nst__pickle_set_array(nst__pickle *p, const nst__value *array, const nst__value *state);

#endif
