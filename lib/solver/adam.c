/*
 * Adam: Kingma & Ba, arXiv:1412.6980, algorithm 1. With t the number of steps, from 1:
 *     m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g²
 *     x = x - rate_t (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *     rate_t = rate / (1 + decay (t - 1))
 * If NST_PARAM_AVERAGE is above 0, also the running average of the iterates of the paper's section 7.2:
 *     a = average a + (1 - average) x,       read as a / (1 - average^t).
 * The last evaluation is at the average, which is the result if its value is lower than at every iterate.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "solver/descent.h"

#include <math.h>
#include <string.h>

#define CAUTION 0.1 /* the rate is multiplied by this after a value that is not finite */

/* What comes next, where the state is saved and within an iteration. */
typedef enum next {
    STEP,     /* an iteration, with its gradient */
    EVALUATE, /* its evaluation: x has been moved */
    RESTART,  /* an evaluation at x, which is the best point again */
    AVERAGE,  /* after convergence: the evaluation at the average */
} next;

typedef struct adam {
    nst__descent *descent;
    float *memory;
    float *x, *g, *m, *v, *best, *average; /* x is the caller's; average is NULL if there is none */
    double rate, decay, beta1, beta2, epsilon, averaging;
    uint64_t step;   /* since the start or the last restart */
    bool keeps_last; /* NST_RESULT_LAST: BEST is the last point that was evaluated */
    bool forgiven;   /* true after a restart, until a lower value is found */
    next next;
    double value, before;
    double scale, root; /* of the current step: rate_t / (1 - beta1^t), 1 / (1 - beta2^t) */
} adam;

static size_t vectors_of(const nst__settings *settings)
{
    return nst__settings_float(settings, NST_PARAM_AVERAGE) > 0 ? 5 : 4;
}

static uint64_t bytes_of(const nst__settings *settings, const nst__history_storage *storage, size_t n, int workers)
{
    (void)storage;
    (void)workers;
    return (uint64_t)vectors_of(settings) * nst__vector_stride(n) * sizeof(float);
}

static size_t sums_of(const nst__history_storage *storage)
{
    (void)storage;
    return 2; /* for nst__descent_norm() */
}

static uint64_t state_of(const nst__settings *settings, const nst__history_storage *storage, size_t n)
{
    (void)storage;
    return (uint64_t)vectors_of(settings) * n * sizeof(float); /* x, but no gradient before an evaluation */
}

static bool allocate(adam *a, float *x)
{
    const size_t stride = nst__vector_stride(a->descent->vectors.n);
    a->memory = nst__alloc_aligned(stride, vectors_of(&a->descent->settings) * sizeof *a->memory);
    if (!a->memory) {
        a->descent->status = NST_ERR_OUT_OF_MEMORY;
        return false;
    }
    a->x = x;
    a->g = a->memory;
    a->m = a->g + stride;
    a->v = a->m + stride;
    a->best = a->v + stride;
    a->average = a->averaging > 0 ? a->best + stride : NULL;
    return true;
}

static void clear_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const adam *a = user;
    (void)worker;
    (void)row;
    memset(a->m + first, 0, count * sizeof *a->m);
    memset(a->v + first, 0, count * sizeof *a->v);
    if (a->average) memset(a->average + first, 0, count * sizeof *a->average);
}

static void clear(adam *a)
{
    a->step = 0;
    nst__vectors_run(&a->descent->vectors, clear_block, a, 0, 0, NULL);
}

static void step_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const adam *a = user;
    const float keep1 = (float)a->beta1, take1 = (float)(1 - a->beta1);
    const float keep2 = (float)a->beta2, take2 = (float)(1 - a->beta2);
    const float scale = (float)a->scale, root = (float)a->root, epsilon = (float)a->epsilon;
    (void)worker;
    (void)row;
    for (size_t i = first; i < first + count; i++) {
        const float g = a->g[i];
        a->m[i] = keep1 * a->m[i] + take1 * g;
        a->v[i] = keep2 * a->v[i] + take2 * g * g;
        a->x[i] -= scale * a->m[i] / (sqrtf(a->v[i] * root) + epsilon);
    }
}

