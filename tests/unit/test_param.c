/* The table of parameters: every row is sound, and setters refuse what is not. */
#include "unit/runner.h"

#include "base/param.h"

#include <math.h>
#include <string.h>

START_TEST(rows_are_sound)
{
    for (size_t i = 0; i < nst_param_count(); i++) {
        nst_param param = nst_param_at(i), found;
        const char *name = nst_param_name(param);
        ck_assert(strlen(name) > 0 && strlen(nst_param_help(param)) > 0);
        ck_assert_int_eq(nst_param_find(&found, nst_param_object(param), name), NST_OK);
        ck_assert_int_eq(found, param);
        if (nst_param_type_of(param) == NST_TYPE_CHOICE) {
            ck_assert_ptr_nonnull(nst_param_choice(param, (int64_t)nst_param_maximum(param)));
            ck_assert_ptr_null(nst_param_choice(param, (int64_t)nst_param_maximum(param) + 1));
        }
        if (nst_param_type_of(param) != NST_TYPE_TEXT && strlen(nst_param_default(param)) > 0) {
            nst__settings settings;
            nst__settings_init(&settings, nst_param_object(param));
            ck_assert_int_eq(nst__settings_set_text(&settings, param, nst_param_default(param)), NST_OK);
            nst__settings_free(&settings);
        }
    }
}
END_TEST

START_TEST(defaults_are_those_of_the_table)
{
    nst__settings settings;
    nst__settings_init(&settings, NST_OBJECT_OPTIMIZER);
    ck_assert_int_eq(nst__settings_int(&settings, NST_PARAM_HISTORY), 10);
    ck_assert_double_eq_tol(nst__settings_float(&settings, NST_PARAM_WOLFE_C1), 1e-4, 1e-18);
    ck_assert_double_eq(nst__settings_float(&settings, NST_PARAM_WOLFE_C2), 0.9);
}
END_TEST

START_TEST(bad_values_are_refused)
{
    nst__settings s;
    nst__settings_init(&s, NST_OBJECT_TRANSFER);
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_STYLE_WEIGHT, (double)NAN), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_STYLE_WEIGHT, -1), NST_ERR_RANGE);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_STYLE_WEIGHT, "nan"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_STYLE_WEIGHT, "1x"), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_FORM, "gram"), NST_ERR_NAME);
    ck_assert_str_eq(nst_last_error(), "form: expected one of relative, mean, gatys, sum, found 'gram'");
    ck_assert_int_eq(nst__settings_set_int(&s, NST_PARAM_HISTORY, 5), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_int(&s, (nst_param)9, 5), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_int(&s, NST_PARAM_SIZE, 70000), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "size: expected 0 to 65535, found 70000");
}
END_TEST

START_TEST(text_is_read_whatever_the_locale)
{
    double x;
    int64_t i;
    nst__settings s;
    ck_assert(nst__parse_float(&x, "0.005") && fabs(x - 0.005) < 1e-17);
    ck_assert(nst__parse_float(&x, "-1.5e3") && x == -1500);
    ck_assert(nst__parse_float(&x, ".5") && x == 0.5);
    ck_assert(!nst__parse_float(&x, "") && !nst__parse_float(&x, ".") && !nst__parse_float(&x, "1e999"));
    ck_assert(!nst__parse_float(&x, "1 ") && !nst__parse_float(&x, "inf") && !nst__parse_float(&x, "1e"));
    ck_assert(nst__parse_int(&i, "-12") && i == -12);
    ck_assert(!nst__parse_int(&i, " 12") && !nst__parse_int(&i, "99999999999999999999"));
    nst__settings_init(&s, NST_OBJECT_TRANSFER);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_MEMORY_LIMIT, "1.5G"), NST_OK);
    ck_assert_int_eq(nst__settings_int(&s, NST_PARAM_MEMORY_LIMIT), 3LL << 29);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_MEMORY_LIMIT, "800m"), NST_OK);
    ck_assert_int_eq(nst__settings_int(&s, NST_PARAM_MEMORY_LIMIT), 800LL << 20);
    ck_assert_int_eq(nst__settings_set_text(&s, NST_PARAM_MEMORY_LIMIT, "G"), NST_ERR_ARGUMENT);
}
END_TEST

RUNNER("param", rows_are_sound, defaults_are_those_of_the_table, bad_values_are_refused,
       text_is_read_whatever_the_locale)
