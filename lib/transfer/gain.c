#include "transfer/gain.h"

#include <math.h>
#include <string.h>

#define LEAST 0.02 /* of the loss, an iteration at the last size */

bool nst__gain_is_small(nst__gain *gain, double cost, uint64_t iterations, double lowest)
{
    double *value = gain->value;
    if (iterations == gain->iterations) return false;
    gain->iterations = iterations;
    memmove(value + 1, value, NST__GAIN_ITERATIONS * sizeof *value);
    value[0] = lowest;
    if (++gain->count <= NST__GAIN_ITERATIONS) return false;
    const double before = value[NST__GAIN_ITERATIONS];
    return before - lowest < LEAST * cost * NST__GAIN_ITERATIONS * fabs(before);
}
