/*
 * A loss term: a distance between the picture and a target, and its gradient. Each kind of term is one file, and one
 * row of the table in term.c.
 *
 * A term on features belongs to one layer.
 *   1. Target. The content picture, or each style picture, goes through the network. The term sums over every window of
 *      its layer (`measure`), then computes its target from the sums (`learn`).
 *   2. Evaluation. The painted picture goes through the network. The term sums over every window of its layer
 *      (`observe`), then computes its value and its slope (`finish`). From the slope the engine computes the gradient
 *      (nn/slope.h):
 *
 *          dF(p) = g(p) (F(p) K + k) + g(p) s (F(p) - P(p))      at position p with weight g(p)
 *
 * Terms only sum over windows, so a picture may come in tiles. The slope of a style term depends on the whole picture,
 * so all windows are observed before the first gradient. The slope of a content term needs only its own tile.
 *
 * A term on pixels gets the whole picture at once and adds its gradient itself.
 */
#ifndef NST_LOSS_TERM_H
#define NST_LOSS_TERM_H

#include "base/ranks.h"
#include "nn/gram_sums.h"
#include "nn/slope.h"

#include <nst/nst.h>

typedef enum nst__role { NST__ROLE_CONTENT, NST__ROLE_STYLE, NST__ROLE_PIXELS } nst__role;

typedef struct nst__term nst__term;

/* How many numbers a term of C channels keeps. */
typedef struct nst__term_sizes {
    size_t sums, target, work; /* doubles */
    size_t slope;              /* floats */
} nst__term_sizes;

typedef struct nst__term_type {
    const char *name; /* what NST_PARAM_STYLE_LOSS and nst_transfer_term() call it */
    nst__role role;
    bool relative_alone; /* it is not defined for other forms */
    bool sums_are_gram;  /* SUMS begin with the Gram matrix [C,C], which the layer may take as it computes; */
    bool with_totals;    /* behind it the sum of each channel [C] */

    /* on features; functions that a type does not need are NULL */
    nst__term_sizes (*sizes)(size_t channels);
    double (*operations)(size_t channels); /* of observing one position */
    void (*measure)(nst__term *term, nst__engine *engine, const nst__window *window);
    void (*learn)(nst__term *term, double share); /* SHARE of this picture among all, 0..1 */
    void (*keep)(nst__term *term, nst__engine *engine,
                 const nst__window *window); /* the content's features, for observe */
    void (*observe)(nst__term *term, nst__engine *engine, const nst__window *window);
    void (*finish)(nst__term *term);
    /* If the sums are not a Gram matrix: the sums over the mass, from the means [C] and the upper triangle of the
     * second moment [C,C], row by row. */
    void (*recall)(float *out, size_t channels, const float *mean, const float *second);

    /* on pixels: the value at X [height, width, 3]; adds the term's weight times the gradient where GRADIENT is not
     * NULL */
    double (*evaluate)(const nst__term *term, nst__engine *engine, const nst__map *x, float *gradient);
} nst__term_type;

struct nst__term {
    const nst__term_type *type;
    nst_form form;
    size_t channels;
    double weight; /* the total has value x weight; the slope has WEIGHT in it */

    double lack;  /* of contrast: 1, or nst__contrast_lack() of the content picture, set before a content term learns */
    double mass;  /* sum of the weights of what was measured or observed */
    double *sums; /* [sizes.sums] over the same */
    double *target;       /* [sizes.target] */
    double *work;         /* [sizes.work], for learn and finish */
    float *numbers;       /* [sizes.slope], behind SLOPE */
    float *features;      /* P of the window at work; NULL for a style term */
    const float *content; /* for a term on pixels: the content picture [height, width, 3]; borrowed, */
    nst__rows rows;       /* the rows of X that it takes, and reads others around them, */
    size_t height;        /* and the height of the whole picture */

    double value;
    nst__slope slope;
};

/* The kind of term that is called NAME among those of ROLE. NULL: there is none. */
const nst__term_type *nst__term_find(nst__role role, const char *name);

/* TERM, whose type, form, channels and weight are set, gets its memory. FLOATS: room for the largest window of content
 * features; 0 for a style. */
nst_status nst__term_open(nst__term *term, size_t floats);
void nst__term_close(nst__term *term);
/* The sums of a style term over its mass, likewise. */
void nst__term_recall(float *out, const nst__term_type *type, size_t channels, const float *mean, const float *second);
/* What nst__term_open() takes, FLOATS apart. */
size_t nst__term_bytes(const nst__term *term);

void nst__term_start(nst__term *term); /* empty sums */
/* Adds the mass, too. */
void nst__term_measure(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace);
void nst__term_observe(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace);
/* Instead of these, if the term's sums are a Gram matrix: the call for the layer that computes the map. */
nst__gram_call nst__term_gram(nst__term *term, nst__engine *engine, const nst__window *window, float *workspace);

#endif
