#include "image/color_match.h"
#include "image/oklab.h"

#include <math.h>
#include <string.h>

enum { MOST_PIXELS = 1 << 20, ROTATIONS = 30 };

/* ---- Moments ---- */

/* Every STEP-th row and column make at most MOST_PIXELS. */
static size_t step_of(size_t height, size_t width)
{
    size_t step = 1;
    while (((height - 1) / step + 1) * ((width - 1) / step + 1) > MOST_PIXELS)
        step++;
    return step;
}

/* Adds the sums of a pixel's differences from 0.5, a value that keeps sums of squares from cancelling much. */
static void add_pixel(nst__color_moments *sums, const float *pixel, double weight, const nst__recolor *recolor)
{
    const double x[3] = {(double)pixel[0], (double)pixel[1], (double)pixel[2]};
    double y[3];
    nst__recolor_pixel(recolor, x, y);
    sums->mass += weight;
    for (size_t i = 0; i < 3; i++) {
        sums->mean[i] += weight * (y[i] - 0.5);
        for (size_t k = 0; k < 3; k++)
            sums->covariance[3 * i + k] += weight * (y[i] - 0.5) * (y[k] - 0.5);
    }
}

static double weight_at(const nst__pixel_weights *weights, const nst__distributed *picture, size_t y, size_t x)
{
    const size_t width = picture->image->width;
    if (!weights->values) return 1;
    return (double)weights->values[y * weights->height / picture->height * weights->width + x * weights->width / width];
}

void nst__color_moments_of_all(nst__color_moments *out, const nst__distributed *picture,
                               const nst__pixel_weights *weights, const nst__recolor *recolor)
{
    const size_t width = picture->image->width, step = step_of(picture->height, width);
    *out = (nst__color_moments){.mass = 0};
    for (size_t y = (picture->own.first + step - 1) / step * step; y < picture->own.end; y += step) {
        const float *row = picture->image->pixels + (y - picture->top) * width * 3;
        for (size_t x = 0; x < width; x += step)
            add_pixel(out, row + 3 * x, weight_at(weights, picture, y, x), recolor);
    }
    nst__ranks_sum(picture->ranks, &out->mass, 1);
    nst__ranks_sum(picture->ranks, out->mean, 3);
    nst__ranks_sum(picture->ranks, out->covariance, 9);
    if (!(out->mass > 0)) return;
    for (size_t i = 0; i < 3; i++)
        out->mean[i] /= out->mass;
    for (size_t i = 0; i < 9; i++)
        out->covariance[i] = out->covariance[i] / out->mass - out->mean[i / 3] * out->mean[i % 3];
    for (size_t i = 0; i < 3; i++)
        out->mean[i] += 0.5;
}

void nst__color_moments_of(nst__color_moments *out, const nst_image *image, const nst__pixel_weights *weights,
                           const nst__recolor *recolor)
{
    const nst__distributed picture = nst__distributed_alone(image);
    nst__color_moments_of_all(out, &picture, weights, recolor);
}

void nst__color_moments_add(nst__color_moments *sum, const nst__color_moments *more, double share)
{
    if (!(share > 0 && more->mass > 0)) return;
    const double part = share / (sum->mass + share);
    double away[3];
    for (size_t i = 0; i < 3; i++)
        away[i] = more->mean[i] - sum->mean[i];
    for (size_t i = 0; i < 9; i++)
        sum->covariance[i] +=
            part * (more->covariance[i] - sum->covariance[i]) + part * (1 - part) * away[i / 3] * away[i % 3];
    for (size_t i = 0; i < 3; i++)
        sum->mean[i] += part * away[i];
    sum->mass += share;
}

/* ---- Symmetric matrices [3,3] ---- */

static void multiply(double out[9], const double a[9], const double b[9])
{
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            out[3 * i + k] = a[3 * i] * b[k] + a[3 * i + 1] * b[3 + k] + a[3 * i + 2] * b[6 + k];
}

