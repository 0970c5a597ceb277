#include "transfer/host_term.h"

#include <math.h>
#include <string.h>

static nst_status evaluate_one(const nst__host_term *term, nst_transfer *transfer, size_t height, size_t width,
                               const float *x, double *value, float *own, nst__host_answer *answer)
{
    if (own) memset(own, 0, height * width * 3 * sizeof *own);
    *value = (double)NAN; /* unless the function sets it */
    answer->term = term->name;
    answer->code = term->function(transfer, (uint32_t)height, (uint32_t)width, x, value, own, term->user);
    if (answer->code == NST_OBJECTIVE_STOP) return NST_ERR_CALLBACK; /* the caller knows whether that is a failure */
    if (answer->code != 0) return nst__fail(NST_ERR_CALLBACK, "the term '%s' failed with %d", term->name, answer->code);
    return NST_OK;
}

nst_status nst__host_terms_evaluate(const nst__host_terms *terms, nst_transfer *transfer, size_t height, size_t width,
                                    const float *x, double *total, float *gradient, float *own, nst__term_value *values,
                                    nst__host_answer *answer)
{
    nst_status status = NST_OK;
    for (size_t t = 0; t < terms->count; t++) {
        const nst__host_term *term = &terms->term[t];
        double value;
        NST_TRY(evaluate_one(term, transfer, height, width, x, &value, gradient ? own : NULL, answer));
        for (size_t i = 0; gradient && i < height * width * 3; i++)
            gradient[i] += (float)(term->weight * (double)own[i]);
        *total += term->weight * value;
        values[t] = (nst__term_value){.value = value, .weight = term->weight};
        memcpy(values[t].name, term->name, sizeof term->name);
    }
out:
    return status;
}

/* Names of the library's own terms have a slash, or are those of terms on pixels. */
static nst_status check_name(const nst__host_terms *terms, const char *name)
{
    const size_t most = NST__NAME - 1;
    const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    if (length == 0 || length > most || name[length])
        return nst__fail(NST_ERR_ARGUMENT,
                         "name of a term: expected 1 to %zu letters, digits, hyphens or underscores, found '%s'", most,
                         name);
    if (nst__term_find(NST__ROLE_PIXELS, name))
        return nst__fail(NST_ERR_NAME, "name of a term: '%s' is a term of the library", name);
    for (size_t t = 0; t < terms->count; t++)
        if (strcmp(terms->term[t].name, name) == 0)
            return nst__fail(NST_ERR_NAME, "name of a term: there is a term '%s' already", name);
    return NST_OK;
}

nst_status nst__host_terms_add(nst__host_terms *terms, const char *name, double weight, nst_term_fn function,
                               void *user)
{
    nst_status status = NST_OK;
    NST_TRY(check_name(terms, name));
    if (isnan(weight)) return nst__fail(NST_ERR_ARGUMENT, "weight of term '%s': expected 0 to 1e+30, found NaN", name);
    if (!(weight >= 0 && weight <= NST__WEIGHT_MOST))
        return nst__fail(NST_ERR_RANGE, "weight of term '%s': expected 0 to 1e+30, found %g", name, weight);
    if (terms->count == NST__HOST_TERMS)
        return nst__fail(NST_ERR_STATE, "a transfer takes at most %d terms of the host", NST__HOST_TERMS);
    nst__host_term *added = &terms->term[terms->count++];
    *added = (nst__host_term){.weight = weight, .function = function, .user = user};
    strcpy(added->name, name);
out:
    return status;
}
