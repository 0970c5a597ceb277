/*
 * The style loss of one layer by the mean mu and the standard deviation s of each channel, as Huang and Belongie match
 * them (arXiv:1703.06868, eq. 8), in the form `relative` alone:
 *
 *   (|mu - mu_s|^2 + |s - s_s|^2) / tr A      s = sqrt(E F^2 - mu^2 + e)      e = 1e-5 / C sum of the style's variances
 *
 * with A the second moment of the style, so that the value has no unit. The gradient is dF = g (F K + k) with
 *   K = diag 2 (1 - s_s / s) / (S tr A)       k = 2 (mu - mu_s) / (S tr A) - K mu
 * for a mass of S. Several styles are one mixture: their moments are averaged, not their deviations.
 */
#include "loss/term.h"
#include "nn/backend.h"

#include <math.h>
#include <string.h>

static nst__term_sizes sizes(size_t channels)
{
    return (nst__term_sizes){.sums = 2 * channels, .target = 2 * channels, .slope = channels * channels + channels};
}

static double operations(size_t channels)
{
    return 4 * (double)channels;
}

static void observe(nst__term *term, nst__engine *engine, const nst__window *window)
{
    nst__engine_backend(engine)->channels(engine, window, term->sums);
}

/* The target: mean of F and of F^2, for each channel. */
static void learn(nst__term *term, double share)
{
    for (size_t i = 0; i < 2 * term->channels && term->mass > 0; i++)
        term->target[i] += share * term->sums[i] / term->mass;
}

static double deviation(double mean, double square, double epsilon)
{
    return sqrt(fmax(square - mean * mean, 0) + epsilon);
}

static void finish(nst__term *term)
{
    const size_t channels = term->channels;
    float *matrix = term->numbers, *vector = matrix + channels * channels;
    double trace = 0, variance = 0, value = 0;
    memset(matrix, 0, (channels * channels + channels) * sizeof *matrix);
    term->value = 0;
    term->slope = (nst__slope){.matrix = matrix, .vector = vector};
    for (size_t c = 0; c < channels; c++) {
        const double mean = term->target[c], square = term->target[channels + c];
        trace += square;
        variance += fmax(square - mean * mean, 0);
    }
    if (!(trace > 0) || !(term->mass > 0)) return; /* a target of zeros has no relative loss */
    const double epsilon = 1e-5 * variance / (double)channels, scale = 2 * term->weight / (trace * term->mass);
    for (size_t c = 0; c < channels; c++) {
        const double mean = term->sums[c] / term->mass, style_mean = term->target[c];
        const double own = deviation(mean, term->sums[channels + c] / term->mass, epsilon);
        const double style = deviation(style_mean, term->target[channels + c], epsilon);
        const double k = own > 0 ? scale * (1 - style / own) : 0;
        value += (mean - style_mean) * (mean - style_mean) + (own - style) * (own - style);
        matrix[c * channels + c] = (float)k;
        vector[c] = (float)(scale * (mean - style_mean) - k * mean);
    }
    term->value = value / trace;
}

/* The diagonal of the second moment has the means of F^2. */
static void recall(float *out, size_t channels, const float *mean, const float *second)
{
    memcpy(out, mean, channels * sizeof *out);
    for (size_t c = 0; c < channels; second += channels - c, c++)
        out[channels + c] = *second;
}

const nst__term_type nst__meanstd_term = {
    .name = "meanstd",
    .role = NST__ROLE_STYLE,
    .relative_alone = true,
    .sizes = sizes,
    .operations = operations,
    .measure = observe,
    .learn = learn,
    .observe = observe,
    .finish = finish,
    .recall = recall,
};
