#include "loss/pixel_rows.h"

double nst__pixel_rows_mean(nst__pixel_rows *rows, nst__engine *engine, const nst__map *x, double weight,
                            float *gradient, nst__task_fn task)
{
    const double values = (double)x->height * (double)x->width * 3;
    double sum = 0;
    *rows = (nst__pixel_rows){.height = x->height, .row_floats = x->width * 3, .x = x->data, .gradient = gradient};
    rows->parts = x->height < NST__PIXEL_PARTS ? x->height : NST__PIXEL_PARTS;
    rows->slope = (float)(2 * weight / values);
    nst__workers_run(nst__engine_workers(engine), rows->parts, task, rows);
    for (size_t part = 0; part < rows->parts; part++)
        sum += rows->sum[part];
    return sum / values;
}
