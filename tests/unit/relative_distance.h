/* How far two arrays are apart. */
#ifndef NST_UNIT_RELATIVE_DISTANCE_H
#define NST_UNIT_RELATIVE_DISTANCE_H

#include <math.h>
#include <stddef.h>

/* |A - B| / |B|, in L2. */
static inline double relative_distance(const float *a, const float *b, size_t count)
{
    double difference = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        difference += pow((double)a[i] - (double)b[i], 2);
        square += pow((double)b[i], 2);
    }
    return sqrt(difference / square);
}

#endif
