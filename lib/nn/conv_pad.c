#include "nn/conv_pad.h"

ptrdiff_t nst__pad_index(nst_padding padding, ptrdiff_t i, size_t n)
{
    const ptrdiff_t last = (ptrdiff_t)n - 1;
    if (i >= 0 && i <= last) return i;
    if (padding == NST_PADDING_ZERO || i < -1 || i > last + 1) return -1;
    if (padding == NST_PADDING_REPLICATE || n == 1) /* a single row has no other to be reflected in */
        return i < 0 ? 0 : last;
    return i < 0 ? 1 : last - 1;
}
