/*
 * Keeps a photograph a photograph: the matting Laplacian L of the content picture. With the three channels x_q of the N
 * values of the picture:
 *
 *   s/N sum_q x_q' L x_q      gradient 2s/N L x_q      s = (longer side / 256)^2
 *
 * It is 0 if within each window of 3x3 pixels the colours of the picture are an affine function of the content's: light
 * and colour may change, edges stay and none are added. Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural
 * Image Matting" (2008), eq. 12; as a loss: Luan, Paris, Shechtman and Bala, "Deep Photo Style Transfer" (2017), eq. 2.
 * s is ours: a window of a picture twice as large spans half as much, so the colours in it differ half as much.
 *
 * L [HW,HW] is never formed. With the content's colours I [3], means and covariances over the nine pixels of a window:
 *
 *   a = (cov(I,I) + e/9)^-1 cov(I,x)      b = mean x - a . mean I      the affine function that fits x best
 *   x' L x = sum over windows   9 (cov(x,x) - a . cov(I,x))
 *   (L x)(i) = sum over windows of pixel i   x(i) - a . I(i) - b
 *
 * Differences are taken from the pixel in the middle of a window before they are multiplied: then float is enough.
 */
#include "loss/matting.h"
#include "loss/pixel_rows.h"
#include "loss/term.h"

#include <math.h>
#include <string.h>

/* A picture is worked through in strips of COLUMNS pixels, for which the fits of three rows of windows are in the
 * first-level cache. Window j of a row has its middle at pixel j - 1 of the strip. */
enum { COLUMNS = 62, WINDOWS = COLUMNS + 2, PLANE = WINDOWS + NST__LANES, CHANNELS = 6, FIT = 13, ENERGY = 12 };

_Static_assert(WINDOWS % NST__LANES == 0, "whole vectors of windows");

typedef struct matting {
    nst__pixel_rows rows;
    const nst__kernels *kernels;
    const float *content;
    float epsilon;
} matting;

typedef struct strip {
    const matting *job;
    size_t left, width; /* columns of the picture */
    float row[3][CHANNELS * PLANE];
    float fit[3][FIT * PLANE];
    float product[3 * PLANE];
} strip;

static size_t width_of(const matting *job)
{
    return job->rows.row_floats / 3;
}

/* Pixel j is column LEFT - 2 + j; those beyond the picture stay 0. */
static void load_row(strip *s, size_t row)
{
    const matting *job = s->job;
    float *to = s->row[row % 3];
    const float *content = job->content + row * job->rows.row_floats, *x = job->rows.x + row * job->rows.row_floats;
    for (size_t j = s->left < 2 ? 2 - s->left : 0; j < s->width + 4 && s->left + j < width_of(job) + 2; j++)
        for (size_t c = 0; c < 3; c++) {
            to[c * PLANE + j] = content[3 * (s->left + j - 2) + c];
            to[(3 + c) * PLANE + j] = x[3 * (s->left + j - 2) + c];
        }
}

/* True if there is a window with its middle at this row or column, of a side of LENGTH pixels. */
static bool is_middle(size_t at, size_t length)
{
    return at >= 1 && at + 1 < length;
}

/* The windows with their middle in ROW. Those that the picture does not hold are 0. */
static void fit_row(strip *s, size_t row)
{
    const float *const rows[] = {s->row[(row + 2) % 3], s->row[row % 3], s->row[(row + 1) % 3]};
    float *fit = s->fit[row % 3];
    if (!is_middle(row, s->job->rows.height)) {
        memset(fit, 0, sizeof s->fit[0]);
        return;
    }
    s->job->kernels->matting_fit(WINDOWS, s->job->epsilon, rows, PLANE, fit);
    for (size_t j = 0; j < WINDOWS; j++)
        if (j >= s->width + 2 || s->left + j < 1 || !is_middle(s->left + j - 1, width_of(s->job)))
            for (size_t k = 0; k < FIT; k++)
                fit[k * PLANE + j] = 0;
}

static double energy_of(const strip *s, size_t row)
{
    const float *energy = s->fit[row % 3] + ENERGY * PLANE;
    double sum = 0;
    for (size_t j = 1; j <= s->width; j++)
        sum += (double)energy[j];
    return sum;
}

static size_t middles_around(size_t at, size_t length)
{
    return (size_t)is_middle(at, length) + (size_t)is_middle(at + 1, length) + (at > 0 && is_middle(at - 1, length));
}

static void add_gradient(strip *s, size_t row)
{
    const matting *job = s->job;
    const float *const fits[] = {s->fit[(row + 2) % 3], s->fit[row % 3], s->fit[(row + 1) % 3]};
    const size_t windows = middles_around(row, job->rows.height);
    float counts[PLANE] = {0};
    for (size_t j = 0; j < s->width; j++)
        counts[j] = (float)(windows * middles_around(s->left + j, width_of(job)));
    job->kernels->matting_product(WINDOWS, fits, s->row[row % 3] + 2, counts, PLANE, s->product);
    float *gradient = job->rows.gradient + row * job->rows.row_floats + 3 * s->left;
    for (size_t i = 0; i < 3 * s->width; i++)
        gradient[i] += job->rows.slope * s->product[i % 3 * PLANE + i / 3];
}

/* Rows FIRST to LAST - 1 of a strip. Their gradient needs the windows of one row above and one below, too. */
static double do_strip(strip *s, size_t first, size_t last)
{
    const size_t height = s->job->rows.height, top = first > 0 ? first - 1 : 0;
    double sum = 0;
    memset(s->row, 0, sizeof s->row);
    memset(s->fit, 0, sizeof s->fit);
    for (size_t row = top > 0 ? top - 1 : 0; row <= top; row++)
        load_row(s, row);
    for (size_t row = top; row <= last; row++) {
        if (row + 1 < height) load_row(s, row + 1);
        fit_row(s, row);
        if (row >= first && row < last) sum += energy_of(s, row);
        if (row > first && s->job->rows.gradient) add_gradient(s, row - 1);
    }
    return sum;
}

static void matting_rows(void *user, size_t part, int worker)
{
    matting *job = user;
    strip s = {.job = job};
    (void)worker;
    job->rows.sum[part] = 0;
    for (s.left = 0; s.left < width_of(job); s.left += COLUMNS) {
        s.width = width_of(job) - s.left < COLUMNS ? width_of(job) - s.left : COLUMNS;
        job->rows.sum[part] += do_strip(&s, nst__pixel_row(&job->rows, part), nst__pixel_row(&job->rows, part + 1));
    }
}

double nst__matting(nst__engine *engine, const float *content, const nst__map *x, float epsilon, double weight,
                    float *gradient)
{
    matting job = {.kernels = nst__engine_kernels(engine), .content = content, .epsilon = epsilon};
    job.rows.taken.end = job.rows.whole = x->height;
    return nst__pixel_rows_mean(&job.rows, engine, x, weight, gradient, matting_rows);
}

static double evaluate(const nst__term *term, nst__engine *engine, const nst__map *x, float *gradient)
{
    const double longer = (double)(x->height > x->width ? x->height : x->width), scale = pow(longer / 256, 2);
    const float epsilon = 1e-4f; /* smaller ones find the blocks of a JPEG file in a flat sky */
    return scale * nst__matting(engine, term->content, x, epsilon, scale * term->weight, gradient);
}

const nst__term_type nst__matting_term = {.name = "matting", .role = NST__ROLE_PIXELS, .evaluate = evaluate};
