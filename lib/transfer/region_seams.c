/*
 * The guided filter of K. He, J. Sun and X. Tang ("Guided Image Filtering", 2010) on the change p = recoloured -
 * content, with the content's colours I as the guide. In each window of (2 RADIUS + 1)^2 pixels p is fitted by an
 * affine function:
 *
 *   a = (covariance(I) + EPSILON 1)^-1 covariance(I, p)      b = mean(p) - a^T mean(I)
 *
 * and each pixel gets the mean over its windows. The weight of a pixel is the part of it that regions cover. A window
 * of one region needs no fit: there p is an affine function already, and such a window answers with p itself.
 *
 * Sums of windows are running ones, in double. The fits of 2 RADIUS + 1 rows are kept.
 */
#include "transfer/region_seams.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum {
    WEIGHT,                 /* the sums of a window: of the weights, */
    GUIDE,                  /* I, */
    CHANGE = GUIDE + 3,     /* p, */
    SQUARES = CHANGE + 3,   /* I I^T, of which the upper triangle is used, */
    PRODUCTS = SQUARES + 9, /* I p^T, */
    MASKS = PRODUCTS + 9,   /* and the masks */
    SUMS = MASKS + NST__MAX_REGIONS,
    FIT = 13 /* a [3 of p, 3 of I], b [3], 1; of a window that needs no fit 0 */
};
static const double epsilon = 1e-3, pure = 1 - 1e-6;
enum { SIZE_BY_RADIUS = 64 };

typedef struct seams {
    const nst_image *content;
    const nst__masks *masks;
    nst_image *recolored;
    size_t height, width, radius, regions;
    float *change;   /* [height, width, 3] */
    double *columns; /* [width, SUMS], over the rows of the windows of one row */
    float *fits;     /* [2 radius + 1, width, FIT]; row y lives in slot y % (2 radius + 1) */
    double *fitted;  /* [width, FIT], over those rows */
} seams;

size_t nst__seam_radius(size_t height, size_t width)
{
    const size_t radius = (height > width ? height : width) / SIZE_BY_RADIUS;
    return radius > 0 ? radius : 1;
}

static double covered(const seams *s, size_t at)
{
    double sum = 0;
    for (size_t r = 0; r < s->regions; r++)
        sum += (double)s->masks->region[r][at];
    return sum;
}

/* ---- The fit of a window ---- */

/* SUMS [SUMS] += SIGN times the values of the pixel AT */
static void add_pixel(const seams *s, size_t at, double sign, double *sums)
{
    const float *guide = s->content->pixels + 3 * at, *change = s->change + 3 * at;
    const double weight = sign * covered(s, at);
    sums[WEIGHT] += weight;
    for (size_t c = 0; c < 3; c++) {
        const double value = weight * (double)guide[c];
        sums[GUIDE + c] += value;
        sums[CHANGE + c] += weight * (double)change[c];
        for (size_t d = 0; d < 3; d++) {
            sums[SQUARES + 3 * c + d] += value * (double)guide[d];
            sums[PRODUCTS + 3 * c + d] += value * (double)change[d];
        }
    }
    for (size_t r = 0; r < s->regions; r++)
        sums[MASKS + r] += sign * (double)s->masks->region[r][at];
}

static bool needs_fit(const seams *s, const double *sums)
{
    double most = 0;
    for (size_t r = 0; r < s->regions; r++)
        most = fmax(most, sums[MASKS + r]);
    return sums[WEIGHT] > 1e-3 && most < pure * sums[WEIGHT];
}

/* INVERSE = M^-1 of a symmetric and positive definite matrix, by cofactors */
static void invert(double inverse[3][3], double m[3][3])
{
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const size_t i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
            inverse[j][i] = m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
        }
    const double determinant = m[0][0] * inverse[0][0] + m[0][1] * inverse[1][0] + m[0][2] * inverse[2][0];
    for (size_t i = 0; i < 9; i++)
        inverse[i / 3][i % 3] /= determinant;
}

static void fit_window(float *fit, const double *sums)
{
    double mean[3], m[3][3], inverse[3][3];
    for (size_t c = 0; c < 3; c++)
        mean[c] = sums[GUIDE + c] / sums[WEIGHT];
    for (size_t c = 0; c < 9; c++)
        m[c / 3][c % 3] = sums[SQUARES + c] / sums[WEIGHT] - mean[c / 3] * mean[c % 3] + (c / 3 == c % 3 ? epsilon : 0);
    invert(inverse, m);
    for (size_t q = 0; q < 3; q++) {
        const double mean_change = sums[CHANGE + q] / sums[WEIGHT];
        double b = mean_change;
        for (size_t i = 0; i < 3; i++) {
            double a = 0;
            for (size_t j = 0; j < 3; j++)
                a += inverse[i][j] * (sums[PRODUCTS + 3 * j + q] / sums[WEIGHT] - mean[j] * mean_change);
            fit[3 * q + i] = (float)a;
            b -= a * mean[i];
        }
        fit[9 + q] = (float)b;
    }
    fit[FIT - 1] = 1;
}

