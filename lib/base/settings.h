/*
 * The values of the parameters of one object.
 */
#ifndef NST_BASE_SETTINGS_H
#define NST_BASE_SETTINGS_H

#include "base/decimal.h"
#include "base/status.h"

enum { NST__SETTINGS = 64 }; /* the most parameters of an object */

/* Parameter P has value[P - the object's first parameter]. */
typedef struct nst__settings {
    nst_object object;
    struct {
        int64_t i;                 /* INT, CHOICE, BYTES */
        double f;                  /* FLOAT */
        char *text;                /* TEXT: owned; NULL before it is set */
        char number[NST__DECIMAL]; /* INT, BYTES, FLOAT: the value as text */
    } value[NST__SETTINGS];
} nst__settings;

nst_status nst__settings_init(nst__settings *settings, nst_object object); /* to the defaults of the table */
nst_status nst__settings_copy(nst__settings *out, const nst__settings *settings);
void nst__settings_free(nst__settings *settings);

/* Checked: PARAM must be a parameter of the object and the value in its range. Int takes every type but TEXT, float
 * takes FLOAT, and INT and BYTES if the value is whole, text takes all. The object itself checks what TEXT means. */
nst_status nst__settings_set_int(nst__settings *settings, nst_param param, int64_t value);
nst_status nst__settings_set_float(nst__settings *settings, nst_param param, double value);
nst_status nst__settings_set_text(nst__settings *settings, nst_param param, const char *value);
/* Int gives INT, CHOICE and BYTES; float gives FLOAT, INT and BYTES; text gives all, valid until PARAM is set again. */
nst_status nst__settings_get_int(const nst__settings *settings, nst_param param, int64_t *value);
nst_status nst__settings_get_float(const nst__settings *settings, nst_param param, double *value);
nst_status nst__settings_get_text(const nst__settings *settings, nst_param param, const char **value);

/* NST_ERR_ARGUMENT: PARAM is not a parameter OF "an engine", which has those EXPECTED. */
nst_status nst__settings_refuse(nst_param param, const char *of, const char *expected);

/* These set or get whichever of the three is not NULL: for handles that share their checks. */
nst_status nst__settings_put(nst__settings *settings, nst_param param, const int64_t *whole, const double *number,
                             const char *text);
nst_status nst__settings_get(const nst__settings *settings, nst_param param, int64_t *whole, double *number,
                             const char **text);

/* For the object's own use: the parameter is one of its own, and of that type. */
int64_t nst__settings_int(const nst__settings *settings, nst_param param);
double nst__settings_float(const nst__settings *settings, nst_param param);
/* Of type TEXT, NULL before it is set; or of type CHOICE, its name. */
const char *nst__settings_text(const nst__settings *settings, nst_param param);

#endif
