#include "base/settings.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "base/param.h"

#include <math.h>
#include <string.h>

#define WHOLE 9007199254740992.0 /* 2^53: up to here every whole number is a double */

static const nst_param first_of[] = {
    [NST_OBJECT_IMAGE] = NST_PARAM_PNG_DEPTH,
    [NST_OBJECT_TRANSFER] = NST_PARAM_SIZE,
    [NST_OBJECT_OPTIMIZER] = NST_PARAM_HISTORY,
};

/* PARAM must be one of OBJECT's. */
static size_t slot(nst_object object, nst_param param)
{
    const size_t distance = (size_t)((int)param - (int)first_of[object]);
    NST_ASSERT(distance < NST__SETTINGS);
    return distance;
}

static nst_status find_of(const nst__param **out, nst_object object, nst_param param)
{
    *out = nst__param_find(param);
    if (!*out) return nst__fail(NST_ERR_ARGUMENT, "there is no parameter number %d", (int)param);
    if ((*out)->object != object)
        return nst__fail(NST_ERR_ARGUMENT, "%s is a parameter of %s, not of %s", (*out)->name,
                         nst__object_name((*out)->object), nst__object_name(object));
    return NST_OK;
}

static const char *type_name(nst_param_type type)
{
    switch (type) {
    case NST_TYPE_INT: return "a whole number";
    case NST_TYPE_FLOAT: return "a number";
    case NST_TYPE_CHOICE: return "one of its choices";
    case NST_TYPE_BYTES: return "a number of bytes, such as 800M or 1G";
    case NST_TYPE_TEXT: return "text";
    case NST_TYPE_FORCE_32BIT: break;
    }
    return "";
}

static nst_status check_range(const nst__param *row, double value)
{
    if (isnan(value)) return nst__fail(NST_ERR_ARGUMENT, "%s: expected a number, found NaN", row->name);
    if (value < row->minimum || value > row->maximum)
        return nst__fail(NST_ERR_RANGE, "%s: expected %.10g to %.10g, found %.10g", row->name, row->minimum,
                         row->maximum, value);
    return NST_OK;
}

/* ---- Setting ---- */

/* NAME as the caller wrote it, or NULL: then VALUE is a number. */
static nst_status bad_choice(const nst__param *row, const char *name, int64_t value)
{
    char list[128] = "", number[NST__DECIMAL];
    for (const nst__choice *c = row->choices; c->name; c++) {
        strcat(list, c == row->choices ? "" : ", ");
        strcat(list, c->name);
        if (name) continue;
        nst__print_int(number, c->value);
        if (strcmp(number, c->name) == 0) continue;
        strcat(strcat(strcat(list, " ("), number), ")");
    }
    if (name) return nst__fail(NST_ERR_NAME, "%s: expected one of %s, found '%s'", row->name, list, name);
    nst__print_int(number, value);
    return nst__fail(NST_ERR_RANGE, "%s: expected one of %s, found %s", row->name, list, number);
}

nst_status nst__settings_set_int(nst__settings *settings, nst_param param, int64_t value)
{
    const nst__param *row;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    const size_t at = slot(settings->object, param);
    if (row->type == NST_TYPE_TEXT) return nst__fail(NST_ERR_ARGUMENT, "%s takes text, not an int", row->name);
    if (row->type == NST_TYPE_FLOAT) return nst__settings_set_float(settings, param, (double)value);
    if (row->type == NST_TYPE_CHOICE && !nst__param_choice(row, NULL, value)) return bad_choice(row, NULL, value);
    if (row->type != NST_TYPE_CHOICE) NST_TRY(check_range(row, (double)value));
    settings->value[at].i = value;
    nst__print_int(settings->value[at].number, value);
out:
    return status;
}

nst_status nst__settings_set_float(nst__settings *settings, nst_param param, double value)
{
    const nst__param *row;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    const size_t at = slot(settings->object, param);
    if (row->type == NST_TYPE_TEXT || row->type == NST_TYPE_CHOICE)
        return nst__fail(NST_ERR_ARGUMENT, "%s takes %s, not a float", row->name, type_name(row->type));
    NST_TRY(check_range(row, value));
    if (row->type != NST_TYPE_FLOAT) {
        if (floor(value) != value || fabs(value) > WHOLE)
            return nst__fail(NST_ERR_ARGUMENT, "%s: expected a whole number, found %.10g", row->name, value);
        return nst__settings_set_int(settings, param, (int64_t)value);
    }
    settings->value[at].f = value;
    nst__print_float(settings->value[at].number, value);
out:
    return status;
}

static nst_status replace_text(char **text, const char *value)
{
    char *copy = nst__copy_text(value);
    if (!copy) return NST_ERR_OUT_OF_MEMORY;
    nst__free(*text);
    *text = copy;
    return NST_OK;
}

static nst_status set_choice(nst__settings *settings, const nst__param *row, const char *name)
{
    const nst__choice *choice = nst__param_choice(row, name, 0);
    return choice ? nst__settings_set_int(settings, row->param, choice->value) : bad_choice(row, name, 0);
}

