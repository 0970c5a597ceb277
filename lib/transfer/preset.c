#include "transfer/preset.h"
#include "base/status.h"

#include <string.h>

static const nst__preset table[] = {
    {
        .name = "content",
        .help = "from the content picture with L-BFGS on relative losses, coarse to fine",
        .content_layers = "conv2_2",
        .style_layers = "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1",
        .sizes = "auto",
        .steps = 30,
        .init = NST_INIT_CONTENT,
        .optimizer = NST_ALGORITHM_LBFGS,
        .learning_rate = 0.02,
        .form = NST_FORM_RELATIVE,
        .content_weight = 0.002,
        .style_weight = 1,
        .range_weight = 1,
        .style_scale = 1,
        .padding = NST_PADDING_REPLICATE,
        .pooling = NST_POOLING_MAX,
    },
    {
        .name = "baseline",
        .help = "from noise with Adam on plain sums of squares: slow and fragile, the reference",
        .content_layers = "conv2_2",
        .style_layers = "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1",
        .sizes = "none",
        .steps = 1000,
        .init = NST_INIT_NOISE,
        .optimizer = NST_ALGORITHM_ADAM,
        .learning_rate = 0.02,
        .form = NST_FORM_SUM,
        .content_weight = 1,
        .style_weight = 1e-9,
        .style_scale = 1,
        .padding = NST_PADDING_ZERO,
        .pooling = NST_POOLING_MAX,
    },
    {
        .name = "gatys",
        .help = "Gatys et al. 2016: five style layers down to relu5_1, average pooling, from noise",
        .content_layers = "relu4_2",
        .style_layers = "relu1_1=0.2,relu2_1=0.2,relu3_1=0.2,relu4_1=0.2,relu5_1=0.2",
        .sizes = "none",
        .steps = 500,
        .init = NST_INIT_NOISE,
        .optimizer = NST_ALGORITHM_LBFGS,
        .learning_rate = 0.02,
        .form = NST_FORM_GATYS,
        .content_weight = 1,
        .style_weight = 1000,
        .style_scale = 1,
        .padding = NST_PADDING_ZERO,
        .pooling = NST_POOLING_AVERAGE,
    },
    {
        /* neural_style.lua: content 5, style 100, tv 1e-3, relu4_2, relu1_1..relu5_1, 1000 iterations of
         * L-BFGS from noise, max pooling, Gram matrices and squares as means. Its tv is the half sum of
         * squared differences of pixels of 0..255; per value of 0..1 that is 1e-3 / 2 * 255^2 * N, here for
         * 512 x 512 x 3 values. */
        .name = "johnson",
        .help = "the defaults of Justin Johnson's neural-style",
        .content_layers = "relu4_2",
        .style_layers = "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1",
        .sizes = "none",
        .steps = 1000,
        .init = NST_INIT_NOISE,
        .optimizer = NST_ALGORITHM_LBFGS,
        .learning_rate = 0.04,
        .form = NST_FORM_MEAN,
        .content_weight = 5,
        .style_weight = 100,
        .tv_weight = 2.56e7,
        .style_scale = 1,
        .padding = NST_PADDING_ZERO,
        .pooling = NST_POOLING_MAX,
    },
};

enum { PRESETS = sizeof table / sizeof table[0] };

const nst__preset *nst__preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    nst__fail(NST_ERR_NAME, "no preset is called '%s'; there are content, baseline, gatys and johnson", name);
    return NULL;
}

const char *nst_preset_name(size_t index)
{
    return index < PRESETS ? table[index].name : NULL;
}

const char *nst_preset_help(size_t index)
{
    return index < PRESETS ? table[index].help : NULL;
}
