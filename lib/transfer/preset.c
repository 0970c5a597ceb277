#include "transfer/preset.h"

#include <stdio.h>
#include <string.h>

typedef struct value {
    nst_param param;
    const char *text;
} value;

typedef struct preset {
    const char *name, *help;
    const value *values; /* the last has no text */
} preset;

/* clang-format off */
#define VALUES(...) (const value[]){__VA_ARGS__, {NST_PARAM_FORCE_32BIT, NULL}}

static const preset table[] = {
    {"content", "from the content picture with L-BFGS on relative losses, coarse to fine", VALUES(
        {NST_PARAM_CONTENT_LAYERS, "conv2_2"},
        {NST_PARAM_STYLE_LAYERS, "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1"},
        {NST_PARAM_SIZES, "auto"},
        {NST_PARAM_EFFORT, "normal"},
        {NST_PARAM_STEPS, "0"},
        {NST_PARAM_INIT, "content"},
        {NST_PARAM_OPTIMIZER, "lbfgs"},
        {NST_PARAM_LEARNING_RATE, "0.02"},
        {NST_PARAM_FORM, "relative"},
        {NST_PARAM_STYLE_LOSS, "gram"},
        {NST_PARAM_CONTENT_WEIGHT, "0.002"},
        {NST_PARAM_STYLE_WEIGHT, "1"},
        {NST_PARAM_TV_WEIGHT, "0"},
        {NST_PARAM_RANGE_WEIGHT, "10"},
        {NST_PARAM_MATTING_WEIGHT, "0"},
        {NST_PARAM_POISSON_RADIUS, "0"},
        {NST_PARAM_STYLE_SCALE, "1"},
        {NST_PARAM_PADDING, "replicate"},
        {NST_PARAM_POOLING, "max"})},
    {"photo", "a photograph in the light of another, and still one: from the recoloured content, edges kept", VALUES(
        {NST_PARAM_CONTENT_LAYERS, "conv2_2"},
        {NST_PARAM_STYLE_LAYERS, "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1"},
        {NST_PARAM_SIZES, "auto"},
        {NST_PARAM_EFFORT, "normal"},
        {NST_PARAM_STEPS, "0"},
        {NST_PARAM_INIT, "recolored"},
        {NST_PARAM_OPTIMIZER, "lbfgs"},
        {NST_PARAM_LEARNING_RATE, "0.02"},
        {NST_PARAM_FORM, "relative"},
        {NST_PARAM_STYLE_LOSS, "gram"},
        {NST_PARAM_CONTENT_WEIGHT, "0.02"},
        {NST_PARAM_STYLE_WEIGHT, "1"},
        {NST_PARAM_TV_WEIGHT, "0"},
        {NST_PARAM_RANGE_WEIGHT, "10"},
        {NST_PARAM_MATTING_WEIGHT, "1000"},
        {NST_PARAM_POISSON_RADIUS, "0.028"},
        {NST_PARAM_STYLE_SCALE, "1"},
        {NST_PARAM_PADDING, "replicate"},
        {NST_PARAM_POOLING, "max"})},
    {"baseline", "from noise with Adam on plain sums of squares: slow and fragile, the reference", VALUES(
        {NST_PARAM_CONTENT_LAYERS, "conv2_2"},
        {NST_PARAM_STYLE_LAYERS, "conv1_1,conv1_2,conv2_1,conv2_2,conv3_1"},
        {NST_PARAM_SIZES, "none"},
        {NST_PARAM_EFFORT, "fine"},
        {NST_PARAM_STEPS, "1000"},
        {NST_PARAM_INIT, "noise"},
        {NST_PARAM_OPTIMIZER, "adam"},
        {NST_PARAM_LEARNING_RATE, "0.02"},
        {NST_PARAM_FORM, "sum"},
        {NST_PARAM_STYLE_LOSS, "gram"},
        {NST_PARAM_CONTENT_WEIGHT, "1"},
        {NST_PARAM_STYLE_WEIGHT, "1e-9"},
        {NST_PARAM_TV_WEIGHT, "0"},
        {NST_PARAM_RANGE_WEIGHT, "0"},
        {NST_PARAM_MATTING_WEIGHT, "0"},
        {NST_PARAM_POISSON_RADIUS, "0"},
        {NST_PARAM_STYLE_SCALE, "1"},
        {NST_PARAM_PADDING, "zero"},
        {NST_PARAM_POOLING, "max"})},
    {"gatys", "Gatys et al. 2016: five style layers down to relu5_1, average pooling, from noise", VALUES(
        {NST_PARAM_CONTENT_LAYERS, "relu4_2"},
        {NST_PARAM_STYLE_LAYERS, "relu1_1=0.2,relu2_1=0.2,relu3_1=0.2,relu4_1=0.2,relu5_1=0.2"},
        {NST_PARAM_SIZES, "none"},
        {NST_PARAM_EFFORT, "fine"},
        {NST_PARAM_STEPS, "500"},
        {NST_PARAM_INIT, "noise"},
        {NST_PARAM_OPTIMIZER, "lbfgs"},
        {NST_PARAM_LEARNING_RATE, "0.02"},
        {NST_PARAM_FORM, "gatys"},
        {NST_PARAM_STYLE_LOSS, "gram"},
        {NST_PARAM_CONTENT_WEIGHT, "1"},
        {NST_PARAM_STYLE_WEIGHT, "1000"},
        {NST_PARAM_TV_WEIGHT, "0"},
        {NST_PARAM_RANGE_WEIGHT, "0"},
        {NST_PARAM_MATTING_WEIGHT, "0"},
        {NST_PARAM_POISSON_RADIUS, "0"},
        {NST_PARAM_STYLE_SCALE, "1"},
        {NST_PARAM_PADDING, "zero"},
        {NST_PARAM_POOLING, "average"})},
    {"johnson", "the defaults of Justin Johnson's neural-style", VALUES(
        /* neural_style.lua: content 5, style 100, tv 1e-3, relu4_2, relu1_1..relu5_1, 1000 iterations of
         * L-BFGS from noise, max pooling, Gram matrices and squares as means. Its tv is the half sum of
         * squared differences of pixels of 0..255; per value of 0..1 that is 1e-3 / 2 * 255^2 * N, here for
         * 512 x 512 x 3 values. */
        {NST_PARAM_CONTENT_LAYERS, "relu4_2"},
        {NST_PARAM_STYLE_LAYERS, "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"},
        {NST_PARAM_SIZES, "none"},
        {NST_PARAM_EFFORT, "fine"},
        {NST_PARAM_STEPS, "1000"},
        {NST_PARAM_INIT, "noise"},
        {NST_PARAM_OPTIMIZER, "lbfgs"},
        {NST_PARAM_LEARNING_RATE, "0.04"},
        {NST_PARAM_FORM, "mean"},
        {NST_PARAM_STYLE_LOSS, "gram"},
        {NST_PARAM_CONTENT_WEIGHT, "5"},
        {NST_PARAM_STYLE_WEIGHT, "100"},
        {NST_PARAM_TV_WEIGHT, "2.56e7"},
        {NST_PARAM_RANGE_WEIGHT, "0"},
        {NST_PARAM_MATTING_WEIGHT, "0"},
        {NST_PARAM_POISSON_RADIUS, "0"},
        {NST_PARAM_STYLE_SCALE, "1"},
        {NST_PARAM_PADDING, "zero"},
        {NST_PARAM_POOLING, "max"})},
};
/* clang-format on */

enum { PRESETS = sizeof table / sizeof table[0] };

static nst_status unknown(const char *name)
{
    char list[256] = "";
    for (size_t i = 0, length = 0; i < PRESETS && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                   !i                ? ""
                                   : i + 1 < PRESETS ? ", "
                                                     : " and ",
                                   table[i].name);
    return nst__fail(NST_ERR_NAME, "no preset is called '%s'; there are %s", name, list);
}

nst_status nst__preset_apply(const char *name, nst__settings *settings, nst__settings *solver)
{
    nst_status status = NST_OK;
    const preset *found = NULL;
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(table[i].name, name) == 0) found = &table[i];
    if (!found) return unknown(name);
    for (const value *v = found->values; v->text; v++)
        NST_TRY(nst__settings_set_text(nst_param_object(v->param) == NST_OBJECT_OPTIMIZER ? solver : settings, v->param,
                                       v->text));
out:
    return status;
}

const char *nst_preset_name(size_t index)
{
    return index < PRESETS ? table[index].name : NULL;
}

const char *nst_preset_help(size_t index)
{
    return index < PRESETS ? table[index].help : NULL;
}
