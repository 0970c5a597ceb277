/*
 * The loss terms of the host: nst_transfer_add_term().
 */
#ifndef NST_TRANSFER_HOST_TERM_H
#define NST_TRANSFER_HOST_TERM_H

#include "objective/objective.h"

enum { NST__HOST_TERMS = 8 };

typedef struct nst__host_term {
    char name[NST__NAME];
    double weight;
    nst_term_fn function;
    void *user;
} nst__host_term;

typedef struct nst__host_terms {
    nst__host_term term[NST__HOST_TERMS];
    size_t count;
} nst__host_terms;

/* What a term answered that ended the evaluation. */
typedef struct nst__host_answer {
    const char *term;
    int code;
} nst__host_answer;

/* Adds a term. Parameters and errors are those of nst_transfer_add_term(). */
nst_status nst__host_terms_add(nst__host_terms *terms, const char *name, double weight, nst_term_fn function,
                               void *user);

/* Adds the terms at X [height, width, 3] to *TOTAL and, if it is not NULL, to GRADIENT. OWN [height, width, 3] is
 * scratch for the gradient of one term. VALUES gets an entry for each term. If a term reports failure, the status is
 * NST_ERR_CALLBACK, with *ANSWER; a code of NST_OBJECTIVE_STOP has no message. */
nst_status nst__host_terms_evaluate(const nst__host_terms *terms, nst_transfer *transfer, size_t height, size_t width,
                                    const float *x, double *total, float *gradient, float *own, nst__term_value *values,
                                    nst__host_answer *answer);

#endif
