#include "base/hash.h"
#include "model/model.h"

#include <string.h>

uint64_t nst__model_fingerprint(const nst_model *model, size_t last)
{
    const char *input = nst__input_text(nst_model_input(model));
    nst__hash hash;
    nst__hash_start(&hash);
    nst__hash_add(&hash, input, strlen(input));
    for (size_t i = 0; i <= last; i++) {
        const nst__conv *conv = nst__model_conv(model, i);
        if (!conv) continue;
        const char *name = nst__model_topology(model)->layer[i].name;
        const size_t in = nst__conv_in(conv), out = nst__conv_out(conv);
        nst__hash_add(&hash, name, strlen(name));
        nst__hash_add(&hash, nst__conv_weights(conv), out * in * 9 * sizeof(float));
        nst__hash_add(&hash, nst__conv_bias(conv), out * sizeof(float));
    }
    return nst__hash_end(&hash);
}
