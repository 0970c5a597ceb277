#include "loss/pixels.h"

enum { PARTS = 64 };

struct job {
    size_t height, row_floats, parts;
    const float *x;
    float slope; /* the gradient is SLOPE times the sum of differences */
    float *gradient;
    double sum[PARTS];
};

static double run(nst__engine *engine, size_t height, size_t width, const float *x, double weight, float *gradient,
                  nst__task_fn task)
{
    const double values = (double)height * (double)width * 3;
    struct job job = {.height = height, .row_floats = width * 3, .x = x, .gradient = gradient};
    double sum = 0;
    job.parts = height < PARTS ? height : PARTS;
    job.slope = (float)(2 * weight / values);
    nst__workers_run(nst__engine_workers(engine), job.parts, task, &job);
    for (size_t part = 0; part < job.parts; part++)
        sum += job.sum[part];
    return sum / values;
}

/* Each row is written by the task that has it: a row sees the row above and the row below. */
static void tv_rows(void *user, size_t part, int worker)
{
    struct job *job = user;
    const size_t n = job->row_floats;
    double sum = 0;
    (void)worker;
    for (size_t i = job->height * part / job->parts; i < job->height * (part + 1) / job->parts; i++) {
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

static void range_rows(void *user, size_t part, int worker)
{
    struct job *job = user;
    const size_t n = job->row_floats, end = job->height * (part + 1) / job->parts * n;
    double sum = 0;
    (void)worker;
    for (size_t i = job->height * part / job->parts * n; i < end; i++) {
        const float outside = job->x[i] < 0 ? job->x[i] : job->x[i] > 1 ? job->x[i] - 1 : 0;
        sum += (double)outside * (double)outside;
        if (job->gradient) job->gradient[i] += job->slope * outside;
    }
    job->sum[part] = sum;
}

double nst__tv_loss(nst__engine *engine, size_t height, size_t width, const float *x, double weight, float *gradient)
{
    return run(engine, height, width, x, weight, gradient, tv_rows);
}

double nst__range_loss(nst__engine *engine, size_t height, size_t width, const float *x, double weight, float *gradient)
{
    return run(engine, height, width, x, weight, gradient, range_rows);
}
