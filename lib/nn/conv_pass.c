#include "nn/conv_pass.h"
#include "nn/conv_pad.h"

#include <string.h>

void nst__pass_pixel(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t channel, size_t count, float *out,
                     size_t room)
{
    const nst__map *from = &pass->from;
    i = nst__pad_index(pass->padding, i, from->height);
    j = nst__pad_index(pass->padding, j, from->width);
    if (i < 0 || j < 0) {
        memset(out, 0, room * sizeof *out);
        return;
    }
    const float *pixel = from->data + ((size_t)i * from->width + (size_t)j) * from->channels + channel;
    __builtin_prefetch(pixel + 8 * from->channels);
    if (count == NST__LANES)
        memcpy(out, pixel, NST__LANES * sizeof *out); /* of known size: no call */
    else
        memcpy(out, pixel, count * sizeof *out);
    if (count < room) memset(out + count, 0, (room - count) * sizeof *out);
    for (size_t c = 0; pass->relu && c < count; c++)
        out[c] = out[c] > 0 ? out[c] : 0;
}
