/*
 * L-BFGS: Nocedal & Wright, Numerical Optimization, 2nd ed., algorithm 7.5, with the strong Wolfe line search of
 * line_search.h. Besides x it keeps four vectors (the base of the line search x0, the gradients at x0 and at x, the
 * direction d) and two for each curvature pair (pairs.h). The lowest point of a search needs no vector: it is stored as
 * its step along d.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "solver/descent.h"
#include "solver/history.h"
#include "solver/line_search.h"

#include <math.h>

/* Without curvature pairs the scale of a step is unknown. The first trial moves the variable that moves most by this
 * fraction of the largest variable, or of 1 if all are smaller: by 0.1 for pixels in 0..1. At the start of a
 * minimisation the value has most of its way to go. So there the trial is Polyak's step, f / |g|^2, which takes the
 * tangent to 0, the usual bound of losses, and may move a variable by MOST_MOVE. */
#define FIRST_MOVE 0.1
#define MOST_MOVE  0.5
#define CAUTION    0.1 /* of the move that led to a value that is not finite */

enum { OWN_VECTORS = 4 /* x0, g, g0, d */ };

typedef struct lbfgs {
    nst__descent *descent;
    float *memory;
    float *x, *x0, *g, *g0, *d; /* x and x0 are exchanged: one of them is the caller's */
    nst__history history;
    double value0, slope0; /* at x0, along d */
    double largest0;       /* |g0| */
    double value, slope;   /* at x */
    double largest;        /* |g| */
    double step;           /* of x */
    double best_step;      /* along d; 0: x0 is the lowest point */
    double cautious_move;  /* limit of the next steepest move; 0: none */
    bool forgiven;         /* true after a restart, until a lower value is found */
    double before;         /* the value before the last iteration */
} lbfgs;

static uint64_t bytes_of(const nst__settings *settings, const nst__history_storage *storage, size_t n, int workers)
{
    (void)settings;
    return OWN_VECTORS * (uint64_t)nst__vector_stride(n) * sizeof(float) + nst__pairs_memory(storage, n, workers);
}

static size_t sums_of(const nst__history_storage *storage)
{
    return nst__history_sums(storage->pairs);
}

static uint64_t state_of(const nst__settings *settings, const nst__history_storage *storage, size_t n)
{
    const uint64_t pairs = storage->pairs;
    const nst__history_storage all = {.pairs = storage->pairs, .half = storage->half, .scratch = ""}; /* in a file */
    (void)settings;
    return 2 * (uint64_t)n * sizeof(float) + nst__pairs_file(&all, n) + 2 * pairs * (pairs + 1) * sizeof(double);
}

static bool allocate(lbfgs *l, float *x)
{
    nst__descent *d = l->descent;
    const size_t stride = nst__vector_stride(d->vectors.n);
    l->memory = nst__alloc_aligned(stride, OWN_VECTORS * sizeof *l->memory);
    if (!l->memory) {
        d->status = NST_ERR_OUT_OF_MEMORY;
        return false;
    }
    l->x = x;
    l->x0 = l->memory;
    l->g = l->x0 + stride;
    l->g0 = l->g + stride;
    l->d = l->g0 + stride;
    d->status = nst__history_create(&l->history, &d->vectors, &d->storage);
    return d->status == NST_OK;
}

/* ---- Directions ---- */

static void slope_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const lbfgs *l = user;
    const nst__chunks *chunks = l->descent->vectors.chunks;
    double d[NST__CHUNK];
    (void)worker;
    for (size_t i = first; i < first + count; i += NST__CHUNK) {
        const size_t m = first + count - i < NST__CHUNK ? first + count - i : NST__CHUNK;
        chunks->widen(d, l->d + i, m);
        row[0] += chunks->dot(d, l->g + i, m);
        row[1] = fmax(row[1], chunks->largest(l->g + i, m));
    }
}

static void steepest_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const lbfgs *l = user;
    (void)worker;
    for (size_t i = first; i < first + count; i++)
        l->d[i] = -l->g0[i];
    row[0] = l->descent->vectors.chunks->largest(l->x0 + first, count);
}

