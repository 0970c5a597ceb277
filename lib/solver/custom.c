/*
 * A solver of the host: nst_optimizer_create_custom(). The host moves x; the library counts the evaluations and keeps
 * the best point.
 */
#include "base/alloc.h"
#include "solver/descent.h"

#include <math.h>

static uint64_t bytes_of(const nst__settings *settings, const nst__history_storage *storage, size_t n, int workers)
{
    (void)settings;
    (void)storage;
    (void)workers;
    return nst__vector_stride(n) * sizeof(float); /* the best point */
}

static size_t sums_of(const nst__history_storage *storage)
{
    (void)storage;
    return 2; /* for nst__descent_norm() */
}

bool nst__custom_evaluate(nst__descent *descent, const float *x, double *value, float *gradient)
{
    if (descent->stop != NST_STOP_NONE || descent->status != NST_OK) return false;
    if (descent->evaluations == 0) {
        if (!nst__descent_begin(descent, x, value, gradient)) return false;
        nst__vector_copy(&descent->vectors, descent->custom_best, x);
    } else {
        if (!nst__descent_evaluate(descent, x, value, gradient)) return false;
        if (*value < descent->best && isfinite(*value)) {
            descent->best = *value;
            nst__vector_copy(&descent->vectors, descent->custom_best, x);
        }
    }
    return nst__descent_iterate(descent);
}

static void minimise(nst__descent *descent, float *x)
{
    descent->custom_best = nst__alloc_aligned(nst__vector_stride(descent->vectors.n), sizeof *descent->custom_best);
    if (!descent->custom_best) {
        descent->status = NST_ERR_OUT_OF_MEMORY;
        return;
    }
    nst__vector_copy(&descent->vectors, descent->custom_best, x);
    const int answer = descent->custom(descent->optimizer, descent->vectors.n, x, descent->custom_user);
    if (answer != 0 && descent->status != NST_ERR_CALLBACK)
        descent->status = nst__fail(NST_ERR_CALLBACK, "the solver failed with %d", answer);
    if (descent->stop == NST_STOP_NONE && descent->status == NST_OK) descent->stop = NST_STOP_CONVERGED;
    if (nst__settings_int(&descent->settings, NST_PARAM_RESULT) == NST_RESULT_BEST)
        nst__vector_copy(&descent->vectors, x, descent->custom_best);
    nst__free_aligned(descent->custom_best);
}

const nst__solver nst__custom_solver = {"custom", minimise, bytes_of, sums_of, NULL, NULL};
