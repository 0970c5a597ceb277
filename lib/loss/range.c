/* Penalises values outside 0..1, over the N values of a picture:
 *   1/N sum of max(0, -x)^2 + max(0, x-1)^2 */
#include "loss/pixel_rows.h"
#include "loss/term.h"

static void range_rows(void *user, size_t part, int worker)
{
    nst__pixel_rows *job = user;
    const size_t n = job->row_floats, end = nst__pixel_row(job, part + 1) * n;
    double sum = 0;
    (void)worker;
    for (size_t i = nst__pixel_row(job, part) * n; i < end; i++) {
        const float outside = job->x[i] < 0 ? job->x[i] : job->x[i] > 1 ? job->x[i] - 1 : 0;
        sum += (double)outside * (double)outside;
        if (job->gradient) job->gradient[i] += job->slope * outside;
    }
    job->sum[part] = sum;
}

static double evaluate(const nst__term *term, nst__engine *engine, const nst__map *x, float *gradient)
{
    nst__pixel_rows rows = {.taken = term->rows, .whole = term->height};
    return nst__pixel_rows_mean(&rows, engine, x, term->weight, gradient, range_rows);
}

const nst__term_type nst__range_term = {.name = "range", .role = NST__ROLE_PIXELS, .evaluate = evaluate};