static void average_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const adam *a = user;
    const float keep = (float)a->averaging, take = (float)(1 - a->averaging);
    (void)worker;
    (void)row;
    for (size_t i = first; i < first + count; i++)
        a->average[i] = keep * a->average[i] + take * a->x[i];
}

static void step(adam *a)
{
    const nst__vectors *vectors = &a->descent->vectors;
    const double t = (double)++a->step;
    a->scale = a->rate / (1 + a->decay * (t - 1)) / (1 - pow(a->beta1, t));
    a->root = 1 / (1 - pow(a->beta2, t));
    nst__vectors_run(vectors, step_block, a, 0, 0, NULL);
    if (a->average) nst__vectors_run(vectors, average_block, a, 0, 0, NULL);
}

/* Sets x to the average. After this x is only evaluated: the iteration cannot go on from there. */
static void read_average_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const adam *a = user;
    const float scale = (float)(1 / (1 - pow(a->averaging, (double)a->step)));
    (void)worker;
    (void)row;
    for (size_t i = first; i < first + count; i++)
        a->x[i] = scale * a->average[i];
}

/* Keeps x if it is the point that NST_PARAM_RESULT selects so far: the best, or the last that was evaluated. */
static void note_best(adam *a)
{
    const bool lower = a->value < a->descent->best;
    if (!isfinite(a->value) || !(lower || a->keeps_last)) return;
    if (lower) a->forgiven = false;
    a->descent->best = a->value;
    nst__vector_copy(&a->descent->vectors, a->best, a->x);
}

static bool is_last(const adam *a)
{
    return a->descent->evaluations + 1 >= a->descent->budget;
}

/* Goes back to the best point with a smaller rate; only once until a lower value is found. */
static bool restart(adam *a)
{
    if (a->forgiven) return nst__descent_over(a->descent, NST_STOP_NON_FINITE);
    nst__log(NST_LOG_WARNING, "Adam: a value was not finite: it goes on from the best point with a smaller rate");
    a->forgiven = true;
    a->rate *= CAUTION;
    clear(a);
    nst__vector_copy(&a->descent->vectors, a->x, a->best);
    return true;
}

static bool is_converged(adam *a)
{
    const double tolerance = nst__settings_float(&a->descent->settings, NST_PARAM_VALUE_TOLERANCE);
    if (!(fabs(a->before - a->value) < tolerance * fabs(a->before))) return false;
    nst__descent_over(a->descent, NST_STOP_CONVERGED);
    return true;
}

/* Moves x by a step. The gradient at the old x is known. */
static bool advance(adam *a)
{
    nst__descent *d = a->descent;
    double largest;
    const double norm = nst__descent_norm(d, a->g, &largest);
    if (!isfinite(a->value) || !isfinite(norm)) {
        a->next = RESTART;
        return restart(a);
    }
    if (largest <= nst__settings_float(&d->settings, NST_PARAM_GRADIENT_TOLERANCE))
        return nst__descent_over(d, NST_STOP_CONVERGED);
    a->before = a->value;
    if (d->evaluations >= d->budget) return nst__descent_over(d, NST_STOP_BUDGET);
    step(a);
    a->next = EVALUATE;
    return true;
}

/* Takes a step, unless one was taken before the state was saved, and evaluates at the new x. */
static bool iterate(adam *a)
{
    nst__descent *d = a->descent;
    if (a->next == STEP && !advance(a)) return false;
    const bool restarts = a->next == RESTART;
    if (!restarts && a->average && is_last(a)) return false;
    nst__descent_mark(d);
    if (!nst__descent_evaluate(d, a->x, &a->value, a->g)) return false;
    a->next = STEP;
    if (restarts) return true;
    note_best(a);
    return nst__descent_iterate(d) && !is_converged(a);
}

