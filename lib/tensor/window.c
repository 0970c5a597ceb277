#include "tensor/window.h"

#include <string.h>

void nst__window_copy(const nst__window *window, float *to)
{
    const size_t count = window->width * window->map.channels;
    for (size_t row = 0; row < window->height; row++, to += count) {
        memcpy(to, nst__window_row(window, row), count * sizeof *to);
        for (size_t i = 0; window->relu && i < count; i++)
            to[i] = to[i] > 0 ? to[i] : 0;
    }
}

double nst__window_mass(const nst__window *window)
{
    double mass = 0;
    if (!window->weights) return (double)nst__window_positions(window);
    for (size_t row = 0; row < window->height; row++)
        for (size_t column = 0; column < window->width; column++)
            mass += (double)window->weights[row * window->stride + column];
    return mass;
}

nst__coverage nst__weights_cover(const float *weights, size_t count)
{
    size_t none = 0, whole = 0;
    if (!weights) return NST__COVERS_ALL;
    for (size_t i = 0; i < count; i++) {
        none += !(weights[i] > 0);
        whole += weights[i] >= 1;
    }
    return none == count ? NST__COVERS_NOTHING : whole == count ? NST__COVERS_ALL : NST__COVERS_SOME;
}

/* WEIGHTS [i] and the one before it are both 0 or both 1. */
static bool goes_on(const float *weights, size_t i)
{
    return i > 0 && weights[i] == weights[i - 1] && (!(weights[i] > 0) || weights[i] >= 1);
}

size_t nst__weights_run(const float *weights, size_t count)
{
    enum { LONG = 32 };
    size_t equal = 0;
    if (!weights) return count;
    for (size_t i = 0; i < count; i++) {
        if (equal >= LONG && !goes_on(weights, i)) return i;
        equal = goes_on(weights, i) ? equal + 1 : 1;
        if (equal == LONG && i + 1 > LONG) return i + 1 - LONG;
    }
    return count;
}