nst_status nst__settings_set_text(nst__settings *settings, nst_param param, const char *value)
{
    const nst__param *row;
    int64_t whole = 0;
    double number = 0;
    bool good = true;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    switch (row->type) {
    case NST_TYPE_TEXT: return replace_text(&settings->value[slot(settings->object, param)].text, value);
    case NST_TYPE_CHOICE: return set_choice(settings, row, value);
    case NST_TYPE_FLOAT: good = nst__parse_float(&number, value); break;
    case NST_TYPE_BYTES: good = nst__parse_bytes(&whole, value); break;
    default: good = nst__parse_int(&whole, value); break;
    }
    if (!good)
        return nst__fail(NST_ERR_ARGUMENT, "%s: expected %s, found '%s'", row->name, type_name(row->type), value);
    return row->type == NST_TYPE_FLOAT ? nst__settings_set_float(settings, param, number)
                                       : nst__settings_set_int(settings, param, whole);
out:
    return status;
}

/* ---- Getting ---- */

nst_status nst__settings_get_int(const nst__settings *settings, nst_param param, int64_t *value)
{
    const nst__param *row;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    if (row->type == NST_TYPE_FLOAT || row->type == NST_TYPE_TEXT)
        return nst__fail(NST_ERR_ARGUMENT, "%s is %s, not an int", row->name, type_name(row->type));
    *value = settings->value[slot(settings->object, param)].i;
out:
    return status;
}

nst_status nst__settings_get_float(const nst__settings *settings, nst_param param, double *value)
{
    const nst__param *row;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    const size_t at = slot(settings->object, param);
    if (row->type == NST_TYPE_CHOICE || row->type == NST_TYPE_TEXT)
        return nst__fail(NST_ERR_ARGUMENT, "%s is %s, not a float", row->name, type_name(row->type));
    *value = row->type == NST_TYPE_FLOAT ? settings->value[at].f : (double)settings->value[at].i;
out:
    return status;
}

nst_status nst__settings_get_text(const nst__settings *settings, nst_param param, const char **value)
{
    const nst__param *row;
    nst_status status = NST_OK;
    NST_TRY(find_of(&row, settings->object, param));
    const size_t at = slot(settings->object, param);
    switch (row->type) {
    case NST_TYPE_TEXT: *value = settings->value[at].text ? settings->value[at].text : ""; break;
    case NST_TYPE_CHOICE: *value = nst__param_choice(row, NULL, settings->value[at].i)->name; break;
    default: *value = *settings->value[at].number ? settings->value[at].number : "0"; break;
    }
out:
    return status;
}

int64_t nst__settings_int(const nst__settings *settings, nst_param param)
{
    return settings->value[slot(settings->object, param)].i;
}

double nst__settings_float(const nst__settings *settings, nst_param param)
{
    return settings->value[slot(settings->object, param)].f;
}

const char *nst__settings_text(const nst__settings *settings, nst_param param)
{
    const size_t at = slot(settings->object, param);
    const nst__param *row = nst__param_find(param);
    NST_ASSERT(row->type == NST_TYPE_TEXT || row->type == NST_TYPE_CHOICE);
    if (row->type == NST_TYPE_CHOICE) return nst__param_choice(row, NULL, settings->value[at].i)->name;
    return settings->value[at].text;
}

/* ---- All of them ---- */

nst_status nst__settings_init(nst__settings *settings, nst_object object)
{
    nst_status status = NST_OK;
    memset(settings, 0, sizeof *settings);
    settings->object = object;
    for (size_t i = 0; i < nst_param_count(); i++) {
        const nst__param *row = nst__param_find(nst_param_at(i));
        if (row->object == object && row->fallback)
            NST_TRY(nst__settings_set_text(settings, row->param, row->fallback));
    }
    return NST_OK;
out:
    nst__settings_free(settings);
    return status;
}

nst_status nst__settings_copy(nst__settings *out, const nst__settings *settings)
{
    *out = *settings;
    for (size_t i = 0; i < NST__SETTINGS; i++)
        out->value[i].text = NULL;
    for (size_t i = 0; i < NST__SETTINGS; i++) {
        if (!settings->value[i].text) continue;
        out->value[i].text = nst__copy_text(settings->value[i].text);
        if (!out->value[i].text) {
            nst__settings_free(out);
            return NST_ERR_OUT_OF_MEMORY;
        }
    }
    return NST_OK;
}

void nst__settings_free(nst__settings *settings)
{
    for (size_t i = 0; i < NST__SETTINGS; i++) {
        nst__free(settings->value[i].text);
        settings->value[i].text = NULL;
    }
}

nst_status nst__settings_refuse(nst_param param, const char *of, const char *expected)
{
    if (!*nst_param_name(param)) return nst__fail(NST_ERR_ARGUMENT, "there is no parameter number %d", (int)param);
    return nst__fail(NST_ERR_ARGUMENT, "parameter of %s: expected %s, found %s", of, expected, nst_param_name(param));
}

nst_status nst__settings_put(nst__settings *settings, nst_param param, const int64_t *whole, const double *number,
                             const char *text)
{
    if (text) return nst__settings_set_text(settings, param, text);
    if (number) return nst__settings_set_float(settings, param, *number);
    return nst__settings_set_int(settings, param, *whole);
}

nst_status nst__settings_get(const nst__settings *settings, nst_param param, int64_t *whole, double *number,
                             const char **text)
{
    if (text) return nst__settings_get_text(settings, param, text);
    if (number) return nst__settings_get_float(settings, param, number);
    return nst__settings_get_int(settings, param, whole);
}
