/*
 * The input of an objective: the model and the losses, which are the same at every size, and the pictures.
 */
#ifndef NST_OBJECTIVE_CONFIG_H
#define NST_OBJECTIVE_CONFIG_H

#include "base/ranks.h"
#include "loss/term.h"
#include "objective/kept_content.h"
#include "objective/net.h"
#include "objective/statistics.h"

enum { NST__MAX_REGIONS = 16, NST__MAX_STYLE_TERMS = 128, NST__MAX_TERMS = NST__MAX_TAPS + NST__MAX_STYLE_TERMS + 3 };

/* The model, the losses and their weights. */
typedef struct nst__config {
    const nst_model *model;
    nst__engine *engine;
    nst__profile *profile;   /* may be NULL */
    nst__cancel *cancel;     /* checked between layers and tasks; may be NULL */
    nst__kept_content *kept; /* used if it fits, and filled for the next objective; may be NULL */
    nst_form form;
    const nst__term_type *style_loss;
    nst_padding padding;
    nst_pooling pooling;
    nst__tap content_tap[NST__MAX_TAPS], style_tap[NST__MAX_TAPS];
    size_t content_taps, style_taps;
    double content_weight, style_weight, tv_weight, range_weight, matting_weight;
    size_t regions;   /* of the content, each with styles of its own; 1: the whole picture is one */
    bool masked;      /* the regions have masks */
    bool content_map; /* the content losses have weights */
    double region_weight[NST__MAX_REGIONS]; /* the sum of the weights of its styles */
} nst__config;

/* Masks [height, width] at the size of an objective; NULL: 1 everywhere. */
typedef struct nst__masks {
    const float *region[NST__MAX_REGIONS]; /* in 0..1, with the content's alpha in it; read if the regions are masked */
    const float *content;                  /* weights of the content losses, at least 0; read if CONTENT_MAP */
} nst__masks;

/* A picture in the caller's memory: RGB, nominally 0..1. */
typedef struct nst__picture {
    size_t height, width;
    const float *pixels; /* [height, width, 3] */
    const float *alpha;  /* [height, width], the weight of each position, 0..1; NULL: 1 everywhere */
} nst__picture;

/* A style picture at the size that the objective uses. It is opened only if its statistics are not known yet. */
typedef struct nst__style_source {
    size_t height, width;
    bool alpha;
    double weight;
    size_t region;                          /* that it is painted in */
    size_t row_bytes;                       /* the memory that open takes for each row */
    nst__statistics *statistics;            /* where its statistics are kept; NULL: nowhere */
    double pixel_change[NST__PIXEL_CHANGE]; /* what open does to the pixels besides resizing, for the key */
    /* Opens ROWS of the picture at this size. It is valid until close is called with *TOKEN. */
    nst_status (*open)(nst__picture *out, void **token, const struct nst__style_source *source, nst__rows rows);
    void (*close)(void *token);
    /* Instead of open and close: the moments of the style terms of CONFIG, as nst__statistics has them; NULL: there is
     * a picture. */
    void (*recall)(float *out, const struct nst__style_source *source, const nst__config *config);
    const void *user;
} nst__style_source;

#endif
