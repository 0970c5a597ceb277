/*
 * What an objective is made from: the model and the losses that are asked for at any size, and the pictures.
 */
#ifndef NST_OBJECTIVE_RECIPE_H
#define NST_OBJECTIVE_RECIPE_H

#include "loss/term.h"
#include "objective/net.h"
#include "objective/statistics.h"

enum { NST__MAX_TERMS = 2 * NST__MAX_USES + 2 };

/* What is asked for, at any size. Pictures are [height, width, 3], RGB 0..1, and must outlive the objective
 * only where that is said. */
typedef struct nst__recipe {
    const nst_model *model;
    nst__engine *engine;
    nst__profile *profile; /* may be NULL */
    nst__cancel *cancel;   /* looked at between layers and tasks; may be NULL */
    nst_form form;
    const nst__term_type *style_loss;
    nst_padding padding;
    nst_pooling pooling;
    nst__use content_use[NST__MAX_USES], style_use[NST__MAX_USES];
    size_t content_uses, style_uses;
    double content_weight, style_weight, tv_weight, range_weight;
} nst__recipe;

typedef struct nst__picture {
    size_t height, width;
    const float *pixels;
    const float *alpha; /* [height, width]: how much a position counts, 0..1; NULL: all the same */
} nst__picture;

/* A style picture at the size at which it is seen. Its pixels are asked for only where its statistics are not known. */
typedef struct nst__style_source {
    size_t height, width;
    bool alpha;
    double weight;
    size_t bytes;                /* that open takes */
    nst__statistics *statistics; /* NULL: none are kept */
    /* The picture, at this size; what *TOKEN becomes is given to close. */
    nst_status (*open)(nst__picture *out, void **token, const struct nst__style_source *source);
    void (*close)(void *token);
    const void *user;
} nst__style_source;

#endif