/* A becomes J' A J and V becomes V J, with the rotation J that makes A[p,q] 0 (Jacobi's method). */
static void rotate(double a[9], double v[9], size_t p, size_t q)
{
    if (a[3 * p + q] == 0) return;
    const double ratio = (a[4 * q] - a[4 * p]) / (2 * a[3 * p + q]);
    const double t = copysign(1, ratio) / (fabs(ratio) + sqrt(1 + ratio * ratio)), c = 1 / sqrt(1 + t * t), s = t * c;
    for (size_t i = 0; i < 3; i++) {
        const double ap = a[3 * i + p], aq = a[3 * i + q], vp = v[3 * i + p], vq = v[3 * i + q];
        a[3 * i + p] = c * ap - s * aq;
        a[3 * i + q] = s * ap + c * aq;
        v[3 * i + p] = c * vp - s * vq;
        v[3 * i + q] = s * vp + c * vq;
    }
    for (size_t i = 0; i < 3; i++) {
        const double ap = a[3 * p + i], aq = a[3 * q + i];
        a[3 * p + i] = c * ap - s * aq;
        a[3 * q + i] = s * ap + c * aq;
    }
    a[3 * p + q] = a[3 * q + p] = 0;
}

/* OUT = A^POWER, for a positive definite A. */
static void raise(double out[9], const double a[9], double power)
{
    double values[9], v[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    memcpy(values, a, sizeof values);
    for (size_t i = 0; i < ROTATIONS; i += 3) {
        rotate(values, v, 0, 1);
        rotate(values, v, 0, 2);
        rotate(values, v, 1, 2);
    }
    memset(out, 0, 9 * sizeof *out);
    for (size_t e = 0; e < 3; e++)
        for (size_t i = 0; i < 9; i++)
            out[i] += v[i / 3 * 3 + e] * v[i % 3 * 3 + e] * pow(values[4 * e], power);
}

static void regularise(double out[9], const double covariance[9])
{
    for (size_t i = 0; i < 9; i++)
        out[i] = covariance[i] + (i % 4 == 0 ? 1e-5 : 0);
}

/* ---- The map ---- */

nst__recolor nst__recolor_none(void)
{
    return (nst__recolor){.matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1}, .gain = 1};
}

nst__recolor nst__recolor_to_grey(void)
{
    nst__recolor recolor = nst__recolor_none();
    recolor.grey = 1;
    return recolor;
}

void nst__recolor_match(nst__recolor *recolor, const nst__color_moments *style, const nst__color_moments *content)
{
    double s[9], c[9], root[9], inverse[9], product[9], middle[9];
    if (!(style->mass > 0 && content->mass > 0)) return;
    regularise(s, style->covariance);
    regularise(c, content->covariance);
    raise(root, s, 0.5);
    raise(inverse, s, -0.5);
    multiply(product, root, c);
    multiply(middle, product, root);
    raise(product, middle, 0.5);
    multiply(middle, inverse, product);
    multiply(recolor->matrix, middle, inverse);
    for (size_t i = 0; i < 3; i++) {
        recolor->shift[i] = content->mean[i];
        for (size_t k = 0; k < 3; k++)
            recolor->shift[i] -= recolor->matrix[3 * i + k] * style->mean[k];
    }
}

static double deviation(const nst__color_moments *moments)
{
    return sqrt(fmax(moments->covariance[0], 0));
}

void nst__recolor_match_grey(nst__recolor *recolor, const nst__color_moments *style, const nst__color_moments *content)
{
    const double least = 1e-6; /* below it the deviation is that of rounding */
    recolor->grey = 1;
    if (!(style->mass > 0 && content->mass > 0)) return;
    recolor->gain = deviation(style) < least ? 0 : deviation(content) / deviation(style);
    recolor->offset = content->mean[0] - recolor->gain * style->mean[0];
}

void nst__recolor_pixel(const nst__recolor *recolor, const double x[3], double out[3])
{
    const double *m = recolor->matrix;
    for (size_t i = 0; i < 3; i++)
        out[i] = m[3 * i] * x[0] + m[3 * i + 1] * x[1] + m[3 * i + 2] * x[2] + recolor->shift[i];
    if (recolor->grey == 0) return;
    out[0] = out[1] = out[2] = recolor->gain * nst__grey(out) + recolor->offset;
}

void nst__image_recolor(nst_image *image, const nst__recolor *recolor)
{
    const size_t values = (size_t)image->width * image->height * 3;
    for (size_t i = 0; i < values; i += 3) {
        const double x[3] = {(double)image->pixels[i], (double)image->pixels[i + 1], (double)image->pixels[i + 2]};
        double y[3];
        nst__recolor_pixel(recolor, x, y);
        for (size_t c = 0; c < 3; c++)
            image->pixels[i + c] = (float)y[c];
    }
}
