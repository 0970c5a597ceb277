/*
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022): each channel of a map to mean 0 and
 * variance 1 over its positions, then scaled and shifted.
 *
 *   y = weights (x - mean) / sqrt(variance + EPSILON) + bias
 *
 * A map is summed in a fixed number of pieces, so that the sums do not depend on the number of threads.
 */
#include "nn/norm.h"
#include "nn/operation.h"

#include <math.h>
#include <string.h>

#define EPSILON 1e-5

enum { PIECES = 32, ARRAYS = 6 };

typedef struct work {
    const nst__layer_call *call;
    const nst__kernels *kernels;
    nst__norm_pass pass;
    size_t rows;  /* of a piece */
    double *sums; /* [PIECES, 2, channels] */
} work;

/* The arrays of the pass lie in the state, those of nst__norm_statistics() first. MAP: x or y. */
static work work_of(const nst__layer_call *call, const nst__map *map)
{
    const size_t n = map->channels;
    float *arrays = (float *)(void *)call->state;
    return (work){
        .call = call,
        .kernels = nst__engine_kernels(call->engine),
        .pass = {n, call->relu_y, arrays + 2 * n, arrays + 3 * n, arrays, arrays + n, arrays + 4 * n, arrays + 5 * n},
        .rows = (map->height + PIECES - 1) / PIECES,
        .sums = (double *)(void *)(arrays + ARRAYS * n)};
}

static size_t state(const nst__layer_call *call)
{
    return call->y.channels * (ARRAYS * sizeof(float) + PIECES * 2 * sizeof(double));
}

/* The positions of a piece from *FIRST on. */
static size_t positions_of(const work *job, const nst__map *map, size_t piece, size_t *first)
{
    const size_t top = piece * job->rows;
    const size_t left = top < map->height ? map->height - top : 0, rows = left < job->rows ? left : job->rows;
    *first = top * map->width;
    return rows * map->width;
}

/* Runs TASK for each piece, and leaves the sums of all of them in those of the first. */
static void run(work *job, nst__task_fn task)
{
    const size_t count = 2 * job->pass.channels;
    memset(job->sums, 0, PIECES * count * sizeof *job->sums);
    nst__workers_run(nst__engine_workers(job->call->engine), PIECES, task, job);
    for (size_t piece = 1; piece < PIECES; piece++)
        for (size_t i = 0; i < count; i++)
            job->sums[i] += job->sums[piece * count + i];
}

/* ---- Forward ---- */

static void sum_piece(void *user, size_t piece, int worker)
{
    const work *job = user;
    size_t first;
    const size_t count = positions_of(job, &job->call->x, piece, &first), n = job->pass.channels;
    (void)worker;
    job->kernels->norm_sums(n, count, job->call->x.data + first * n, job->sums + piece * 2 * n);
}

static void norm_piece(void *user, size_t piece, int worker)
{
    const work *job = user;
    size_t first;
    const size_t count = positions_of(job, &job->call->x, piece, &first), n = job->pass.channels;
    (void)worker;
    job->kernels->norm(&job->pass, count, job->call->x.data + first * n, job->call->y.data + first * n);
}

void nst__norm_conclude(size_t channels, double positions, const double *sums, float *statistics)
{
    for (size_t c = 0; c < channels; c++) {
        const double mean = sums[c] / positions, square = sums[channels + c] / positions;
        const float spread = (float)(1 / sqrt(fmax(square - mean * mean, 0) + EPSILON));
        statistics[c] = spread;
        statistics[channels + c] = (float)-mean * spread;
    }
}

static void forward(const nst__layer_call *call)
{
    work job = work_of(call, &call->x);
    const size_t n = job.pass.channels;
    float *spread = (float *)(void *)call->state, *centre = spread + n, *scale = centre + n, *shift = scale + n;
    if (!call->fixed) {
        run(&job, sum_piece);
        nst__norm_conclude(n, (double)(call->x.height * call->x.width), job.sums, spread);
    }
    for (size_t c = 0; c < n; c++) {
        scale[c] = call->weights[c] * spread[c];
        shift[c] = call->weights[c] * centre[c] + call->bias[c];
    }
    nst__workers_run(nst__engine_workers(call->engine), PIECES, norm_piece, &job);
}

