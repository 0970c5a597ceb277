/* Every term on features against its formula: gradients against differences, weights, tiles, and the weights that a
 * mask becomes. */
#include "unit/runner.h"

#include "loss/term.h"
#include "nn/backend.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { HEIGHT = 6, WIDTH = 7, CHANNELS = 5, POSITIONS = HEIGHT * WIDTH, VALUES = POSITIONS * CHANNELS };

static nst__engine *engine;
static float features[VALUES], target[VALUES], weights[POSITIONS], workspace[4096];

static float noise(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / (float)(1 << 23) - 1;
}

static void set_up(void)
{
    unsigned seed = 5;
    ck_assert_int_eq(nst__engine_create(&engine, 2, 0, 0, 0, NULL), NST_OK);
    ck_assert_int_eq(nst__engine_reserve(engine, nst__engine_backend(engine)->scratch(CHANNELS, true)), NST_OK);
    ck_assert_uint_le(nst__engine_backend(engine)->workspace(CHANNELS, POSITIONS),
                      sizeof workspace / sizeof workspace[0]);
    for (size_t i = 0; i < VALUES; i++) {
        features[i] = noise(&seed) + 0.3f;
        target[i] = noise(&seed) + 0.5f;
    }
    for (size_t i = 0; i < POSITIONS; i++)
        weights[i] = i % 5 ? fabsf(noise(&seed)) : 0;
}

static nst__window window_of(float *data, bool relu, bool weighted)
{
    return (nst__window){.map = {HEIGHT, WIDTH, CHANNELS, data},
                         .height = HEIGHT,
                         .width = WIDTH,
                         .relu = relu,
                         .weights = weighted ? weights : NULL,
                         .stride = WIDTH};
}

static nst__term open_term(const char *name, nst_form form, bool relu, bool weighted)
{
    nst__term term = {.form = form, .channels = CHANNELS, .weight = 3};
    const nst__window window = window_of(target, relu, weighted);
    term.type = nst__term_find(NST__ROLE_STYLE, name);
    if (!term.type) term.type = nst__term_find(NST__ROLE_CONTENT, name);
    ck_assert_ptr_nonnull(term.type);
    ck_assert_int_eq(nst__term_open(&term, term.type->role == NST__ROLE_CONTENT ? VALUES : 0), NST_OK);
    nst__term_start(&term);
    nst__term_measure(&term, engine, &window, workspace);
    term.type->learn(&term, 1);
    if (term.type->keep) term.type->keep(&term, engine, &window);
    return term;
}

static double value_at(nst__term *term, const nst__window *window)
{
    nst__term_start(term);
    nst__term_observe(term, engine, window, workspace);
    term->type->finish(term);
    return term->value;
}

/* 3 x the term's gradient by central differences; the features are far enough from 0 for the step. */
static void check_gradient(const char *name, nst_form form, bool relu, bool weighted)
{
    float x[VALUES], found[VALUES];
    double difference = 0, square = 0;
    nst__term term = open_term(name, form, relu, weighted);
    nst__window window = window_of(x, relu, weighted);
    nst__slopes_call slopes = {.engine = engine, .window = window};
    nst__slopes *of = relu ? &slopes.after : &slopes.before;
    memcpy(x, features, sizeof x);
    memcpy(found, features, sizeof found);
    ck_assert_double_gt(value_at(&term, &window), 0);
    of->of[0].slope = term.slope;
    of->of[0].weights = window.weights;
    of->of[0].stride = window.stride;
    of->count = 1;
    if (relu) slopes.before.count = 1; /* a term without effect before the ReLU: the map holds the convolution */
    slopes.window.map.data = found;
    nst__slopes_gradient(&slopes);
    for (size_t i = 0; i < VALUES; i++) {
        const float step = 2e-3f, kept = x[i];
        if (relu && fabsf(kept) < 2 * step) continue;
        x[i] = kept + step;
        const double up = value_at(&term, &window), width = (double)x[i];
        x[i] = kept - step;
        const double slope = term.weight * (up - value_at(&term, &window)) / (width - (double)x[i]);
        x[i] = kept;
        difference += (slope - (double)found[i]) * (slope - (double)found[i]);
        square += slope * slope;
    }
    ck_assert_msg(square > 0 && sqrt(difference / square) < 2e-3, "%s, form %d%s%s: the gradient is off by %.3g", name,
                  (int)form, relu ? ", ReLU" : "", weighted ? ", weighted" : "", sqrt(difference / square));
    nst__term_close(&term);
}

