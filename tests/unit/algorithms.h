/* The solvers of the library, as the choices of NST_PARAM_OPTIMIZER list them. */
#ifndef NST_UNIT_ALGORITHMS_H
#define NST_UNIT_ALGORITHMS_H

#include <nst/nst.h>

#include <stdbool.h>

/* Moves *ALGORITHM to the next choice from there on; false if there is none. */
static inline bool next_algorithm(int *algorithm)
{
    int64_t value, next = -1;
    for (size_t i = 0; nst_param_choice(NST_PARAM_OPTIMIZER, i, &value); i++)
        if (value >= *algorithm && (next < 0 || value < next)) next = value;
    if (next >= 0) *algorithm = (int)next;
    return next >= 0;
}

#endif
