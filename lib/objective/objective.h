/*
 * The objective at one size: the value of all losses of a picture, and its gradient.
 *
 *   total = content_weight sum_l w_l content_l + style_weight sum_l w_l style_l
 *         + tv_weight tv + range_weight range + matting_weight matting
 *
 * For the form `relative` the second sum is divided by the number of style layers.
 */
#ifndef NST_OBJECTIVE_OBJECTIVE_H
#define NST_OBJECTIVE_OBJECTIVE_H

#include "base/param.h"
#include "objective/plan.h"

/* A term at the last evaluation. The total is the sum of value x weight. */
typedef struct nst__term_value {
    char name[NST__NAME]; /* "style/conv1_1" */
    double value, weight;
} nst__term_value;

typedef struct nst__objective nst__objective;

/* True if what CONFIG keeps of the content fits PLAN: then only the alpha of the content picture is needed. */
bool nst__objective_keeps_content(const nst__config *config, const nst__plan *plan);

/* Creates the objective of PLAN, which need not outlive it. STYLES: those that PLAN was made for. CONTENT, of several
 * ranks the window of this one, must outlive the objective; it is NULL if there is neither a content nor a matting
 * loss, or no matting loss, and the content is kept and opaque. MASKS may be NULL if CONFIG has none. Every picture
 * must have sides of at least nst__net_least() pixels. NST_ERR_CANCELLED if cancelled. */
nst_status nst__objective_create(nst__objective **out, const nst__config *config, const nst__plan *plan,
                                 const nst__picture *content, const nst__masks *masks, const nst__style_source *styles);
void nst__objective_destroy(nst__objective *objective);

/* Computes value and gradient at X [height, width, 3]; GRADIENT may be NULL. With several ranks both are bands. The
 * only failures are NST_ERR_CANCELLED, and NST_ERR_CALLBACK of the ranks: then the results are not valid, and the
 * objective stays usable. */
nst_status nst__objective_evaluate(nst__objective *objective, const float *x, double *total, float *gradient);

size_t nst__objective_terms(const nst__objective *objective);
nst__term_value nst__objective_term(const nst__objective *objective, size_t index);
size_t nst__objective_tiles(const nst__objective *objective);

#endif
