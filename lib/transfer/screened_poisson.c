/*
 * The screened Poisson equation, with forward differences and a mirrored border:
 *
 *   (k - Laplacian) (y - c) = k (x - c)      k = 1 / RADIUS^2
 *
 * so y is the content c plus a smoothed x - c. For pictures: Bhat, Curless, Cohen and Zitnick, "Fourier Analysis of the
 * 2D Screened Poisson Equation for Gradient Domain Problems" (2008); as the end of a style transfer: Mechrez, Shechtman
 * and Zelnik-Manor, "Photorealistic Style Transfer with Screened Poisson Equation" (2017).
 *
 * Solved exactly: a cosine transform along the shorter side, by a matrix product, turns the equation into a tridiagonal
 * one along the longer side for each frequency; a second product goes back. The matrix is never larger than a channel
 * of the picture.
 */
#include "transfer/screened_poisson.h"
#include "base/alloc.h"
#include "nn/product.h"
#include "tensor/gemm.h"

#include <math.h>

enum { ROWS = 64, COLUMNS = NST__LANES }; /* of a task */

typedef struct poisson {
    nst__engine *engine;
    nst__product_layout layout;
    size_t lines, length; /* the longer and the shorter side */
    size_t stride;        /* of a line: whole chunks of a product */
    bool upright;         /* a line is a row of the picture, else a column */
    double k;
    float *plane, *product; /* [lines, stride] */
    float *basis;           /* [length, stride], packed for a product */
    double *cosine;         /* [4 length], of multiples of a quarter turn / length */
    double *factor;         /* [workers, lines, COLUMNS] */
} poisson;

static float *pixel(const poisson *p, const nst_image *image, size_t line, size_t at, size_t channel)
{
    const size_t index = p->upright ? line * image->width + at : at * image->width + line;
    return image->pixels + 3 * index + channel;
}

/* ---- The cosine transform (DCT-II), orthonormal ---- */

/* BASIS [pixel, frequency] for the way there, [frequency, pixel] for the way back. */
static void fill_basis(poisson *p, bool back)
{
    const size_t n = p->length;
    for (size_t row = 0; row < n; row++)
        for (size_t column = 0; column < p->stride; column++) {
            const size_t frequency = back ? row : column, at = back ? column : row;
            const double norm = sqrt((frequency ? 2 : 1) / (double)n);
            const size_t turn = (2 * at + 1) * frequency % (4 * n);
            p->basis[nst__product_layout_weight(p->layout.width, row, column, n)] =
                column < n ? (float)(norm * p->cosine[turn]) : 0;
        }
}

static void multiply_lines(void *user, size_t part, int worker)
{
    const poisson *p = user;
    const size_t first = part * ROWS, rows = p->lines - first < ROWS ? p->lines - first : ROWS;
    (void)worker;
    nst__product_plain(&p->layout, rows, p->stride, p->length, p->plane + first * p->stride, p->stride, p->basis,
                       p->length, p->product + first * p->stride, p->stride);
}

/* PLANE = PLANE x BASIS */
static void transform(poisson *p, bool back)
{
    float *result = p->product;
    fill_basis(p, back);
    nst__blas_enter();
    nst__workers_run(nst__engine_workers(p->engine), (p->lines + ROWS - 1) / ROWS, multiply_lines, p);
    nst__blas_leave();
    p->product = p->plane;
    p->plane = result;
}

/* ---- The tridiagonal equations ---- */

/* Of COLUMNS frequencies, from one line to the next: (k + e - d^2/dline^2) y = k x with the eigenvalue e of the
 * frequency, by elimination without pivoting (Thomas). */
static void solve_lines(void *user, size_t part, int worker)
{
    const poisson *p = user;
    float *plane = p->plane + part * COLUMNS;
    double *factors = p->factor + (size_t)worker * p->lines * COLUMNS, before[COLUMNS] = {0}, diagonal[COLUMNS];
    for (size_t j = 0; j < COLUMNS; j++) {
        const double half = 3.14159265358979323846 / 2 * (double)(part * COLUMNS + j) / (double)p->length;
        diagonal[j] = p->k + 4 * sin(half) * sin(half);
    }
    for (size_t line = 0; line < p->lines; line++) {
        const double neighbours = (line > 0) + (line + 1 < p->lines);
        float *x = plane + line * p->stride;
        double *factor = factors + line * COLUMNS;
        for (size_t j = 0; j < COLUMNS; j++) {
            factor[j] = 1 / (diagonal[j] + neighbours - (line ? factor[j - COLUMNS] : 0));
            before[j] = (p->k * (double)x[j] + before[j]) * factor[j];
            x[j] = (float)before[j];
        }
    }
    for (size_t line = p->lines - 1; line-- > 0;) {
        float *y = plane + line * p->stride;
        for (size_t j = 0; j < COLUMNS; j++) {
            before[j] = (double)y[j] + factors[line * COLUMNS + j] * before[j];
            y[j] = (float)before[j];
        }
    }
}

/* ---- Pictures ---- */

static void smooth_channel(poisson *p, nst_image *painting, const nst_image *content, size_t channel)
{
    for (size_t line = 0; line < p->lines; line++)
        for (size_t at = 0; at < p->length; at++)
            p->plane[line * p->stride + at] =
                *pixel(p, painting, line, at, channel) - *pixel(p, content, line, at, channel);
    transform(p, false);
    nst__workers_run(nst__engine_workers(p->engine), p->stride / COLUMNS, solve_lines, p);
    transform(p, true);
    for (size_t line = 0; line < p->lines; line++)
        for (size_t at = 0; at < p->length; at++)
            *pixel(p, painting, line, at, channel) =
                *pixel(p, content, line, at, channel) + p->plane[line * p->stride + at];
}

static nst_status open_poisson(poisson *p)
{
    const size_t values = p->lines * p->stride, workers = (size_t)nst__workers_count(nst__engine_workers(p->engine));
    p->plane = nst__alloc_aligned(values, sizeof *p->plane);
    p->product = nst__alloc_aligned(values, sizeof *p->product);
    p->basis = nst__alloc_aligned(p->length * p->stride, sizeof *p->basis);
    p->cosine = nst__alloc(4 * p->length, sizeof *p->cosine);
    p->factor = nst__alloc(workers * p->lines * COLUMNS, sizeof *p->factor);
    if (!p->plane || !p->product || !p->basis || !p->cosine || !p->factor) return NST_ERR_OUT_OF_MEMORY;
    for (size_t i = 0; i < 4 * p->length; i++)
        p->cosine[i] = cos(3.14159265358979323846 / 2 * (double)i / (double)p->length);
    return NST_OK;
}

nst_status nst__screened_poisson(nst_image *painting, const nst_image *content, double radius, nst__engine *engine)
{
    const bool upright = painting->height >= painting->width;
    const size_t height = painting->height, width = painting->width, length = upright ? width : height;
    nst_status status = NST_OK;
    poisson p = {.engine = engine, .lines = upright ? height : width, .length = length, .upright = upright};
    p.stride = nst__round_up(length, nst__engine_kernels(engine)->columns);
    p.stride = nst__round_up(p.stride, COLUMNS);
    p.layout = nst__product_layout_of(engine, p.stride);
    p.k = 1 / (radius * radius);
    NST_TRY(open_poisson(&p));
    for (size_t channel = 0; channel < 3; channel++)
        smooth_channel(&p, painting, content, channel);
out:
    nst__free_aligned(p.plane);
    nst__free_aligned(p.product);
    nst__free_aligned(p.basis);
    nst__free(p.cosine);
    nst__free(p.factor);
    return status;
}
