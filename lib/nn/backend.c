#include "nn/backend.h"
#include "nn/channel_sums.h"
#include "nn/distance.h"
#include "nn/gram_sums.h"

static void copy(nst__engine *engine, const nst__window *window, float *to)
{
    (void)engine;
    nst__window_copy(window, to);
}

static size_t scratch(size_t channels, bool gradient)
{
    const size_t sums = nst__gram_scratch(channels), slopes = gradient ? nst__slopes_scratch(channels) : 0;
    return sums > slopes ? sums : slopes;
}

const nst__backend nst__cpu_backend = {
    .name = "cpu",
    .load = nst__picture_load,
    .add = nst__picture_add,
    .operation = nst__operation_type_of,
    .gram = nst__gram_add,
    .channels = nst__channel_sums,
    .distance = nst__distance_sum,
    .copy = copy,
    .scratch = scratch,
    .workspace = nst__gram_workspace,
    .gradient = nst__slopes_gradient,
};
