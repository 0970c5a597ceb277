/*
 * The one table of every knob. It feeds the checks of the setters, nst's --help, Python's keywords and the docs.
 */
#ifndef NST_BASE_PARAM_H
#define NST_BASE_PARAM_H

#include "base/status.h"

#include <stdbool.h>

/* The values of one object's parameters. Those of type TEXT are kept by the object itself. */
typedef struct nst__settings {
    nst_object object;
    struct {
        int64_t i; /* INT, CHOICE, BYTES */
        double f;  /* FLOAT */
    } value[64];   /* by the distance from the object's first parameter */
} nst__settings;

void nst__settings_init(nst__settings *settings, nst_object object); /* to the defaults of the table */

/* Checked: the parameter must be one of the object's, of this type, the value in range. */
nst_status nst__settings_set_int(nst__settings *settings, nst_param param, int64_t value);
nst_status nst__settings_set_float(nst__settings *settings, nst_param param, double value);
nst_status nst__settings_set_text(nst__settings *settings, nst_param param, const char *value);
nst_status nst__settings_get_int(const nst__settings *settings, nst_param param, int64_t *value);
nst_status nst__settings_get_float(const nst__settings *settings, nst_param param, double *value);

/* Unchecked, for the object's own use. */
int64_t nst__settings_int(const nst__settings *settings, nst_param param);
double nst__settings_float(const nst__settings *settings, nst_param param);

/* A whole number, and a finite number, with nothing behind; whatever the locale. */
bool nst__parse_int(int64_t *out, const char *text);
bool nst__parse_float(double *out, const char *text);

#endif
