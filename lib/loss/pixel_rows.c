#include "loss/pixel_rows.h"

double nst__pixel_rows_mean(nst__engine *engine, const nst__map *x, double weight, float *gradient, nst__task_fn task)
{
    const double values = (double)x->height * (double)x->width * 3;
    nst__pixel_rows job = {.height = x->height, .row_floats = x->width * 3, .x = x->data, .gradient = gradient};
    double sum = 0;
    job.parts = x->height < NST__PIXEL_PARTS ? x->height : NST__PIXEL_PARTS;
    job.slope = (float)(2 * weight / values);
    nst__workers_run(nst__engine_workers(engine), job.parts, task, &job);
    for (size_t part = 0; part < job.parts; part++)
        sum += job.sum[part];
    return sum / values;
}
