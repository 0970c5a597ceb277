#include "loss/term.h"
#include "base/alloc.h"
#include "nn/backend.h"

#include <string.h>

/* The table: nst__NAME_term of each row is defined in NAME.c. */
#define ROWS(row) row(content) row(gram) row(centred) row(meanstd) row(w2) row(tv) row(range) row(matting)

#define DECLARE(name) extern const nst__term_type nst__##name##_term;
#define ENTER(name)   &nst__##name##_term,
ROWS(DECLARE)
static const nst__term_type *const table[] = {ROWS(ENTER)};
enum { TYPES = sizeof table / sizeof table[0] };

const nst__term_type *nst__term_find(nst__role role, const char *name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (table[i]->role == role && strcmp(table[i]->name, name) == 0) return table[i];
    return NULL;
}

nst_status nst__term_open(nst__term *term, size_t floats)
{
    const nst__term_sizes sizes = term->type->sizes(term->channels);
    term->lack = 1;
    term->sums = nst__zalloc(sizes.sums, sizeof *term->sums);
    term->target = nst__zalloc(sizes.target, sizeof *term->target);
    term->work = sizes.work ? nst__alloc(sizes.work, sizeof *term->work) : NULL;
    term->numbers = nst__alloc_aligned(sizes.slope, sizeof *term->numbers);
    if (floats) term->features = nst__alloc_aligned(floats, sizeof *term->features);
    const bool all = term->sums && term->target && (term->work || !sizes.work) && term->numbers;
    return all && (term->features || !floats) ? NST_OK : NST_ERR_OUT_OF_MEMORY;
}

void nst__term_close(nst__term *term)
{
    nst__free(term->sums);
    nst__free(term->target);
    nst__free(term->work);
    nst__free_aligned(term->numbers);
    nst__free_aligned(term->features);
}

size_t nst__term_bytes(const nst__term *term)
{
    const nst__term_sizes sizes = term->type->sizes(term->channels);
    return (sizes.sums + sizes.target + sizes.work) * sizeof(double) + sizes.slope * sizeof(float);
}

void nst__term_recall(float *out, const nst__term_type *type, size_t channels, const float *mean, const float *second)
{
    if (!type->sums_are_gram) {
        type->recall(out, channels, mean, second);
        return;
    }
    for (size_t a = 0; a < channels; a++)
        for (size_t b = a; b < channels; b++)
            out[a * channels + b] = out[b * channels + a] = *second++;
    if (type->with_totals) memcpy(out + channels * channels, mean, channels * sizeof *out);
}

void nst__term_start(nst__term *term)
{
    term->mass = 0;
    memset(term->sums, 0, term->type->sizes(term->channels).sums * sizeof *term->sums);
}

nst__gram_call nst__term_gram(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace)
{
    double *totals = term->type->with_totals ? term->sums + term->channels * term->channels : NULL;
    term->mass += nst__window_mass(window);
    return (nst__gram_call){engine, *window, term->sums, workspace, totals};
}

static void add_gram(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace)
{
    const nst__gram_call call = nst__term_gram(term, engine, window, workspace);
    nst__engine_backend(engine)->gram(&call);
}

void nst__term_measure(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace)
{
    if (term->type->sums_are_gram) {
        add_gram(term, engine, window, workspace);
    } else {
        term->mass += nst__window_mass(window);
        term->type->measure(term, engine, window);
    }
}

void nst__term_observe(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace)
{
    if (term->type->sums_are_gram) {
        add_gram(term, engine, window, workspace);
    } else {
        term->mass += nst__window_mass(window);
        term->type->observe(term, engine, window);
    }
}
