/* Solvers of the host. */
#include "unit/runner.h"

#include "unit/tiny_model.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static nst_transfer *make(const nst_model *model, uint32_t width, uint32_t height, const char *sizes)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(width, height, 2), *style = tiny_image(40, 31, 3);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, sizes), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

typedef struct solver {
    double rate;
    int limit, answer; /* evaluations, 0: until it is told to return; what it returns */
    int over;          /* times that it was told */
} solver;

/* Gradient descent with momentum. */
static int momentum(nst_optimizer *optimizer, size_t n, float *x, void *user)
{
    solver *s = user;
    float *gradient = malloc(n * sizeof *gradient), *speed = calloc(n, sizeof *speed);
    double value;
    for (int k = 0; s->limit == 0 || k < s->limit; k++) {
        if (nst_optimizer_evaluate(optimizer, x, &value, gradient) != 0) {
            s->over++;
            ck_assert_int_eq(nst_optimizer_evaluate(optimizer, x, &value, gradient), 1); /* and stays over */
            break;
        }
        for (size_t i = 0; i < n; i++) {
            speed[i] = 0.9F * speed[i] - (float)s->rate * gradient[i];
            x[i] += speed[i];
        }
    }
    free(gradient);
    free(speed);
    return s->answer;
}

typedef struct bowl {
    int calls, stop_at, fail_at, nan_at;
} bowl;

static int bowl_at(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *gradient, void *user)
{
    bowl *b = user;
    (void)optimizer;
    b->calls++;
    if (b->calls == b->stop_at) return NST_OBJECTIVE_STOP;
    if (b->calls == b->fail_at) return 7;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)x[i] - (double)i;
        *value += d * d;
        gradient[i] = (float)(2 * d);
    }
    if (b->calls == b->nan_at) *value = (double)NAN;
    return 0;
}

static int stop_at_third(nst_optimizer *optimizer, void *user)
{
    (void)user;
    return nst_optimizer_iterations(optimizer) == 3;
}

static nst_optimizer *custom(solver *s)
{
    nst_optimizer *optimizer;
    ck_assert_int_eq(nst_optimizer_create_custom(&optimizer, "momentum", momentum, s), NST_OK);
    return optimizer;
}

static nst_status minimize(nst_optimizer *optimizer, float x[5], bowl *b)
{
    memset(x, 0, 5 * sizeof *x);
    return nst_optimizer_minimize(optimizer, 5, x, bowl_at, b);
}

START_TEST(a_solver_minimizes)
{
    solver s = {.rate = 0.05};
    nst_optimizer *optimizer = custom(&s);
    float x[5];
    bowl b = {0};
    ck_assert_int_eq(nst_optimizer_algorithm(optimizer), NST_ALGORITHM_CUSTOM);
    ck_assert_str_eq(nst_optimizer_name(optimizer), "momentum");
    ck_assert_int_eq(nst_optimizer_set_int(optimizer, NST_PARAM_MAX_EVALUATIONS, 300), NST_OK);
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_OK);
    ck_assert_int_eq(nst_optimizer_stop_reason(optimizer), NST_STOP_BUDGET);
    ck_assert_int_eq(b.calls, 300);
    ck_assert_uint_eq(nst_optimizer_evaluations(optimizer), 300);
    ck_assert_int_eq(s.over, 1);
    for (int i = 0; i < 5; i++)
        ck_assert(fabs((double)x[i] - i) < 1e-4);
    /* The best point, not the last: this one runs away. */
    s = (solver){.rate = 3, .limit = 4};
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_OK);
    ck_assert_int_eq(nst_optimizer_stop_reason(optimizer), NST_STOP_CONVERGED);
    ck_assert(nst_optimizer_value(optimizer) == 30);
    for (int i = 0; i < 5; i++)
        ck_assert(x[i] == 0);
    nst_optimizer_destroy(optimizer);
}
END_TEST

START_TEST(a_solver_is_ended)
{
    solver s = {.rate = 0.05};
    nst_optimizer *optimizer = custom(&s), *none;
    float x[5], g[5];
    double value;
    bowl b = {.stop_at = 4};
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_OK);
    ck_assert_int_eq(nst_optimizer_stop_reason(optimizer), NST_STOP_CALLBACK);
    ck_assert_int_eq(b.calls, 4); /* not called again */
    b = (bowl){.fail_at = 2};
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_ERR_CALLBACK);
    b = (bowl){.nan_at = 1};
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_ERR_NON_FINITE);
    b = (bowl){.nan_at = 3};
    s.limit = 5;
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_OK);
    ck_assert(isfinite(nst_optimizer_value(optimizer)));
    s.answer = 9;
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_ERR_CALLBACK);
    ck_assert_str_eq(nst_last_error(), "the solver failed with 9");
    s = (solver){.rate = 0.05};
    ck_assert_int_eq(nst_optimizer_set_iteration(optimizer, stop_at_third, NULL), NST_OK);
    b = (bowl){0};
    ck_assert_int_eq(minimize(optimizer, x, &b), NST_OK);
    ck_assert_int_eq(b.calls, 3);
    ck_assert_int_eq(nst_optimizer_evaluate(optimizer, x, &value, g), 1); /* it does not run */
    nst_optimizer_destroy(optimizer);
    ck_assert_int_eq(nst_optimizer_create(&none, NST_ALGORITHM_CUSTOM), NST_ERR_ARGUMENT);
    ck_assert_int_eq(nst_optimizer_create_custom(&none, "", momentum, &s), NST_ERR_NAME);
    ck_assert_int_eq(nst_optimizer_create_custom(&none, "longer than twenty-three bytes", momentum, &s), NST_ERR_NAME);
    ck_assert_int_eq(nst_optimizer_create_custom(&none, "none", NULL, &s), NST_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_solver_paints)
{
    tiny_model tiny = tiny_model_make(1);
    nst_transfer *transfer = make(tiny.model, 40, 30, "20:10,40:15");
    nst_image *result;
    solver s = {.rate = 1e-2};
    nst_optimizer *optimizer = custom(&s);
    uint64_t bytes;
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, optimizer), NST_OK);
    ck_assert_msg(nst_transfer_run(&result, transfer, optimizer) == NST_OK, "%s", nst_last_error());
    ck_assert_int_eq(nst_transfer_stop_reason(transfer), NST_STOP_BUDGET);
    ck_assert_int_eq(s.over, 2); /* once at each size */
    ck_assert(nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION) == 15);
    ck_assert(nst_transfer_progress(transfer, NST_PROGRESS_BEST) < nst_transfer_progress(transfer, NST_PROGRESS_START));
    ck_assert_uint_eq(nst_image_width(result), 40);
    nst_image_destroy(result);
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("custom", a_solver_minimizes, a_solver_is_ended, a_solver_paints)