START_TEST(gradients_are_those_of_the_values)
{
    set_up();
    for (int relu = 0; relu < 2; relu++)
        for (int weighted = 0; weighted < 2; weighted++) {
            for (int form = 0; form < 4; form++) {
                check_gradient("gram", (nst_form)form, relu, weighted);
                check_gradient("content", (nst_form)form, relu, weighted);
            }
            check_gradient("centred", NST_FORM_RELATIVE, relu, weighted);
            check_gradient("meanstd", NST_FORM_RELATIVE, relu, weighted);
            check_gradient("w2", NST_FORM_RELATIVE, relu, weighted);
        }
    nst__engine_destroy(engine);
}
END_TEST

static const char *const names[] = {"gram", "centred", "meanstd", "w2", "content"};
enum { NAMES = sizeof names / sizeof names[0] };

START_TEST(weights_of_one_change_nothing)
{
    set_up();
    for (size_t i = 0; i < POSITIONS; i++)
        weights[i] = 1;
    for (size_t i = 0; i < NAMES; i++) {
        nst__term plain = open_term(names[i], NST_FORM_RELATIVE, false, false);
        nst__term weighted = open_term(names[i], NST_FORM_RELATIVE, false, true);
        const nst__window a = window_of(features, false, false), b = window_of(features, false, true);
        const double expected = value_at(&plain, &a), found = value_at(&weighted, &b);
        ck_assert_msg(fabs(found - expected) <= 1e-6 * expected, "%s: %.9g, expected %.9g", names[i], found, expected);
        nst__term_close(&plain);
        nst__term_close(&weighted);
    }
    nst__engine_destroy(engine);
}
END_TEST

START_TEST(positions_of_weight_0_are_not_seen)
{
    set_up();
    for (size_t i = 0; i < NAMES; i++) {
        float changed[VALUES];
        nst__term term = open_term(names[i], NST_FORM_RELATIVE, false, true);
        const nst__window a = window_of(features, false, true), b = window_of(changed, false, true);
        const double expected = value_at(&term, &a);
        for (size_t j = 0; j < VALUES; j++)
            changed[j] = weights[j / CHANNELS] > 0 ? features[j] : 99;
        ck_assert_msg(value_at(&term, &b) == expected, "%s sees what has weight 0", names[i]);
        nst__term_close(&term);
    }
    nst__engine_destroy(engine);
}
END_TEST

/* Rows first to last - 1 of the map. */
static nst__window rows(nst__window window, size_t first, size_t last)
{
    window.top = first;
    window.height = last - first;
    if (window.weights) window.weights += first * window.stride;
    return window;
}

START_TEST(windows_add_up)
{
    set_up();
    for (size_t i = 0; i < NAMES; i++) {
        nst__term term = open_term(names[i], NST_FORM_RELATIVE, true, true);
        if (term.type->keep) { /* it keeps the features of one window */
            nst__term_close(&term);
            continue;
        }
        const nst__window whole = window_of(features, true, true), above = rows(whole, 0, 2), below = rows(whole, 2, 6);
        const double expected = value_at(&term, &whole);
        nst__term_start(&term);
        nst__term_observe(&term, engine, &above, workspace);
        nst__term_observe(&term, engine, &below, workspace);
        term.type->finish(&term);
        ck_assert_msg(fabs(term.value - expected) <= 1e-6 * expected, "%s: %.9g in two windows, %.9g in one", names[i],
                      term.value, expected);
        nst__term_close(&term);
    }
    nst__engine_destroy(engine);
}
END_TEST

