/*
 * The objective at one size: model and losses on one side, a picture's value and gradient on the other.
 *
 *   total = content_weight sum_l w_l content_l + style_weight sum_l w_l style_l + tv_weight tv + range_weight range
 *
 * where for the form `relative` the second sum is divided by the number of style layers.
 */
#ifndef NST_OBJECTIVE_OBJECTIVE_H
#define NST_OBJECTIVE_OBJECTIVE_H

#include "objective/recipe.h"

/* A term at the last evaluation; the total is the sum of value x weight. */
typedef struct nst__term_value {
    char name[24]; /* "style/conv1_1" */
    double value, weight;
} nst__term_value;

typedef struct nst__objective nst__objective;

/* LIMIT: bytes that the objective may take, 0 for no limit: above it, it computes in tiles. CONTENT, NULL
 * where there is no content loss, must outlive the objective. Every picture must be as large as
 * nst__net_least() asks. Cancelled: NST_ERR_CANCELLED. */
nst_status nst__objective_create(nst__objective **out, const nst__recipe *recipe, size_t height, size_t width,
                                 const nst__picture *content, const nst__style_source *styles, size_t style_count,
                                 size_t limit);
void nst__objective_destroy(nst__objective *objective);

/* The most that nst__objective_create() and evaluate take for pictures of these sizes, with or without ALPHA of the
 * content. The pixels and statistics of the styles are not asked
 * for. More than LIMIT: it cannot be done in less. */
size_t nst__objective_bytes(const nst__recipe *recipe, size_t height, size_t width, bool alpha,
                            const nst__style_source *styles, size_t style_count, size_t limit);

/* Value and gradient at X [height, width, 3]; GRADIENT may be NULL. The one failure is NST_ERR_CANCELLED, after which
 * nothing that was found is to be used, and the objective is as before. */
nst_status nst__objective_evaluate(nst__objective *objective, const float *x, double *total, float *gradient);

/* What the statistics of one style picture take that are kept. */
size_t nst__objective_statistics_bytes(const nst__recipe *recipe);

size_t nst__objective_terms(const nst__objective *objective);
nst__term_value nst__objective_term(const nst__objective *objective, size_t index);
size_t nst__objective_tiles(const nst__objective *objective);

#endif
