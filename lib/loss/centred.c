/*
 * The style loss of one layer by the mean mu of the features and their covariance Sigma, each relative to that of the
 * style, in the form `relative` alone:
 *
 *   |Sigma - Sigma_s|^2 / |Sigma_s|^2 + |mu - mu_s|^2 / |mu_s|^2
 *
 * The Gram matrix is Sigma + mu mu', in which the mean hides most of the rest. The gradient is dF = g (F K + k) with
 *   K = 4 (Sigma - Sigma_s) / (S |Sigma_s|^2)       k = 2 (mu - mu_s) / (S |mu_s|^2) - K mu
 * for a mass of S. A part whose target is all zeros does not count.
 */
#include "loss/moments.h"

/* 1 / SQUARE, or 0. */
static double inverse(double square)
{
    return square > 0 ? 1 / square : 0;
}

static void finish(nst__term *term)
{
    const size_t channels = term->channels;
    double mean_square = 0, square = 0, distance = 0;
    if (!nst__moments_start(term)) return;
    const nst__moments seen = nst__moments_seen(term), target = nst__moments_target(term);
    for (size_t a = 0; a < channels; a++) {
        mean_square += nst__moments_mean(&target, a) * nst__moments_mean(&target, a);
        for (size_t b = 0; b < channels; b++) {
            const double s = nst__moments_covariance(&target, a, b);
            square += s * s;
        }
    }
    const double pull = term->weight / term->mass, of_mean = inverse(mean_square), of_rest = inverse(square);
    for (size_t a = 0; a < channels; a++)
        for (size_t b = 0; b < channels; b++) {
            const double away = nst__moments_covariance(&seen, a, b) - nst__moments_covariance(&target, a, b);
            distance += away * away;
            term->numbers[a * channels + b] = (float)(4 * pull * of_rest * away);
        }
    term->value = of_rest * distance + of_mean * nst__moments_vector(term, 2 * pull * of_mean);
}

const nst__term_type nst__centred_term = {
    .name = "centred",
    .role = NST__ROLE_STYLE,
    .relative_alone = true,
    .sums_are_gram = true,
    .with_totals = true,
    .sizes = nst__moments_sizes,
    .operations = nst__moments_operations,
    .learn = nst__moments_learn,
    .finish = finish,
};
