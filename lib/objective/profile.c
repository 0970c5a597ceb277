#include "objective/profile.h"

#include <time.h>

double nst__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void nst__profile_add(nst__profile *profile, size_t layer, nst__work work, double start, double operations)
{
    if (!profile) return;
    profile->seconds[layer][work] += nst__seconds() - start;
    profile->operations[layer][work] += operations;
}

const char *nst__work_name(nst__work work)
{
    static const char *const names[NST__WORKS] = {"forward", "backward", "gram", "loss", "pool", "pixels", "solver"};
    return names[work];
}
