/*
 * The objective at one size: model and losses on one side, a picture's value and gradient on the other.
 *
 *   total = content_weight sum_l w_l content_l + style_weight sum_l w_l style_l + tv_weight tv + range_weight range
 *
 * where for the form `relative` the second sum is divided by the number of style layers.
 */
#ifndef NST_OBJECTIVE_OBJECTIVE_H
#define NST_OBJECTIVE_OBJECTIVE_H

#include "objective/plan.h"

/* A term at the last evaluation; the total is the sum of value x weight. */
typedef struct nst__term_value {
    char name[24]; /* "style/conv1_1" */
    double value, weight;
} nst__term_value;

typedef struct nst__objective nst__objective;

/* As PLAN says, which need not outlive it. STYLES: those that PLAN was made for. CONTENT, NULL where there is no
 * content loss, must outlive the objective. Every picture must be as large as nst__net_least() asks. Cancelled:
 * NST_ERR_CANCELLED. */
nst_status nst__objective_create(nst__objective **out, const nst__config *config, const nst__plan *plan,
                                 const nst__picture *content, const nst__style_source *styles);
void nst__objective_destroy(nst__objective *objective);

/* Value and gradient at X [height, width, 3]; GRADIENT may be NULL. The one failure is NST_ERR_CANCELLED, after which
 * nothing that was found is to be used, and the objective is as before. */
nst_status nst__objective_evaluate(nst__objective *objective, const float *x, double *total, float *gradient);

size_t nst__objective_terms(const nst__objective *objective);
nst__term_value nst__objective_term(const nst__objective *objective, size_t index);
size_t nst__objective_tiles(const nst__objective *objective);

#endif
