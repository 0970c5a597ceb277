#include "solver/optimizer.h"
#include "base/alloc.h"
#include "solver/descent.h"

#include <math.h>

struct nst_optimizer {
    nst_algorithm algorithm;
    nst__settings settings;
    nst_iteration_fn callback;
    void *callback_user;
    const nst__descent *running; /* during a minimisation */
    nst_stop stop;               /* of the last one, as what follows */
    double value;
    uint64_t iterations, evaluations;
};

nst_status nst_optimizer_create(nst_optimizer **out, nst_algorithm algorithm)
{
    NST_NEED(out);
    *out = NULL;
    if (algorithm != NST_ALGORITHM_LBFGS && algorithm != NST_ALGORITHM_ADAM)
        return nst__fail(NST_ERR_ARGUMENT, "there is no optimizer number %d", (int)algorithm);
    nst_optimizer *optimizer = nst__zalloc(1, sizeof *optimizer);
    if (!optimizer) return NST_ERR_OUT_OF_MEMORY;
    optimizer->algorithm = algorithm;
    optimizer->value = (double)NAN;
    nst__settings_init(&optimizer->settings, NST_OBJECT_OPTIMIZER);
    *out = optimizer;
    return NST_OK;
}

void nst_optimizer_destroy(nst_optimizer *optimizer)
{
    nst__free(optimizer);
}

/* ---- Settings ---- */

