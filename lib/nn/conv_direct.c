/*
 * The convolution as one matrix product (im2col): the nine positions that an output reads, one after another,
 * make a row of A [positions, 9 in]; B [9 in, out] are the weights. Serves what Winograd does not pay for:
 * few channels and tiny maps.
 */
#include "nn/conv_parts.h"
#include "tensor/gemm.h"

#include <string.h>

#define POSITIONS 64 /* a task */

size_t nst__direct_scratch(const nst__conv *conv)
{
    const size_t most = conv->in > conv->out ? conv->in : conv->out;
    return POSITIONS * (9 * most + most);
}

static void gather(const nst__pass *pass, size_t position, float *row)
{
    const nst__map *from = &pass->from;
    const size_t i = position / pass->to.width, j = position % pass->to.width;
    for (size_t r = 0; r < 3; r++) {
        const ptrdiff_t y =
            nst__pad_index(pass->padding, (ptrdiff_t)(i + r) - (ptrdiff_t)pass->top, from->height);
        for (size_t s = 0; s < 3; s++, row += from->channels) {
            const ptrdiff_t x =
                nst__pad_index(pass->padding, (ptrdiff_t)(j + s) - (ptrdiff_t)pass->left, from->width);
            if (y < 0 || x < 0) {
                memset(row, 0, from->channels * sizeof *row);
                continue;
            }
            const float *pixel = from->data + ((size_t)y * from->width + (size_t)x) * from->channels;
            if (pass->call->relu_x && !pass->backward)
                for (size_t c = 0; c < from->channels; c++)
                    row[c] = pixel[c] > 0 ? pixel[c] : 0;
            else
                memcpy(row, pixel, from->channels * sizeof *row);
        }
    }
}

static void task(void *user, size_t index, int worker)
{
    const nst__pass *pass = user;
    const size_t all = pass->to.height * pass->to.width, first = index * POSITIONS;
    const size_t count = all - first < POSITIONS ? all - first : POSITIONS;
    const size_t depth = 9 * pass->from.channels, channels = pass->to.channels;
    const struct nst__conv_forms *forms = pass->conv->forms;
    float *rows = nst__engine_scratch(pass->engine, worker), *sums = rows + POSITIONS * depth;
    for (size_t p = 0; p < count; p++)
        gather(pass, first + p, rows + p * depth);
    nst__gemm(false, false, count, channels, depth, 1, rows, depth,
              pass->backward ? forms->backward_taps : forms->forward_taps, channels, 0, sums, channels);
    for (size_t p = 0; p < count; p++)
        nst__pass_finish(pass, first + p, sums + p * channels);
}

void nst__direct_run(const nst__pass *pass)
{
    const size_t all = pass->to.height * pass->to.width;
    nst__workers_run(nst__engine_workers(pass->engine), (all + POSITIONS - 1) / POSITIONS, task,
                     (void *)pass);
}
