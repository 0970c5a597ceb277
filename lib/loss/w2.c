/*
 * The style loss of one layer by the Wasserstein distance of order 2 between two normal distributions, those with the
 * mean mu and the covariance Sigma of the features of the picture and of the style (Dowson and Landau, The Frechet
 * distance between multivariate normal distributions, J. Multivariate Anal. 12, 1982), in the form `relative` alone:
 *
 *   (|mu - mu_s|^2 + tr (Sigma + Sigma_s - 2 (R Sigma R)^1/2)) / tr A      R = Sigma_s^1/2
 *
 * with A the second moment of the style, so that the value has no unit: 1 where all of the style is missing. Both
 * covariances count with e I more, e = 1e-4 / C tr Sigma_s, as features often have a lower rank than channels. The
 * gradient is dF = g (F K + k) with
 *   K = 2 (I - T) / (S tr A)       k = 2 (mu - mu_s) / (S tr A) - K mu       T = R (R Sigma R)^-1/2 R
 * for a mass of S: F T + (mu_s - mu T) has the style's mean and covariance, and is nearest to F of all that have.
 */
#include "loss/moments.h"
#include "tensor/dense.h"

#include <float.h>
#include <math.h>

static nst__term_sizes sizes(size_t channels)
{
    nst__term_sizes sizes = nst__moments_sizes(channels);
    sizes.target += channels * channels; /* R, behind A and mu */
    sizes.work = 3 * channels * channels + 4 * channels;
    return sizes;
}

/* OUT = V' diag(VALUES^POWER) V, with the eigenvalues that are lost in rounding raised to its size. V is used up. */
static void compose(size_t n, double *v, const double *values, double power, double *out)
{
    const double least = DBL_EPSILON * values[n - 1];
    for (size_t i = 0; i < n; i++) {
        const double value = fmax(values[i], least), factor = value > 0 ? pow(value, power / 2) : 0;
        for (size_t j = 0; j < n; j++)
            v[i * n + j] *= factor;
    }
    nst__dense_multiply(n, true, v, false, v, out);
}

static void covariance(const nst__moments *moments, double epsilon, double *out)
{
    for (size_t a = 0, n = moments->channels; a < n; a++) {
        for (size_t b = 0; b < n; b++)
            out[a * n + b] = nst__moments_covariance(moments, a, b);
        out[a * n + a] += epsilon;
    }
}

static double epsilon_of(const nst__moments *target)
{
    return 1e-4 * nst__moments_variance(target) / (double)target->channels;
}

/* The root of what has been learned so far. */
static void learn(nst__term *term, double share)
{
    const size_t n = term->channels;
    double *v = term->work, *work = v + n * n, *values = work + n * n + 3 * n, *root = term->target + n * n + n;
    nst__moments_learn(term, share);
    const nst__moments target = nst__moments_target(term);
    covariance(&target, epsilon_of(&target), v);
    if (nst__dense_eigen_in(n, v, values, work) == NST_OK)
        compose(n, v, values, 0.5, root);
    else
        root[0] = NAN; /* so will be the value */
}

/* T to OUT and the trace of (R Sigma R)^1/2; NaN if it cannot be computed. */
static double transport(nst__term *term, double epsilon, double **out)
{
    const size_t n = term->channels;
    const double *root = term->target + n * n + n;
    double *v = term->work, *other = v + n * n, *work = other + n * n, *values = work + n * n + 3 * n, trace = 0;
    const nst__moments seen = nst__moments_seen(term);
    covariance(&seen, epsilon, v);
    nst__dense_multiply(n, false, root, false, v, other);
    nst__dense_multiply(n, false, other, false, root, v);
    if (nst__dense_eigen_in(n, v, values, work) != NST_OK) return NAN;
    for (size_t i = 0; i < n; i++)
        trace += sqrt(fmax(values[i], 0));
    nst__dense_multiply(n, false, v, false, root, other);
    compose(n, other, values, -0.5, v);
    *out = v;
    return trace;
}

static void finish(nst__term *term)
{
    const size_t n = term->channels;
    double *t = NULL;
    if (!nst__moments_start(term)) return;
    const nst__moments seen = nst__moments_seen(term), target = nst__moments_target(term);
    const double epsilon = epsilon_of(&target), trace = nst__moments_trace(&target);
    const double pull = 2 * term->weight / (trace * term->mass), common = transport(term, epsilon, &t);
    for (size_t i = 0; t && i < n * n; i++)
        term->numbers[i] = (float)(pull * ((i % (n + 1) == 0) - t[i]));
    const double shape =
        nst__moments_variance(&seen) + nst__moments_variance(&target) + 2 * epsilon * (double)n - 2 * common;
    term->value = (nst__moments_vector(term, pull) + (shape < 0 ? 0 : shape)) / trace;
}

const nst__term_type nst__w2_term = {
    .name = "w2",
    .role = NST__ROLE_STYLE,
    .relative_alone = true,
    .sums_are_gram = true,
    .with_totals = true,
    .sizes = sizes,
    .operations = nst__moments_operations,
    .learn = learn,
    .finish = finish,
};