nst_status nst_optimizer_set_int(nst_optimizer *optimizer, nst_param param, int64_t value)
{
    NST_NEED(optimizer);
    return nst__settings_set_int(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_float(nst_optimizer *optimizer, nst_param param, double value)
{
    NST_NEED(optimizer);
    return nst__settings_set_float(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_text(nst_optimizer *optimizer, nst_param param, const char *value)
{
    NST_NEED(optimizer);
    NST_NEED(value);
    return nst__settings_set_text(&optimizer->settings, param, value);
}

nst_status nst_optimizer_get_int(const nst_optimizer *optimizer, nst_param param, int64_t *value)
{
    NST_NEED(value);
    *value = 0;
    NST_NEED(optimizer);
    return nst__settings_get_int(&optimizer->settings, param, value);
}

nst_status nst_optimizer_get_float(const nst_optimizer *optimizer, nst_param param, double *value)
{
    NST_NEED(value);
    *value = 0;
    NST_NEED(optimizer);
    return nst__settings_get_float(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_iteration(nst_optimizer *optimizer, nst_iteration_fn callback, void *user)
{
    NST_NEED(optimizer);
    optimizer->callback = callback;
    optimizer->callback_user = user;
    return NST_OK;
}

/* ---- How it went ---- */

nst_stop nst_optimizer_stop(const nst_optimizer *optimizer)
{
    return !optimizer ? NST_STOP_NONE : optimizer->running ? optimizer->running->stop : optimizer->stop;
}

double nst_optimizer_value(const nst_optimizer *optimizer)
{
    return !optimizer ? (double)NAN : optimizer->running ? optimizer->running->best : optimizer->value;
}

uint64_t nst_optimizer_iterations(const nst_optimizer *optimizer)
{
    return !optimizer ? 0 : optimizer->running ? optimizer->running->iterations : optimizer->iterations;
}

uint64_t nst_optimizer_evaluations(const nst_optimizer *optimizer)
{
    return !optimizer ? 0 : optimizer->running ? optimizer->running->evaluations : optimizer->evaluations;
}

nst_algorithm nst_optimizer_algorithm(const nst_optimizer *optimizer)
{
    return optimizer ? optimizer->algorithm : NST_ALGORITHM_LBFGS;
}

/* ---- A minimisation ---- */

bool nst__descent_over(nst__descent *descent, nst_stop stop)
{
    descent->stop = stop;
    return false;
}

bool nst__descent_evaluate(nst__descent *descent, const float *x, double *value, float *gradient)
{
    if (descent->evaluations >= descent->budget) return nst__descent_over(descent, NST_STOP_BUDGET);
    const int answer = descent->objective(descent->user, descent->vectors.n, x, value, gradient);
    if (answer == NST_OBJECTIVE_STOP) return nst__descent_over(descent, NST_STOP_CALLBACK);
    if (answer != 0) {
        descent->status = nst__fail(NST_ERR_CALLBACK, "the objective function failed with %d", answer);
        return false;
    }
    descent->evaluations++;
    return true;
}

bool nst__descent_begin(nst__descent *descent, const float *x, double *value, float *gradient)
{
    double largest;
    if (!nst__descent_evaluate(descent, x, value, gradient)) return false;
    if (!isfinite(*value) || !isfinite(nst__descent_norm(descent, gradient, &largest))) {
        descent->status =
            nst__fail(NST_ERR_NON_FINITE, "the %s is not finite at the start", isfinite(*value) ? "gradient" : "value");
        return false;
    }
    descent->best = *value;
    return true;
}

bool nst__descent_iterate(nst__descent *descent)
{
    nst_optimizer *optimizer = descent->optimizer;
    descent->iterations++;
    if (optimizer->callback && optimizer->callback(optimizer, optimizer->callback_user) != 0)
        return nst__descent_over(descent, NST_STOP_CALLBACK);
    return true;
}

typedef struct norm {
    const nst__chunks *chunks;
    const float *g;
} norm;

static void norm_block(void *user, size_t first, size_t count, double *row)
{
    const norm *a = user;
    double wide[NST__CHUNK];
    for (size_t i = first; i < first + count; i += NST__CHUNK) {
        const size_t m = first + count - i < NST__CHUNK ? first + count - i : NST__CHUNK;
        a->chunks->widen(wide, a->g + i, m);
        row[0] += a->chunks->dot(wide, a->g + i, m);
        row[1] = fmax(row[1], a->chunks->largest(a->g + i, m));
    }
}

double nst__descent_norm(const nst__descent *descent, const float *g, double *largest)
{
    double out[2];
    norm a = {descent->vectors.chunks, g};
    nst__vectors_run(&descent->vectors, norm_block, &a, 1, 1, out);
    *largest = out[1];
    return out[0];
}

static size_t sums(const nst_optimizer *optimizer)
{
    return optimizer->algorithm == NST_ALGORITHM_ADAM ? NST__ADAM_SUMS : nst__lbfgs_sums(&optimizer->settings);
}

uint64_t nst__optimizer_bytes(const nst_optimizer *optimizer, size_t n)
{
    const size_t vectors = optimizer->algorithm == NST_ALGORITHM_ADAM ? nst__adam_vectors(&optimizer->settings)
                                                                      : nst__lbfgs_vectors(&optimizer->settings);
    return (uint64_t)vectors * nst__vector_stride(n) * sizeof(float) +
           (uint64_t)nst__vector_blocks(n) * sums(optimizer) * sizeof(double);
}

static nst_status check(const nst_optimizer *optimizer, size_t n)
{
    const double c1 = nst__settings_float(&optimizer->settings, NST_PARAM_WOLFE_C1);
    const double c2 = nst__settings_float(&optimizer->settings, NST_PARAM_WOLFE_C2);
    if (n == 0) return nst__fail(NST_ERR_ARGUMENT, "nst_optimizer_minimize: expected variables, found n = 0");
    if (optimizer->running)
        return nst__fail(NST_ERR_STATE, "nst_optimizer_minimize: this optimizer is at work already");
    if (c1 >= c2 || c2 >= 1)
        return nst__fail(NST_ERR_RANGE, "wolfe-c2: expected above wolfe-c1 (%g) and below 1, found %g", c1, c2);
    return NST_OK;
}

nst_status nst__optimizer_minimize_with(nst_optimizer *optimizer, nst__workers *workers, uint64_t evaluations, size_t n,
                                        float *x, nst_objective_fn objective, void *user)
{
    nst_status status = NST_OK;
    NST_TRY(check(optimizer, n));
    nst__descent descent = {
        .optimizer = optimizer,
        .settings = optimizer->settings,
        .vectors = {.workers = workers, .n = n, .chunks = nst__chunks_of(0)},
        .objective = objective,
        .user = user,
        .best = (double)NAN,
        .budget =
            evaluations ? evaluations : (uint64_t)nst__settings_int(&optimizer->settings, NST_PARAM_MAX_EVALUATIONS),
    };
    descent.vectors.rows = nst__alloc(nst__vector_blocks(n), sums(optimizer) * sizeof(double));
    if (!descent.vectors.rows) return NST_ERR_OUT_OF_MEMORY;
    optimizer->running = &descent;
    (optimizer->algorithm == NST_ALGORITHM_ADAM ? nst__adam : nst__lbfgs)(&descent, x);
    nst__free(descent.vectors.rows);
    optimizer->running = NULL;
    optimizer->stop = descent.stop;
    optimizer->value = descent.best;
    optimizer->iterations = descent.iterations;
    optimizer->evaluations = descent.evaluations;
    status = descent.status;
out:
    return status;
}

nst_status nst_optimizer_minimize(nst_optimizer *optimizer, size_t n, float *x, nst_objective_fn objective, void *user)
{
    NST_NEED(optimizer);
    NST_NEED(x);
    NST_NEED(objective);
    return nst__optimizer_minimize_with(optimizer, NULL, 0, n, x, objective, user);
}
