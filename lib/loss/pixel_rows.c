#include "loss/pixel_rows.h"

double nst__pixel_rows_mean(nst__pixel_rows *rows, nst__engine *engine, const nst__map *x, double weight,
                            float *gradient, nst__task_fn task)
{
    const double values = (double)rows->whole * (double)x->width * 3;
    double sum = 0;
    const size_t taken = nst__rows_count(rows->taken);
    rows->height = x->height;
    rows->row_floats = x->width * 3;
    rows->x = x->data;
    rows->gradient = gradient;
    rows->parts = taken < NST__PIXEL_PARTS ? taken : NST__PIXEL_PARTS;
    rows->slope = (float)(2 * weight / values);
    nst__workers_run(nst__engine_workers(engine), rows->parts, task, rows);
    for (size_t part = 0; part < rows->parts; part++)
        sum += rows->sum[part];
    return sum / values;
}