/* Sets d to steepest descent. Returns the first step to try. */
static double steepest(lbfgs *l)
{
    double largest, move;
    nst__history_clear(&l->history);
    nst__vectors_run(&l->descent->vectors, steepest_block, l, 0, 1, &largest);
    l->slope0 = -nst__descent_norm(l->descent, l->g0, &l->largest0);
    move = FIRST_MOVE * fmax(1, largest);
    if (l->descent->iterations == 0 && l->value0 > 0)
        move = fmin(l->value0 / -l->slope0 * l->largest0, MOST_MOVE * fmax(1, largest));
    if (l->cautious_move > 0) move = fmin(move, l->cautious_move);
    const double step = move / l->largest0;
    nst__vector_move(&l->descent->vectors, l->x, l->x0, step, l->d);
    return step;
}

/* Sets d, its slope, and x to the first trial, which has that STEP. False: the minimisation is over. */
static bool direction(lbfgs *l, double *step)
{
    if (l->history.count > 0) {
        *step = 1;
        l->descent->status = nst__history_direction(&l->slope0, &l->history, l->d, l->x, l->x0, l->g0);
        if (l->descent->status != NST_OK) return false;
        if (isfinite(l->slope0) && l->slope0 < 0) return true;
    }
    *step = steepest(l);
    return true;
}

/* ---- The line search ---- */

typedef enum outcome {
    OVER,       /* the minimisation is over: stop or status of the descent has the reason */
    ACCEPTED,   /* the search goes on from x */
    STUCK,      /* it goes on from x0 + best_step d instead */
    NON_FINITE, /* the same, after a value that is not finite */
} outcome;

/* Evaluates value, gradient and slope at x = x0 + step d. False: the minimisation is over. */
static bool look(lbfgs *l)
{
    double out[2];
    if (!nst__descent_evaluate(l->descent, l->x, &l->value, l->g)) return false;
    nst__vectors_run(&l->descent->vectors, slope_block, l, 1, 1, out);
    l->slope = out[0];
    l->largest = out[1];
    return true;
}

static bool is_finite(const lbfgs *l)
{
    return isfinite(l->value) && isfinite(l->slope);
}

static outcome search(lbfgs *l, double step)
{
    nst__descent *d = l->descent;
    nst__line line;
    nst__line_start(&line, l->value0, l->slope0, step, nst__settings_float(&d->settings, NST_PARAM_WOLFE_C1),
                    nst__settings_float(&d->settings, NST_PARAM_WOLFE_C2));
    int64_t left = nst__settings_int(&d->settings, NST_PARAM_LINE_EVALUATIONS);
    for (;;) {
        l->step = line.step;
        if (!look(l)) return OVER;
        if (!is_finite(l)) return NON_FINITE;
        if (l->value < d->best) {
            d->best = l->value;
            l->best_step = l->step;
        }
        const nst__line_answer answer = nst__line_next(&line, l->value, l->slope);
        if (answer == NST__LINE_DONE && l->best_step == l->step) return ACCEPTED;
        if (answer != NST__LINE_TRY || --left == 0) return STUCK;
        nst__vector_move(&d->vectors, l->x, l->x0, line.step, l->d);
    }
}

/* Moves x back to the lowest point of the search and evaluates there, since its gradient was not kept. */
static outcome settle(lbfgs *l)
{
    if (l->step == l->best_step && is_finite(l)) return ACCEPTED;
    l->step = l->best_step;
    nst__vector_move(&l->descent->vectors, l->x, l->x0, l->step, l->d);
    if (!look(l)) return OVER;
    if (is_finite(l)) return ACCEPTED;
    nst__descent_over(l->descent, NST_STOP_NON_FINITE);
    return OVER;
}

/* ---- Iterations ---- */

static void exchange(float **a, float **b)
{
    float *other = *a;
    *a = *b;
    *b = other;
}

static bool is_converged(lbfgs *l)
{
    nst__descent *d = l->descent;
    if (l->largest0 > nst__settings_float(&d->settings, NST_PARAM_GRADIENT_TOLERANCE) &&
        l->before - l->value0 >= nst__settings_float(&d->settings, NST_PARAM_VALUE_TOLERANCE) * fabs(l->before))
        return false;
    nst__descent_over(d, NST_STOP_CONVERGED);
    return true;
}