float *nst__norm_statistics(uint8_t *state)
{
    return (float *)(void *)state;
}

/* ---- A map in parts ---- */

typedef struct window_work {
    const nst__kernels *kernels;
    const nst__map *map;
    size_t top, left, height, width;
    double *sums; /* [PIECES, 2, channels] */
} window_work;

static void sum_rows(void *user, size_t piece, int worker)
{
    const window_work *job = user;
    const size_t n = job->map->channels, rows = (job->height + PIECES - 1) / PIECES, first = piece * rows;
    (void)worker;
    memset(job->sums + piece * 2 * n, 0, 2 * n * sizeof *job->sums);
    for (size_t i = first; i < first + rows && i < job->height; i++)
        job->kernels->norm_sums(n, job->width, job->map->data + ((job->top + i) * job->map->width + job->left) * n,
                                job->sums + piece * 2 * n);
}

size_t nst__norm_sums_count(size_t channels)
{
    return (1 + PIECES) * 2 * channels;
}

void nst__norm_add_sums(nst__engine *engine, const nst__map *map, size_t top, size_t left, size_t height, size_t width,
                        double *sums)
{
    const size_t count = 2 * map->channels;
    window_work job = {nst__engine_kernels(engine), map, top, left, height, width, sums + count};
    nst__workers_run(nst__engine_workers(engine), PIECES, sum_rows, &job);
    for (size_t piece = 1; piece <= PIECES; piece++)
        for (size_t i = 0; i < count; i++)
            sums[i] += sums[piece * count + i];
}

/* ---- Backward ---- */

static void slope_piece(void *user, size_t piece, int worker)
{
    const work *job = user;
    const nst__layer_call *call = job->call;
    size_t first;
    const size_t count = positions_of(job, &call->y, piece, &first), n = job->pass.channels;
    (void)worker;
    job->kernels->norm_slopes(&job->pass, count, call->x_was.data + first * n, call->y.data + first * n,
                              job->sums + piece * 2 * n);
}

static void back_piece(void *user, size_t piece, int worker)
{
    const work *job = user;
    const nst__layer_call *call = job->call;
    size_t first;
    const size_t count = positions_of(job, &call->y, piece, &first), n = job->pass.channels;
    (void)worker;
    job->kernels->norm_back(&job->pass, count, call->x_was.data + first * n, call->y.data + first * n, call->accumulate,
                            call->x.data + first * n);
}

/* The sums of dy and of dy x hat are the gradients of bias and weights; their means are what dx lacks of dy. */
static void backward_weights(const nst__layer_call *call)
{
    work job = work_of(call, &call->y);
    const size_t n = job.pass.channels;
    const double positions = (double)(call->y.height * call->y.width);
    float *mean = (float *)(void *)call->state + 4 * n, *slope = mean + n;
    run(&job, slope_piece);
    for (size_t c = 0; c < n; c++) {
        call->dbias[c] += (float)job.sums[c];
        call->dweights[c] += (float)job.sums[n + c];
        mean[c] = (float)(job.sums[c] / positions);
        slope[c] = (float)(job.sums[n + c] / positions);
    }
}

static void backward(const nst__layer_call *call)
{
    work job = work_of(call, &call->y);
    nst__workers_run(nst__engine_workers(call->engine), PIECES, back_piece, &job);
}

const nst__operation_type nst__norm_operation = {
    .name = "normalisation",
    .weights = true,
    .forward = forward,
    .backward_weights = NST__TRAINING ? backward_weights : NULL,
    .backward = NST__TRAINING ? backward : NULL,
    .needs_x = true,
    .state = state,
};
