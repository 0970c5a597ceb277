/*
 * The style loss of one layer by its Gram matrix: the distance of G from the target. S is the mass of G: the sum of the
 * weights, which is the number of positions if there are none.
 *
 *   form       normalised by n(S)   value
 *   relative   1 / S                |D|^2 / |T|^2        no unit: 1 where all of the style is missing
 *   mean       1 / (C S)            |D|^2 / C^2          Johnson et al., arXiv:1603.08155, eq. 4
 *   gatys      1 / S                |D|^2 / (4 C^2)      Gatys et al., arXiv:1508.06576, eq. 4, per position
 *   sum        1                    |D|^2 / 2
 *
 * with D = n(S) G - T and the target T = the mean, over the style pictures, of n(S') A. As dG = F' dF + dF' F, the
 * gradient is dF = g F K with K = 4 n(S) k D, where k is the value's factor on |D|^2.
 */
#include "loss/term.h"

static nst__term_sizes sizes(size_t channels)
{
    const size_t square = channels * channels;
    return (nst__term_sizes){.sums = square, .target = square, .slope = square};
}

static double operations(size_t channels)
{
    return (double)channels * (double)channels;
}

static double norm(const nst__term *term)
{
    if (term->form == NST_FORM_SUM) return 1;
    if (!(term->mass > 0)) return 0; /* nothing was seen */
    return 1 / (term->form == NST_FORM_MEAN ? (double)term->channels * term->mass : term->mass);
}

static void learn(nst__term *term, double share)
{
    const double n = norm(term);
    for (size_t i = 0; i < term->channels * term->channels; i++)
        term->target[i] += share * n * term->sums[i];
}

/* k is 0 if the target is all zeros, which has no relative loss. */
static double factor(const nst__term *term, double target_square)
{
    const double c = (double)term->channels;
    switch (term->form) {
    case NST_FORM_MEAN: return 1 / (c * c);
    case NST_FORM_GATYS: return 1 / (4 * c * c);
    case NST_FORM_SUM: return 0.5;
    default: return target_square > 0 ? 1 / target_square : 0;
    }
}

static void finish(nst__term *term)
{
    const size_t count = term->channels * term->channels;
    const double n = norm(term);
    double distance = 0, target_square = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = n * term->sums[i] - term->target[i];
        distance += difference * difference;
        target_square += term->target[i] * term->target[i];
    }
    const double k = factor(term, target_square);
    for (size_t i = 0; i < count; i++)
        term->numbers[i] = (float)(term->weight * 4 * n * k * (n * term->sums[i] - term->target[i]));
    term->value = k * distance;
    term->slope = (nst__slope){.matrix = term->numbers};
}

const nst__term_type nst__gram_term = {
    .name = "gram",
    .role = NST__ROLE_STYLE,
    .sums_are_gram = true,
    .sizes = sizes,
    .operations = operations,
    .learn = learn,
    .finish = finish,
};