START_TEST(nothing_seen_is_no_loss_and_no_nan)
{
    set_up();
    memset(weights, 0, sizeof weights);
    for (size_t i = 0; i < NAMES; i++) {
        nst__term term = open_term(names[i], NST_FORM_RELATIVE, false, true);
        const nst__window window = window_of(features, false, true);
        ck_assert_msg(value_at(&term, &window) == 0, "%s: %g", names[i], term.value);
        for (size_t j = 0; term.slope.matrix && j < CHANNELS * CHANNELS; j++)
            ck_assert(isfinite(term.slope.matrix[j]));
        nst__term_close(&term);
    }
    nst__engine_destroy(engine);
}
END_TEST

/* The value for features that are FACTOR times those of the style: what each loss says of contrast. */
static double value_of_scaled(const char *name, float factor)
{
    float scaled[VALUES];
    nst__term term = open_term(name, NST_FORM_RELATIVE, false, true);
    const nst__window window = window_of(scaled, false, true);
    for (size_t i = 0; i < VALUES; i++)
        scaled[i] = factor * target[i];
    const double value = value_at(&term, &window);
    nst__term_close(&term);
    return value;
}

START_TEST(values_of_a_scaled_style)
{
    set_up();
    for (float factor = 0; factor < 2; factor += 0.5f) {
        const double f = (double)factor, linear = (f - 1) * (f - 1), square = (f * f - 1) * (f * f - 1);
        ck_assert_double_eq_tol(value_of_scaled("gram", factor), square, 1e-5);
        ck_assert_double_eq_tol(value_of_scaled("centred", factor), square + linear, 1e-5);
        ck_assert_double_eq_tol(value_of_scaled("meanstd", factor), linear, 0.01); /* e is in it */
        ck_assert_double_eq_tol(value_of_scaled("w2", factor), linear, 0.02);
    }
    nst__engine_destroy(engine);
}
END_TEST

/* Channels that are alike or all zeros, a target without variation, and one of zeros. */
START_TEST(targets_of_lower_rank)
{
    static const char *const losses[] = {"centred", "meanstd", "w2"};
    set_up();
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < POSITIONS; i++)
            for (size_t c = 0; c < CHANNELS; c++) {
                float *to = &target[i * CHANNELS + c];
                *to = kind == 2 ? 0 : kind == 1 ? (float)c : c == 4 ? 0 : c == 3 ? to[-1] : *to;
                if (kind == 0 && c > 2) features[i * CHANNELS + c] = c == 4 ? 0 : features[i * CHANNELS + c - 1];
            }
        for (size_t i = 0; i < 3; i++) {
            nst__term term = open_term(losses[i], NST_FORM_RELATIVE, false, false);
            const nst__window window = window_of(features, false, false);
            const double value = value_at(&term, &window);
            ck_assert_msg(kind == 2 ? value == 0 : value > 0 && value < 100, "%s, target %d: %g", losses[i], kind,
                          value);
            for (size_t j = 0; j < CHANNELS * CHANNELS; j++)
                ck_assert(isfinite(term.slope.matrix[j]) && (kind < 2 || term.slope.matrix[j] == 0));
            nst__term_close(&term);
            if (kind < 2) check_gradient(losses[i], NST_FORM_RELATIVE, false, false);
        }
    }
    nst__engine_destroy(engine);
}
END_TEST

RUNNER("term", gradients_are_those_of_the_values, weights_of_one_change_nothing, positions_of_weight_0_are_not_seen,
       windows_add_up, nothing_seen_is_no_loss_and_no_nan, values_of_a_scaled_style, targets_of_lower_rank)
