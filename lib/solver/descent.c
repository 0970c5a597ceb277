#include "solver/descent.h"

#include <math.h>

bool nst__descent_over(nst__descent *descent, nst_stop stop)
{
    descent->stop = stop;
    return false;
}

bool nst__descent_evaluate(nst__descent *descent, const float *x, double *value, float *gradient)
{
    if (descent->evaluations >= descent->budget) return nst__descent_over(descent, NST_STOP_BUDGET);
    const int answer = descent->objective(descent->optimizer, descent->vectors.n, x, value, gradient, descent->user);
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

void nst__descent_mark(nst__descent *descent)
{
    descent->marked = true;
    descent->marked_best = descent->best;
    descent->marked_evaluations = descent->evaluations;
}

bool nst__descent_resume(nst__descent *descent, void (*visit)(nst__descent *descent, nst__state *state))
{
    nst__state *state = descent->resumed;
    const uint64_t start = state->at;
    state->check = true;
    visit(descent, state);
    if (!state->damaged && state->at == state->size && state->status == NST_OK) {
        state->check = false;
        state->at = start;
        visit(descent, state);
    }
    descent->status = state->status;
    if (descent->status != NST_OK) return false;
    if (!state->damaged && state->at == state->size) return true;
    descent->status =
        nst__fail(NST_ERR_CORRUPT, "the state of the optimizer contradicts itself, or was saved with other "
                                   "settings");
    return false;
}

bool nst__descent_iterate(nst__descent *descent)
{
    descent->iterations++;
    if (!descent->callback) return true;
    nst__descent_mark(descent);
    descent->between = true;
    const int answer = descent->callback(descent->optimizer, descent->callback_user);
    descent->between = false;
    return answer == 0 || nst__descent_over(descent, NST_STOP_CALLBACK);
}

typedef struct norm {
    const nst__chunks *chunks;
    const float *g;
} norm;

static void norm_block(void *user, size_t first, size_t count, int worker, double *row)
{
    const norm *a = user;
    double wide[NST__CHUNK];
    (void)worker;
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
