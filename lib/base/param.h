/*
 * The table of all parameters. The checks of the setters, the help of nst, the keywords of Python and the documents
 * come from it.
 */
#ifndef NST_BASE_PARAM_H
#define NST_BASE_PARAM_H

#include "base/status.h"

/* Limits that several objects have in common. */
#define NST__WEIGHT_MOST 1e30  /* of weights, shares and tolerances: their products stay finite */
#define NST__SIDE_MOST   65535 /* pixels along a side of a result */
enum { NST__NAME = 24 };       /* bytes of the name of a term or a solver, with the final zero */

typedef struct nst__choice {
    const char *name;
    int64_t value;
} nst__choice;

typedef struct nst__param {
    nst_param param;
    nst_object object;
    nst_param_type type;
    const char *name;     /* of nst_param, in lower case: NST_PARAM_STYLE_SCALE is "style-scale" */
    const char *group;    /* the heading above it in lists */
    const char *fallback; /* the default, as text; NULL: 0 until a preset sets it */
    double minimum, maximum;
    const char *unit;
    const nst__choice *choices; /* of type CHOICE; a name of NULL ends them */
    const char *help;
} nst__param;

const nst__param *nst__param_find(nst_param param); /* NULL: there is none */
/* The choice of that value or, if NAME is not NULL, of that name; NULL: there is none. */
const nst__choice *nst__param_choice(const nst__param *row, const char *name, int64_t value);
const char *nst__object_name(nst_object object); /* "transfer" */

#endif
