/*
 * The one table of every knob. It feeds the checks of the setters, nst's --help, Python's keywords and the docs.
 */
#ifndef NST_BASE_PARAM_H
#define NST_BASE_PARAM_H

#include "base/status.h"

#include <stdbool.h>

enum { NST__SETTINGS = 64 };

/* The values of one object's parameters, by their distance from the object's first one. */
typedef struct nst__settings {
    nst_object object;
    struct {
        int64_t i;  /* INT, CHOICE, BYTES */
        double f;   /* FLOAT */
        char *text; /* TEXT: owned; NULL before it is set */
    } value[NST__SETTINGS];
} nst__settings;

nst_status nst__settings_init(nst__settings *settings, nst_object object); /* to the defaults of the table */
nst_status nst__settings_copy(nst__settings *out, const nst__settings *settings);
void nst__settings_free(nst__settings *settings);

/* Checked: the parameter must be one of the object's, of this type, the value in range. Text is taken for every type;
 * what a parameter of type TEXT may hold is for the object to check. */
nst_status nst__settings_set_int(nst__settings *settings, nst_param param, int64_t value);
nst_status nst__settings_set_float(nst__settings *settings, nst_param param, double value);
nst_status nst__settings_set_text(nst__settings *settings, nst_param param, const char *value);
nst_status nst__settings_get_int(const nst__settings *settings, nst_param param, int64_t *value);
nst_status nst__settings_get_float(const nst__settings *settings, nst_param param, double *value);

/* For the object's own use: the parameter is one of its own. */
int64_t nst__settings_int(const nst__settings *settings, nst_param param);
double nst__settings_float(const nst__settings *settings, nst_param param);
/* Of type TEXT, or the name of a choice; NULL for any other, and where none is set. */
const char *nst__settings_text(const nst__settings *settings, nst_param param);

/* A whole number, and a finite number, with nothing behind; whatever the locale. */
bool nst__parse_int(int64_t *out, const char *text);
bool nst__parse_float(double *out, const char *text);

#endif
