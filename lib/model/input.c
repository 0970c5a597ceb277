#include "model/input.h"

#include <math.h>
#include <string.h>

enum { FIRST = NST_INPUT_BGR255, LAST = NST_INPUT_RGB255 };

static const struct {
    const char *name, *text;
    nst__input_space space;
} inputs[] = {
    [NST_INPUT_BGR255] = {"bgr255",
                          "bgr 0..255 minus mean 103.939,116.779,123.68",
                          {{2, 1, 0}, {255.0f, 255.0f, 255.0f}, {-103.939f, -116.779f, -123.68f}}},
    [NST_INPUT_RGB01] = {"rgb01",
                         "rgb 0..1 minus mean 0.485,0.456,0.406 over std 0.229,0.224,0.225",
                         {{0, 1, 2},
                          {1 / 0.229f, 1 / 0.224f, 1 / 0.225f},
                          {-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f}}},
    [NST_INPUT_RGB255] = {"rgb255",
                          "rgb 0..255 minus mean 123.68,116.779,103.939",
                          {{0, 1, 2}, {255.0f, 255.0f, 255.0f}, {-123.68f, -116.779f, -103.939f}}},
};

const char *nst__input_text(nst_input input)
{
    return inputs[input].text;
}

bool nst__input_parse(nst_input *out, const char *text)
{
    for (int i = FIRST; i <= LAST; i++)
        if (strcmp(text, inputs[i].text) == 0 || strcmp(text, inputs[i].name) == 0) {
            *out = (nst_input)i;
            return true;
        }
    return false;
}

nst__input_space nst__input_space_of(nst_input input)
{
    return inputs[input].space;
}

/*
 * The input space of a network without metadata is recognised by its first filter.
 *
 * The Caffe models of Simonyan and Zisserman, which Keras has too, are recognised by the upper left corner of their
 * first filter. They take BGR 0..255. Their conversions to RGB take the same values with the channels in the other
 * order. In a normalised network (Gatys') each filter is scaled. So only the direction of the corner is compared, and
 * its length must be at most the published one.
 *
 * torchvision's networks take normalised RGB 0..1. The size of the weights does not distinguish them from Caffe's (root
 * mean square 0.19 and up for both), since each has later layers of its own.
 *
 * In any other network, a filter that takes values of about 100 and gives features of about 1 has weights near 0.01
 * (distilled encoders); one that takes values of about 1 has weights of 0.1 to 0.5. The threshold is 0.05.
 */
static const float corners[2][3] = {{0.34120f, 0.46418f, 0.39417f},  /* VGG-19, w[0][c][0][0] of BGR */
                                    {0.42947f, 0.55038f, 0.48002f}}; /* VGG-16 */

static double length_of(const double *x)
{
    return sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
}

/* True if the corner W has the direction of CORNER, up to the rounding of BF16 and F16. */
static bool is_along(const double *w, const double *corner)
{
    const double w_size = length_of(w), size = length_of(corner);
    double apart[3];
    for (int c = 0; c < 3; c++)
        apart[c] = w[c] / w_size - corner[c] / size;
    return w_size <= 1.01 * size && length_of(apart) < 0.006; /* false for NaN: a corner of zeros */
}

nst_input nst__input_of_values(const nst__conv *conv1_1)
{
    const float *w = nst__conv_weights(conv1_1);
    const double corner[3] = {(double)w[0], (double)w[9], (double)w[18]};
    const size_t n = nst__conv_out(conv1_1) * 27;
    double squares = 0;
    for (int i = 0; i < 2; i++) {
        const double b = (double)corners[i][0], g = (double)corners[i][1], r = (double)corners[i][2];
        if (is_along(corner, (const double[]){b, g, r})) return NST_INPUT_BGR255;
        if (is_along(corner, (const double[]){r, g, b})) return NST_INPUT_RGB255;
    }
    for (size_t i = 0; i < n; i++)
        squares += (double)w[i] * (double)w[i];
    return sqrt(squares / (double)n) < 0.05 ? NST_INPUT_BGR255 : NST_INPUT_RGB01;
}
