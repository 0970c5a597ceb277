/*
 * The oracle of the tests: the formula of conv.h, computed literally in double. Forward gathers; backward scatters with
 * the same indices, so it is the adjoint by construction.
 */
#include "nn/conv_naive.h"
#include "nn/conv_pad.h"

/* Where row (or column) I of the output reads through tap R; false where that is a zero. */
static bool source(const nst__conv_call *call, size_t i, size_t r, unsigned before, size_t size, size_t *at)
{
    ptrdiff_t index = (ptrdiff_t)(i + r) - (call->edges & before ? 1 : 0);
    index = nst__pad_index(call->padding, index, size);
    *at = (size_t)index;
    return index >= 0;
}

static bool bit(const uint8_t *mask, size_t position, size_t channels, size_t c)
{
    return mask[position * nst__mask_stride(channels) + c / 8] >> c % 8 & 1;
}

static double one_output(const nst__conv *conv, const nst__conv_call *call, const nst__map *x, size_t i, size_t j,
                         size_t k)
{
    const size_t in = nst__conv_in(conv);
    const float *weights = nst__conv_weights(conv);
    double sum = (double)nst__conv_bias(conv)[k];
    size_t ii, jj;
    for (size_t r = 0; r < 3; r++)
        for (size_t s = 0; s < 3; s++)
            if (source(call, i, r, NST__TOP, x->height, &ii) && source(call, j, s, NST__LEFT, x->width, &jj))
                for (size_t c = 0; c < in; c++) {
                    double value = (double)x->data[(ii * x->width + jj) * in + c];
                    if (call->relu_x && value < 0) value = 0;
                    sum += (double)weights[((k * in + c) * 3 + r) * 3 + s] * value;
                }
    return sum;
}

void nst__conv_forward_naive(const nst__conv *conv, const nst__conv_call *call, nst__map x, nst__map y)
{
    const size_t out = nst__conv_out(conv);
    for (size_t i = 0; i < y.height; i++)
        for (size_t j = 0; j < y.width; j++)
            for (size_t k = 0; k < out; k++) {
                const size_t position = i * y.width + j;
                float value = (float)one_output(conv, call, &x, i, j, k);
                y.data[position * out + k] = call->relu_y && value < 0 ? 0 : value;
                if (call->mask_y) {
                    uint8_t *byte = call->mask_y + position * nst__mask_stride(out) + k / 8;
                    const unsigned before = k % 8 == 0 ? 0 : *byte;
                    *byte = (uint8_t)(before | (unsigned)(value > 0) << k % 8);
                }
            }
}

/* Sums over all outputs that read one input position. None is further away than three, even with reflection. */
static double one_input(const nst__conv *conv, const nst__conv_call *call, const nst__map *dy, const nst__map *dx,
                        size_t i, size_t j, size_t c)
{
    const size_t in = nst__conv_in(conv), out = nst__conv_out(conv);
    const float *weights = nst__conv_weights(conv);
    double sum = 0;
    size_t ii, jj;
    for (size_t p = i < 3 ? 0 : i - 3; p <= i + 3 && p < dy->height; p++)
        for (size_t r = 0; r < 3; r++) {
            if (!source(call, p, r, NST__TOP, dx->height, &ii) || ii != i) continue;
            for (size_t q = j < 3 ? 0 : j - 3; q <= j + 3 && q < dy->width; q++)
                for (size_t s = 0; s < 3; s++) {
                    if (!source(call, q, s, NST__LEFT, dx->width, &jj) || jj != j) continue;
                    for (size_t k = 0; k < out; k++)
                        sum += (double)weights[((k * in + c) * 3 + r) * 3 + s] *
                               (double)dy->data[(p * dy->width + q) * out + k];
                }
        }
    return sum;
}

void nst__conv_backward_naive(const nst__conv *conv, const nst__conv_call *call, nst__map dy, nst__map dx)
{
    const size_t in = nst__conv_in(conv);
    for (size_t i = 0; i < dx.height; i++)
        for (size_t j = 0; j < dx.width; j++)
            for (size_t c = 0; c < in; c++) {
                const size_t position = i * dx.width + j;
                float *to = dx.data + position * in + c;
                double sum = one_input(conv, call, &dy, &dx, i, j, c);
                if (call->mask_x && !bit(call->mask_x, position, in, c)) sum = 0;
                *to = (float)(call->accumulate ? (double)*to + sum : sum);
            }
}
