/* Total variation, over the N values of a picture:
 *   1/N sum of (x[i+1,j] - x[i,j])^2 + (x[i,j+1] - x[i,j])^2      Mahendran & Vedaldi, arXiv:1412.0035, beta 2 */
#include "loss/pixel_rows.h"
#include "loss/term.h"

/* Each task writes only its own rows; it reads the row above and the row below too. */
static void tv_rows(void *user, size_t part, int worker)
{
    nst__pixel_rows *job = user;
    const size_t n = job->row_floats;
    double sum = 0;
    (void)worker;
    for (size_t i = nst__pixel_row(job, part); i < nst__pixel_row(job, part + 1); i++) {
        const float *row = job->x + i * n;
        float *gradient = job->gradient ? job->gradient + i * n : NULL;
        for (size_t j = 0; j < n; j++) {
            const float right = j + 3 < n ? row[j + 3] - row[j] : 0;
            const float below = i + 1 < job->height ? row[j + n] - row[j] : 0;
            const float left = j >= 3 ? row[j] - row[j - 3] : 0;
            const float above = i > 0 ? row[j] - (row - n)[j] : 0;
            sum += (double)right * (double)right + (double)below * (double)below;
            if (gradient) gradient[j] += job->slope * (left + above - right - below);
        }
    }
    job->sum[part] = sum;
}

static double evaluate(const nst__term *term, nst__engine *engine, const nst__map *x, float *gradient)
{
    nst__pixel_rows rows = {.taken = term->rows, .whole = term->height};
    return nst__pixel_rows_mean(&rows, engine, x, term->weight, gradient, tv_rows);
}

const nst__term_type nst__tv_term = {.name = "tv", .role = NST__ROLE_PIXELS, .evaluate = evaluate};