/* Makes x the base of the next search. FORGET: the curvature pairs are not valid any more. */
static bool accept(lbfgs *l, bool forget)
{
    l->before = l->value0;
    if (forget)
        nst__history_clear(&l->history);
    else
        l->descent->status = nst__history_move(&l->history, l->x, l->x0, l->g, l->g0, l->slope > l->slope0);
    exchange(&l->x, &l->x0);
    exchange(&l->g, &l->g0);
    l->value0 = l->value;
    l->best_step = 0;
    l->largest0 = l->largest;
    return l->descent->status == NST_OK && nst__descent_iterate(l->descent) && !is_converged(l);
}

/* Restarts after a value that is not finite, MOVE away from the base. */
static bool restart(lbfgs *l, double move)
{
    if (l->forgiven && l->best_step == 0) return nst__descent_over(l->descent, NST_STOP_NON_FINITE);
    nst__log(NST_LOG_WARNING, "L-BFGS: a value was not finite: it goes on from the best point with a smaller step");
    const bool moves = l->best_step > 0;
    if (moves && settle(l) != ACCEPTED) return false;
    l->forgiven = true;
    l->cautious_move = CAUTION * move;
    if (moves) return accept(l, true);
    nst__history_clear(&l->history);
    return true;
}

static void largest_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const lbfgs *l = user;
    (void)worker;
    row[0] = l->descent->vectors.chunks->largest(l->d + first, count);
}

/* Up to accept() or the end of restart(), nothing that visit() needs is changed, except that steepest() may clear the
 * history. Going on from there, it would do so again. */
static bool iterate(lbfgs *l)
{
    double largest, first;
    nst__descent_mark(l->descent);
    if (!direction(l, &first)) return false;
    const bool was_steepest = l->history.count == 0;
    outcome found = search(l, first);
    if (found == OVER) return false;
    if (found == NON_FINITE) {
        nst__vectors_run(&l->descent->vectors, largest_block, l, 0, 1, &largest);
        return restart(l, l->step * largest);
    }
    if (found == STUCK && l->best_step == 0) {
        if (was_steepest) return nst__descent_over(l->descent, NST_STOP_STALLED);
        nst__history_clear(&l->history);
        return true;
    }
    if (found == STUCK && settle(l) == OVER) return false;
    l->forgiven = false;
    l->cautious_move = 0;
    return accept(l, false);
}

static bool begin(lbfgs *l)
{
    nst__descent *d = l->descent;
    if (!nst__descent_begin(d, l->x, &l->value0, l->g0)) return false;
    nst__descent_norm(d, l->g0, &l->largest0);
    if (l->largest0 <= nst__settings_float(&d->settings, NST_PARAM_GRADIENT_TOLERANCE))
        return nst__descent_over(d, NST_STOP_CONVERGED);
    exchange(&l->x, &l->x0);
    return true;
}

/* Visits the state at the beginning of an iteration. There x0 is the lowest point. */
static void visit(nst__descent *descent, nst__state *state)
{
    lbfgs *l = descent->solver;
    nst__state_number(state, &l->value0);
    nst__state_number(state, &l->largest0);
    nst__state_number(state, &l->before);
    nst__state_number(state, &l->cautious_move);
    nst__state_flag(state, &l->forgiven);
    nst__state_begin_part(state, "x", true);
    nst__state_floats(state, l->x0, descent->vectors.n);
    nst__state_begin_part(state, "gradient", true);
    nst__state_floats(state, l->g0, descent->vectors.n);
    nst__state_begin_part(state, "history", false);
    nst__history_visit(&l->history, state);
}

static bool resume(lbfgs *l)
{
    exchange(&l->x, &l->x0);
    return nst__descent_resume(l->descent, visit) && !(l->descent->iterations > 0 && is_converged(l));
}

/* Sets X to the lowest point: x0, or best_step away from it. */
static void finish(lbfgs *l, float *x)
{
    const nst__vectors *vectors = &l->descent->vectors;
    if (l->best_step > 0)
        nst__vector_move(vectors, x, l->x0, l->best_step, l->d);
    else if (l->x0 != x)
        nst__vector_copy(vectors, x, l->x0);
}

static void minimise(nst__descent *descent, float *x)
{
    lbfgs l = {.descent = descent};
    descent->solver = &l;
    if (allocate(&l, x) && (descent->resumed ? resume(&l) : begin(&l))) {
        while (iterate(&l))
            ;
        finish(&l, x);
    }
    nst__history_destroy(&l.history);
    nst__free_aligned(l.memory);
}

const nst__solver nst__lbfgs_solver = {"lbfgs", minimise, bytes_of, sums_of, state_of, visit};
