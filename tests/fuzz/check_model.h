/* What every fuzzer of models demands of a file: a sound model, or an error of the data that says why. */
#ifndef NST_FUZZ_CHECK_MODEL_H
#define NST_FUZZ_CHECK_MODEL_H

#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline void must(bool true_here)
{
    if (!true_here) abort();
}

static inline void check_model(const uint8_t *bytes, size_t size)
{
    nst_model *model;
    const nst_status status = nst_model_decode(&model, size ? bytes : (const uint8_t *)"", size, NST_INPUT_AUTO);
    must((status == NST_OK) == (model != NULL));
    if (status != NST_OK) {
        must(status >= 200 && status < 300);
        must(strlen(nst_last_error()) > 0 && !strchr(nst_last_error(), '\n'));
        return;
    }
    uint64_t parameters = 0;
    size_t channels = 3;
    for (size_t i = 0; i < nst__model_layers(model); i++) {
        const nst__conv *conv = nst__model_conv(model, i);
        if (!conv) continue;
        const size_t count = 9 * nst__conv_in(conv) * nst__conv_out(conv);
        must(nst__conv_in(conv) == channels);
        channels = nst__conv_out(conv);
        for (size_t j = 0; j < count; j++)
            must(isfinite(nst__conv_weights(conv)[j]));
        for (size_t j = 0; j < channels; j++)
            must(isfinite(nst__conv_bias(conv)[j]));
        parameters += count + channels;
    }
    /* The smallest number has two bytes; zeroes for a bias that is missing are the only ones that no byte pays. */
    must(parameters > 0 && parameters == nst_model_parameter_count(model) && parameters <= size);
    must(nst_model_input(model) >= NST_INPUT_BGR255 && nst_model_input(model) <= NST_INPUT_RGB255);
    nst_model_destroy(model);
}

#endif
