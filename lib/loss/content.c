/*
 * The content loss of one layer: how far its features F are from those of the content picture, P. With weights g of
 * mass S = sum g (without: S = M positions), over channels and positions:
 *
 *   relative   sum g |F-P|^2 / V                      no unit; V = sum g |P - mean P|^2, mean of each channel over
 *                                                     positions, and more for a picture of low contrast
 *                                                     (loss/contrast.h)
 *   mean       sum g |F-P|^2 / (C S)                  Johnson et al., arXiv:1603.08155, eq. 2
 *   gatys, sum sum g |F-P|^2 / 2                      Gatys et al., arXiv:1508.06576, eq. 1
 *
 * The gradient is dF = 2 k g (F - P) with k the factor on sum g |F-P|^2.
 */
#include "loss/term.h"
#include "nn/backend.h"

static nst__term_sizes sizes(size_t channels)
{
    return (nst__term_sizes){.sums = 2 * channels, .target = 1}; /* the target is k */
}

/* ---- The content picture ---- */

static void measure(nst__term *term, nst__engine *engine, const nst__window *window)
{
    nst__engine_backend(engine)->channels(engine, window, term->sums);
}

/* Features without any variation: |P|^2 takes the place of V. If that is 0 too, k is 0. */
static double relative_factor(const nst__term *term)
{
    const size_t channels = term->channels;
    double variation = 0, square = 0;
    for (size_t c = 0; c < channels; c++) {
        const double sum = term->sums[c];
        variation += term->sums[channels + c] - (term->mass > 0 ? sum * sum / term->mass : 0);
        square += term->sums[channels + c];
    }
    /* Below this the difference above is only rounding. */
    if (variation <= 1e-9 * square) variation = square;
    variation *= term->lack;
    return variation > 0 ? 1 / variation : 0;
}

static void learn(nst__term *term, double share)
{
    double k = 0.5;
    (void)share;
    if (term->form == NST_FORM_RELATIVE)
        k = relative_factor(term);
    else if (term->form == NST_FORM_MEAN)
        k = term->mass > 0 ? 1 / ((double)term->channels * term->mass) : 0;
    term->target[0] = k;
    term->slope = (nst__slope){.features = term->features, .pull = 2 * k * term->weight};
}

static void keep(nst__term *term, nst__engine *engine, const nst__window *window)
{
    nst__engine_backend(engine)->copy(engine, window, term->features);
}

/* ---- The picture ---- */

static void observe(nst__term *term, nst__engine *engine, const nst__window *window)
{
    term->sums[0] += nst__engine_backend(engine)->distance(engine, window, term->features);
}

static void finish(nst__term *term)
{
    term->value = term->target[0] * term->sums[0];
}

const nst__term_type nst__content_term = {
    .name = "content",
    .role = NST__ROLE_CONTENT,
    .sizes = sizes,
    .measure = measure,
    .learn = learn,
    .keep = keep,
    .observe = observe,
    .finish = finish,
};
