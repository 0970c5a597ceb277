#include "transfer/noise.h"

#include <math.h>

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double uniform(uint64_t bits) /* in (0, 1) */
{
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

/* Box and Muller, "A note on the generation of random normal deviates", 1958: two values from two. */
void nst__noise(float *out, size_t first, size_t count, uint64_t seed)
{
    const double two_pi = 6.283185307179586;
    uint64_t state = mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + first / 2 * 2 * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = first / 2 * 2; i < first + count; i += 2) {
        const double radius = sqrt(-2 * log(uniform(mix(state += UINT64_C(0x9e3779b97f4a7c15)))));
        const double angle = two_pi * uniform(mix(state += UINT64_C(0x9e3779b97f4a7c15)));
        if (i >= first) out[i - first] = (float)(0.5 + 0.2 * radius * cos(angle));
        if (i + 1 < first + count) out[i + 1 - first] = (float)(0.5 + 0.2 * radius * sin(angle));
    }
}
