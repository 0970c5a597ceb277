/* The table of parameters: every row is sound, and setters refuse what is not. */
#include "unit/runner.h"

#include "base/param.h"
#include "base/settings.h"

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
            size_t count = 0;
            int64_t value;
            for (; nst_param_choice(param, count, &value); count++) {
                const nst__choice *choice = nst__param_choice(nst__param_find(param), NULL, value);
                ck_assert_str_eq(choice->name, nst_param_choice(param, count, NULL));
            }
            ck_assert_uint_gt(count, 1);
            ck_assert(!nst_param_choice(param, count + 1, &value) && value == 0);
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
    nst__settings_free(&settings);
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

static void check_printed(double value, const char *text)
{
    char out[NST__DECIMAL];
    double again;
    nst__print_float(out, value);
    if (text) ck_assert_str_eq(out, text);
    ck_assert(nst__parse_float(&again, out));
    ck_assert(memcmp(&again, &value, sizeof value) == 0);
}

START_TEST(numbers_are_printed_as_they_are_read)
{
    uint64_t state = 1;
    check_printed(0, "0");
    check_printed(-0.0, "-0");
    check_printed(0.002, "0.002");
    check_printed(1e-4, "0.0001");
    check_printed(1e-5, "1e-5");
    check_printed(-12.5, "-12.5");
    check_printed(100, "100");
    check_printed(1e15, "1000000000000000");
    check_printed(1e30, "1e30");
    check_printed(1.25e30, "1.25e30");
    check_printed(0.1 + 0.2, "0.30000000000000004");
    check_printed(9007199254740991, "9007199254740991");
    check_printed(1.7976931348623157e308, NULL);
    for (int i = 0; i < 20000; i++) { /* any bits that are a finite number of 1e-300 or more */
        double value;
        state = state * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &state, sizeof value);
        if (isfinite(value) && fabs(value) > 1e-300) check_printed(value, NULL);
    }
}
END_TEST

START_TEST(each_setter_takes_what_means_the_same)
{
    nst__settings s;
    const char *text;
    double number;
    int64_t whole;
    nst__settings_init(&s, NST_OBJECT_TRANSFER);
    ck_assert_int_eq(nst__settings_set_int(&s, NST_PARAM_STYLE_WEIGHT, 3), NST_OK);
    ck_assert_double_eq(nst__settings_float(&s, NST_PARAM_STYLE_WEIGHT), 3);
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_SIZE, 640), NST_OK);
    ck_assert_int_eq(nst__settings_int(&s, NST_PARAM_SIZE), 640);
    ck_assert(nst__settings_get_float(&s, NST_PARAM_SIZE, &number) == NST_OK && number == 640);
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_SIZE, 640.5), NST_ERR_ARGUMENT);
    ck_assert_str_eq(nst_last_error(), "size: expected a whole number, found 640.5");
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_SIZE, 1e9), NST_ERR_RANGE);
    ck_assert_int_eq(nst__settings_set_float(&s, NST_PARAM_FORM, 1), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_set_int(&s, NST_PARAM_FORM, 4), NST_ERR_RANGE);
    ck_assert_str_eq(nst_last_error(), "form: expected one of relative (0), mean (1), gatys (2), sum (3), found 4");
    ck_assert_int_eq(nst__settings_set_int(&s, NST_PARAM_SIZES, 4), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst__settings_get_int(&s, NST_PARAM_STYLE_WEIGHT, &whole), NST_ERR_ARGUMENT);
    ck_assert(nst__settings_get_text(&s, NST_PARAM_STYLE_WEIGHT, &text) == NST_OK && strcmp(text, "3") == 0);
    ck_assert(nst__settings_get_text(&s, NST_PARAM_SIZE, &text) == NST_OK && strcmp(text, "640") == 0);
    ck_assert(nst__settings_get_text(&s, NST_PARAM_TV_WEIGHT, &text) == NST_OK && strcmp(text, "0") == 0);
    ck_assert(nst__settings_get_text(&s, NST_PARAM_SIZES, &text) == NST_OK && strcmp(text, "") == 0);
    ck_assert(nst__settings_get_text(&s, NST_PARAM_SIMD, &text) == NST_OK && strcmp(text, "auto") == 0);
    ck_assert_int_eq(nst__settings_get_text(&s, NST_PARAM_HISTORY, &text), NST_ERR_ARGUMENT);
}
END_TEST

RUNNER("param", rows_are_sound, defaults_are_those_of_the_table, bad_values_are_refused,
       text_is_read_whatever_the_locale, numbers_are_printed_as_they_are_read, each_setter_takes_what_means_the_same)
