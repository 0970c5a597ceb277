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

/* COUNT pixels of row I of FROM from column J on. */
static void load_row(const nst__pass *pass, ptrdiff_t i, ptrdiff_t j, size_t count, float *out)
{
    const nst__map *from = &pass->from;
    const size_t n = from->channels;
    const ptrdiff_t row = nst__pad_index(pass->padding, i, from->height);
    for (size_t p = 0; p < count;) {
        const ptrdiff_t column = j + (ptrdiff_t)p;
        if (row < 0 || column < 0 || column >= (ptrdiff_t)from->width) {
            nst__pass_pixel(pass, i, column, 0, n, out + p++ * n, n);
            continue;
        }
        const size_t inside = from->width - (size_t)column, run = count - p < inside ? count - p : inside;
        memcpy(out + p * n, from->data + ((size_t)row * from->width + (size_t)column) * n, run * n * sizeof *out);
        p += run;
    }
    if (pass->relu) nst__engine_kernels(pass->engine)->rectify(count * n, out, out);
}

void nst__pass_patches(const nst__pass *pass, size_t i, size_t j, size_t count, float *out, size_t ld, float *rows)
{
    const size_t n = pass->from.channels, length = (count + 2) * n;
    for (size_t r = 0; r < 3; r++)
        load_row(pass, (ptrdiff_t)(i + r) - (ptrdiff_t)pass->top, (ptrdiff_t)j - (ptrdiff_t)pass->left, count + 2,
                 rows + r * length);
    /* Whole blocks, as each later copy overwrites what is too much of the earlier ones. */
    for (size_t p = 0; p < count; p++, out += ld)
        for (size_t r = 0; r < 3; r++)
            for (size_t c = 0; c < 3 * n; c += NST__LANES)
                memcpy(out + 3 * r * n + c, rows + r * length + p * n + c, NST__LANES * sizeof *out);
}