/* Evaluates at the average, with the last evaluation of the budget or, after convergence, one more. */
static void try_average(adam *a)
{
    nst__descent *d = a->descent;
    const nst_stop why = d->stop;
    if (!a->average || a->step == 0 || d->status != NST_OK) return;
    if (why != NST_STOP_NONE && why != NST_STOP_CONVERGED) return;
    nst__vectors_run(&d->vectors, read_average_block, a, 0, 0, NULL);
    if (why == NST_STOP_CONVERGED) a->next = AVERAGE;
    nst__descent_mark(d);
    if (nst__descent_evaluate(d, a->x, &a->value, a->g)) note_best(a);
    if (why == NST_STOP_CONVERGED && d->stop == NST_STOP_BUDGET) d->stop = why;
}

static void visit_vector(nst__state *state, const char *name, float *vector, size_t n)
{
    nst__state_begin_part(state, name, true);
    nst__state_floats(state, vector, n);
}

/* Visits the state before an iteration or before an evaluation, which needs no gradient. */
static void visit(nst__descent *descent, nst__state *state)
{
    adam *a = descent->solver;
    const size_t n = descent->vectors.n;
    bool averages = a->average != NULL;
    uint64_t what = a->next;
    nst__state_number(state, &a->rate);
    nst__state_number(state, &a->value);
    nst__state_number(state, &a->before);
    nst__state_count(state, &a->step, UINT64_MAX);
    nst__state_flag(state, &a->forgiven);
    nst__state_flag(state, &averages);
    if (averages != (a->average != NULL)) state->damaged = true;
    nst__state_count(state, &what, AVERAGE);
    a->next = (next)what;
    visit_vector(state, "x", a->x, n);
    if (a->next == STEP) visit_vector(state, "gradient", a->g, n);
    visit_vector(state, "moment1", a->m, n);
    visit_vector(state, "moment2", a->v, n);
    visit_vector(state, "best", a->best, n);
    if (a->average) visit_vector(state, "average", a->average, n);
}

/* False: the state was saved where the minimisation had converged. */
static bool resume(adam *a)
{
    if (a->next == AVERAGE) return nst__descent_over(a->descent, NST_STOP_CONVERGED);
    return a->next != STEP || !is_converged(a);
}

static bool begin(adam *a)
{
    clear(a);
    nst__vector_copy(&a->descent->vectors, a->best, a->x);
    return nst__descent_begin(a->descent, a->x, &a->value, a->g);
}

static void minimise(nst__descent *descent, float *x)
{
    const nst__settings *s = &descent->settings;
    adam a = {
        .descent = descent,
        .rate = nst__settings_float(s, NST_PARAM_LEARNING_RATE),
        .decay = nst__settings_float(s, NST_PARAM_DECAY),
        .beta1 = nst__settings_float(s, NST_PARAM_BETA1),
        .beta2 = nst__settings_float(s, NST_PARAM_BETA2),
        .epsilon = nst__settings_float(s, NST_PARAM_EPSILON),
        .averaging = nst__settings_float(s, NST_PARAM_AVERAGE),
        .keeps_last = nst__settings_int(s, NST_PARAM_RESULT) == NST_RESULT_LAST,
    };
    if (!allocate(&a, x)) return;
    descent->solver = &a;
    const bool begun = descent->resumed ? nst__descent_resume(descent, visit) : begin(&a);
    if (begun) {
        bool more = !descent->resumed || resume(&a);
        while (more)
            more = iterate(&a);
        try_average(&a);
        if (descent->stop == NST_STOP_NONE && descent->status == NST_OK) descent->stop = NST_STOP_BUDGET;
    }
    if (begun || !descent->resumed) nst__vector_copy(&descent->vectors, x, a.best);
    nst__free_aligned(a.memory);
}

const nst__solver nst__adam_solver = {"adam", minimise, bytes_of, sums_of, state_of, visit};
