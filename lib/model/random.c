/*
 * A network that needs no file: VGG-19 with random filters.
 *
 * Random filters reproduce texture surprisingly well: Ustyuzhaninov et al., "Texture Synthesis Using Shallow
 * Convolutional Networks with Random Filters", arXiv:1606.00021; He, Wang and Hopcroft, "A Powerful Generative Model
 * Using Random Weights for the Deep Image Representation", arXiv:1606.04801 (the shapes of VGG-19, as here).
 *
 * Weights are normal with mean 0 and variance 2 / (9 in), so that features keep their size from layer to layer (He et
 * al., "Delving Deep into Rectifiers", arXiv:1502.01852, equation 10). Biases are 0.
 *
 * Weights are drawn in the order of the network, each layer as [out, in, 3, 3], two at a time by the transform of Box
 * and Muller:
 *
 *     r cos(2 pi v), r sin(2 pi v)   with r = sqrt(-2 ln(1 - u))
 *
 * u and v are the upper 53 bits of two words over 2^53. The words come from xoshiro256++ (Blackman and Vigna,
 * arXiv:1805.01407), whose state is the first four words of splitmix64 started at SEED. So the first layers do not
 * depend on where a network ends.
 */
#include "model/handle.h"
#include "model/load.h"
#include "model/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct generator {
    uint64_t s[4];
} generator;

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t next_word(generator *stream)
{
    uint64_t *s = stream->s, result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static double uniform(generator *stream) /* 0 <= u < 1 */
{
    return (double)(next_word(stream) >> 11) * 0x1p-53;
}

/* N is even: it is 9 in out, and out is a multiple of 64. */
static void fill_normal(float *out, size_t n, double deviation, generator *stream)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        double r = deviation * sqrt(-2 * log(1 - uniform(stream))), angle = 6.283185307179586 * uniform(stream);
        out[i] = (float)(r * cos(angle));
        out[i + 1] = (float)(r * sin(angle));
    }
}

static nst_status add_random_layer(nst_model *model, generator *stream)
{
    const size_t in = nst__model_channels_in(model, model->count);
    const size_t channels = model->topology->layer[model->count].channels, n = channels * in * 9;
    nst__conv *conv;
    nst_status status = nst__conv_create(&conv, in, channels, NULL, NULL);
    if (status != NST_OK) return status;
    fill_normal(nst__conv_fill_weights(conv), n, sqrt(2.0 / (9 * (double)in)), stream);
    memset(nst__conv_fill_bias(conv), 0, channels * sizeof(float));
    nst__model_add(model, conv);
    return NST_OK;
}

nst_status nst__random_model(nst_model **out, uint64_t seed)
{
    nst_status status = NST_OK;
    nst_model *model = NULL;
    generator stream;
    uint64_t state = seed;
    char source[32];
    snprintf(source, sizeof source, "random:%" PRIu64, seed);
    for (int i = 0; i < 4; i++)
        stream.s[i] = splitmix(&state);
    NST_TRY(nst__model_create(&model, &nst__vgg19, source, "random"));
    while (model->count < nst__topology_layers(model->topology))
        NST_TRY(add_random_layer(model, &stream));
    model->input = NST_INPUT_RGB01;
    model->input_said = "random";
out:
    if (status != NST_OK) {
        nst_model_destroy(model);
        model = NULL;
    }
    *out = model;
    return status;
}
