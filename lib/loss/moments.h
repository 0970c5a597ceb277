/*
 * Means and covariances of the features of a layer, for the style losses that compare them. Their sums are the Gram
 * matrix and the total of each channel, which divided by the mass S are the second moment A [C,C] and the mean mu [C]:
 *
 *   A = sum g F F' / S      mu = sum g F / S      covariance = A - mu mu'
 *
 * Several styles are one mixture: their A and mu are averaged.
 */
#ifndef NST_LOSS_MOMENTS_H
#define NST_LOSS_MOMENTS_H

#include "loss/term.h"

typedef struct nst__moments {
    size_t channels;
    const double *numbers; /* [C,C], [C]: A and mu, but for SCALE */
    double scale;
} nst__moments;

nst__moments nst__moments_seen(const nst__term *term); /* of the picture; the mass is above 0 */
nst__moments nst__moments_target(const nst__term *term);

static inline double nst__moments_mean(const nst__moments *moments, size_t a)
{
    return moments->scale * moments->numbers[moments->channels * moments->channels + a];
}

static inline double nst__moments_covariance(const nst__moments *moments, size_t a, size_t b)
{
    return moments->scale * moments->numbers[a * moments->channels + b] -
           nst__moments_mean(moments, a) * nst__moments_mean(moments, b);
}

double nst__moments_variance(const nst__moments *moments); /* the trace of the covariance */
double nst__moments_trace(const nst__moments *moments);    /* the trace of A */

nst__term_sizes nst__moments_sizes(size_t channels);
double nst__moments_operations(size_t channels);

/* Adds SHARE of what was measured to the target: A, then mu. */
void nst__moments_learn(nst__term *term, double share);

/* Starts with a value and a slope of 0: the slope's matrix K [C,C], and its vector k behind it. False if it stays so:
 * the target is all zeros, or nothing was seen. */
bool nst__moments_start(nst__term *term);
/* k = PULL (mu - mu_s) - K mu, for the K in the slope. Returns |mu - mu_s|^2. */
double nst__moments_vector(nst__term *term, double pull);

#endif
