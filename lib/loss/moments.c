#include "loss/moments.h"

#include <string.h>

static size_t count(size_t channels)
{
    return channels * channels + channels;
}

nst__moments nst__moments_seen(const nst__term *term)
{
    return (nst__moments){term->channels, term->sums, 1 / term->mass};
}

nst__moments nst__moments_target(const nst__term *term)
{
    return (nst__moments){term->channels, term->target, 1};
}

double nst__moments_variance(const nst__moments *moments)
{
    double sum = 0;
    for (size_t a = 0; a < moments->channels; a++)
        sum += nst__moments_covariance(moments, a, a);
    return sum > 0 ? sum : 0;
}

double nst__moments_trace(const nst__moments *moments)
{
    double sum = 0;
    for (size_t a = 0; a < moments->channels; a++)
        sum += moments->scale * moments->numbers[a * moments->channels + a];
    return sum;
}

nst__term_sizes nst__moments_sizes(size_t channels)
{
    return (nst__term_sizes){.sums = count(channels), .target = count(channels), .slope = count(channels)};
}

double nst__moments_operations(size_t channels)
{
    return (double)channels * (double)channels + (double)channels;
}

void nst__moments_learn(nst__term *term, double share)
{
    for (size_t i = 0; i < count(term->channels) && term->mass > 0; i++)
        term->target[i] += share * term->sums[i] / term->mass;
}

bool nst__moments_start(nst__term *term)
{
    const nst__moments target = nst__moments_target(term);
    memset(term->numbers, 0, count(term->channels) * sizeof *term->numbers);
    term->value = 0;
    term->slope = (nst__slope){.matrix = term->numbers, .vector = term->numbers + term->channels * term->channels};
    return term->mass > 0 && !(nst__moments_trace(&target) <= 0);
}

double nst__moments_vector(nst__term *term, double pull)
{
    const size_t channels = term->channels;
    const nst__moments seen = nst__moments_seen(term), target = nst__moments_target(term);
    const float *matrix = term->numbers;
    double square = 0;
    for (size_t a = 0; a < channels; a++) {
        const double away = nst__moments_mean(&seen, a) - nst__moments_mean(&target, a);
        double k = pull * away;
        for (size_t b = 0; b < channels; b++)
            k -= (double)matrix[a * channels + b] * nst__moments_mean(&seen, b);
        term->numbers[channels * channels + a] = (float)k;
        square += away * away;
    }
    return square;
}
