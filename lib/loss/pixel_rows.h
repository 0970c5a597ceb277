/*
 * The shared part of the terms on pixels: a mean over all values of a picture, computed row by row, and its gradient.
 */
#ifndef NST_LOSS_PIXEL_ROWS_H
#define NST_LOSS_PIXEL_ROWS_H

#include "base/ranks.h"
#include "nn/engine.h"
#include "tensor/map.h"

enum { NST__PIXEL_PARTS = 64 };

typedef struct nst__pixel_rows {
    nst__rows taken; /* the rows of X that count; others around them are read */
    size_t whole;    /* the height of the whole picture, of which X may be a part */
    size_t height;   /* of X */
    size_t row_floats, parts;
    const float *x;
    float slope; /* the gradient is SLOPE times the sum of differences */
    float *gradient;
    double sum[NST__PIXEL_PARTS];
} nst__pixel_rows;

/* The first row of a part. */
static inline size_t nst__pixel_row(const nst__pixel_rows *rows, size_t part)
{
    return rows->taken.first + nst__rows_count(rows->taken) * part / rows->parts;
}

/* TASK gets ROWS, in which the caller sets TAKEN and WHOLE, and the number of a part. It sets the sum of the part, and
 * adds to the gradient if that is not NULL. */
double nst__pixel_rows_mean(nst__pixel_rows *rows, nst__engine *engine, const nst__map *x, double weight,
                            float *gradient, nst__task_fn task);

#endif
