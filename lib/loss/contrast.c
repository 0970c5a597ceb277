#include "loss/contrast.h"

#include <math.h>

#define LEAST 0.05

double nst__contrast_lack(size_t height, size_t width, const float *pixels, const float *weights, nst__ranks *ranks)
{
    const size_t count = height * width;
    double mass = 0, mean[3] = {0}, square = 0;
    for (size_t i = 0; i < count; i++) {
        const double weight = weights ? (double)weights[i] : 1;
        mass += weight;
        for (size_t c = 0; c < 3; c++)
            mean[c] += weight * (double)pixels[3 * i + c];
    }
    nst__ranks_sum(ranks, &mass, 1);
    nst__ranks_sum(ranks, mean, 3);
    for (size_t c = 0; c < 3; c++)
        mean[c] /= mass;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            square += (weights ? (double)weights[i] : 1) * pow((double)pixels[3 * i + c] - mean[c], 2);
    nst__ranks_sum(ranks, &square, 1);
    square /= 3 * mass;
    return square < LEAST * LEAST ? LEAST * LEAST / square : 1;
}