/* ---- Rows ---- */

/* COLUMNS += SIGN times row Y */
static void add_row(seams *s, size_t y, double sign)
{
    for (size_t x = 0; x < s->width; x++)
        add_pixel(s, y * s->width + x, sign, s->columns + x * SUMS);
}

static void add(double *sums, const double *values, double sign, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += sign * values[i];
}

/* The windows with their middle in row Y, whose columns are summed. */
static void fit_row(seams *s, size_t y)
{
    double sums[SUMS] = {0};
    float *fits = s->fits + y % (2 * s->radius + 1) * s->width * FIT;
    memset(fits, 0, s->width * FIT * sizeof *fits);
    for (size_t x = 0; x < s->radius && x < s->width; x++)
        add(sums, s->columns + x * SUMS, 1, SUMS);
    for (size_t x = 0; x < s->width; x++, fits += FIT) {
        if (x + s->radius < s->width) add(sums, s->columns + (x + s->radius) * SUMS, 1, SUMS);
        if (x > s->radius) add(sums, s->columns + (x - s->radius - 1) * SUMS, -1, SUMS);
        if (needs_fit(s, sums)) fit_window(fits, sums);
    }
}

/* FITTED += SIGN times the fits of row Y */
static void add_fits(seams *s, size_t y, double sign)
{
    const float *fits = s->fits + y % (2 * s->radius + 1) * s->width * FIT;
    for (size_t i = 0; i < s->width * FIT; i++)
        s->fitted[i] += sign * (double)fits[i];
}

/* The pixels of row Y, whose windows are summed by columns; ROWS of them. */
static void finish_row(seams *s, size_t y, size_t rows)
{
    double fit[FIT] = {0};
    for (size_t x = 0; x < s->radius && x < s->width; x++)
        add(fit, s->fitted + x * FIT, 1, FIT);
    for (size_t x = 0; x < s->width; x++) {
        const size_t at = y * s->width + x, left = x < s->radius ? x : s->radius;
        const size_t right = s->width - 1 - x < s->radius ? s->width - 1 - x : s->radius;
        const double windows = (double)(rows * (left + right + 1));
        const float *guide = s->content->pixels + 3 * at, *change = s->change + 3 * at;
        if (x + s->radius < s->width) add(fit, s->fitted + (x + s->radius) * FIT, 1, FIT);
        if (x > s->radius) add(fit, s->fitted + (x - s->radius - 1) * FIT, -1, FIT);
        if (!(fit[FIT - 1] > 0.5) || !(covered(s, at) > 0)) continue;
        for (size_t q = 0; q < 3; q++) {
            double sum = fit[9 + q] + (windows - fit[FIT - 1]) * (double)change[q];
            for (size_t i = 0; i < 3; i++)
                sum += fit[3 * q + i] * (double)guide[i];
            s->recolored->pixels[3 * at + q] = (float)((double)guide[q] + sum / windows);
        }
    }
}

static void smooth(seams *s)
{
    const size_t radius = s->radius;
    size_t rows = 0; /* of windows in FITTED */
    for (size_t y = 0; y < radius && y < s->height; y++)
        add_row(s, y, 1);
    for (size_t y = 0; y < s->height + radius; y++) { /* the middle of the windows */
        if (y > 2 * radius) {
            add_fits(s, y - 2 * radius - 1, -1);
            rows--;
        }
        if (y < s->height) {
            if (y + radius < s->height) add_row(s, y + radius, 1);
            if (y > radius) add_row(s, y - radius - 1, -1);
            fit_row(s, y);
            add_fits(s, y, 1);
            rows++;
        }
        if (y >= radius) finish_row(s, y - radius, rows);
    }
}

nst_status nst__smooth_seams(nst_image *recolored, const nst_image *content, const nst__masks *masks, size_t regions)
{
    const size_t height = content->height, width = content->width, values = height * width * 3;
    nst_status status = NST_OK;
    seams s = {content, masks, recolored, height, width, nst__seam_radius(height, width),
               regions, NULL,  NULL,      NULL,   NULL};
    s.change = nst__alloc(values, sizeof *s.change);
    s.columns = nst__zalloc(width * SUMS, sizeof *s.columns);
    s.fits = nst__alloc((2 * s.radius + 1) * width * FIT, sizeof *s.fits);
    s.fitted = nst__zalloc(width * FIT, sizeof *s.fitted);
    if (!s.change || !s.columns || !s.fits || !s.fitted) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < values; i++)
        s.change[i] = recolored->pixels[i] - content->pixels[i];
    smooth(&s);
out:
    nst__free(s.change);
    nst__free(s.columns);
    nst__free(s.fits);
    nst__free(s.fitted);
    return status;
}
