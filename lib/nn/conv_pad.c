#include "nn/conv_pad.h"

#include <string.h>

ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    if (i >= 0 && i <= last) return i;
    if (padding == NST_PADDING_ZERO || i < -1 || i > last + 1) return -1;
    if (padding == NST_PADDING_REPLICATE || n == 1) /* a single row has no other to be reflected in */
        return i < 0 ? 0 : last;
    return i < 0 ? 1 : last - 1;
}

size_t nst__reflect_index(ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1, period = 2 * last;
    if (last == 0) return 0;
    i %= period;
    if (i < 0) i += period;
    return (size_t)(i > last ? period - i : i);
}

void nst__reflect_row(const nst__map *map, ptrdiff_t i, ptrdiff_t j, size_t width, float *out)
{
    const size_t n = map->channels;
    const float *row = map->data + nst__reflect_index(i, map->height) * map->width * n;
    for (size_t p = 0; p < width;) {
        const ptrdiff_t at = j + (ptrdiff_t)p;
        size_t count = 1;
        if (at >= 0 && at < (ptrdiff_t)map->width) {
            const size_t inside = map->width - (size_t)at;
            count = inside < width - p ? inside : width - p;
        }
        memcpy(out + p * n, row + nst__reflect_index(at, map->width) * n, count * n * sizeof *out);
        p += count;
    }
}
