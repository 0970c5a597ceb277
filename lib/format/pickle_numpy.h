/*
 * NumPy's arrays in a pickle.
 */
#ifndef NST_FORMAT_PICKLE_NUMPY_H
#define NST_FORMAT_PICKLE_NUMPY_H

#include "format/pickle_values.h"

/* NumPy's arrays: what makes a type of the tuple of its name, what makes an array, to be filled, and what the state of
 * either, a tuple, sets. */
nst_status nst__pickle_make_dtype(nst__pickle *p, const nst__value *tuple);
nst_status nst__pickle_make_array(nst__pickle *p);
nst_status nst__pickle_set_dtype(nst__pickle *p, const nst__value *dtype, const nst__value *state);
nst_status nst__pickle_set_array(nst__pickle *p, const nst__value *array, const nst__value *state);

#endif
