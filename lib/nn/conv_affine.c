#include "nn/conv_affine.h"
#include "nn/conv_packed.h"

#include <string.h>

enum { SEGMENT = 128 }; /* positions whose patches are made at a time */

/* The columns of P, in whole register blocks: 9 in, the one, zeros. */
static size_t patch_of(const nst__engine *engine, size_t in)
{
    return nst__round_up(9 * in + 1, nst__engine_kernels(engine)->columns);
}

/* The matrices P'P that the workspace has room for. */
static size_t most_parts(const nst__gram_call *call, size_t width)
{
    const size_t doubles = nst__gram_workspace(call->window.map.channels, nst__window_positions(&call->window)) / 2;
    return doubles / (width * width);
}

/* Are all losses before the ReLU, the same at every position, and without features to compare with? */
static bool are_affine(const nst__slopes_call *call)
{
    for (size_t i = 0; i < call->before.count; i++)
        if (call->before.of[i].weights || call->before.of[i].slope.features) return false;
    return call->after.count == 0;
}

bool nst__affine_suits(const nst__conv_method *method, size_t in, bool relu, const nst__gram_call *gram,
                       const nst__slopes_call *slopes)
{
    if (method != &nst__few_method || relu) return false;
    if (gram && (gram->window.relu || gram->window.weights || !most_parts(gram, patch_of(gram->engine, in))))
        return false;
    return !slopes || are_affine(slopes);
}

/* ---- Gram matrix ---- */

typedef struct patches {
    const nst__pass *pass;
    const nst__window *window;
    size_t width; /* of a patch */
    size_t parts;
    double *parts_of; /* [parts, width, width] */
} patches;

static size_t gram_scratch(const nst__engine *engine, size_t in)
{
    const size_t width = patch_of(engine, in);
    return SEGMENT * width + NST__LANES + width * width + nst__pass_patches_scratch(in, SEGMENT);
}

/* Adds P'P of COUNT positions of row ROW of the map, from column LEFT on. */
static void add_patches(const patches *job, size_t row, size_t left, size_t count, double *sums, float *scratch)
{
    const size_t ones = 9 * job->pass->from.channels, width = job->width;
    float *p = scratch, *product = p + SEGMENT * width + NST__LANES;
    nst__pass_patches(job->pass, row, left, count, p, width, product + width * width);
    for (size_t i = 0; i < count; i++) {
        p[i * width + ones] = 1;
        for (size_t c = ones + 1; c < width; c++)
            p[i * width + c] = 0;
    }
    nst__product_gram(job->pass->engine, width, count, p, false, product);
    for (size_t a = 0; a <= ones; a++)
        for (size_t b = a; b <= ones; b++)
            sums[a * width + b] += (double)product[a * width + b];
}

static void sum_part(void *user, size_t part, int worker)
{
    const patches *job = user;
    const nst__window *window = job->window;
    double *sums = job->parts_of + part * job->width * job->width;
    float *scratch = nst__engine_scratch(job->pass->engine, worker);
    memset(sums, 0, job->width * job->width * sizeof *sums);
    for (size_t row = window->height * part / job->parts; row < window->height * (part + 1) / job->parts; row++)
        for (size_t column = 0; column < window->width; column += SEGMENT) {
            const size_t rest = window->width - column;
            add_patches(job, window->top + row, window->left + column, rest < SEGMENT ? rest : SEGMENT, sums, scratch);
        }
}

/* SUMS += B' S B; S has its upper triangle. TOTALS += the last row of S B, which is that of the ones. */
typedef struct expansion {
    const nst__filters *filters;
    const double *s;
    size_t width;
    double *sums, *totals;
} expansion;

/* A row of the Gram matrix. A patch goes pixel by pixel, a filter channel by channel. */
static void expand_row(void *user, size_t row, int worker)
{
    const expansion *e = user;
    const nst__filters *filters = e->filters;
    const size_t n = filters->in, depth = 9 * n;
    const float *filter = filters->weights + row * depth;
    double s_filter[9 * NST__LANES], s_one = 0; /* S times this filter and its bias, in the order of filters */
    (void)worker;
    for (size_t b = 0; b <= depth; b++) {
        double sum = 0;
        for (size_t a = 0; a <= depth; a++) {
            const double weight = (double)(a < depth ? filter[a % n * 9 + a / n] : filters->bias[row]);
            sum += weight * e->s[a < b ? a * e->width + b : b * e->width + a];
        }
        if (b < depth)
            s_filter[b % n * 9 + b / n] = sum;
        else
            s_one = sum;
    }
    for (size_t to = 0; to < filters->out; to++) {
        double sum = s_one * (double)filters->bias[to];
        for (size_t i = 0; i < depth; i++)
            sum += s_filter[i] * (double)filters->weights[to * depth + i];
        e->sums[row * filters->out + to] += sum;
    }
    if (e->totals) e->totals[row] += s_one;
}

void nst__affine_gram(const nst__pass *pass, const nst__filters *filters, const nst__gram_call *call)
{
    nst__workers *workers = nst__engine_workers(pass->engine);
    patches job = {.pass = pass,
                   .window = &call->window,
                   .width = patch_of(pass->engine, filters->in),
                   .parts_of = (double *)(void *)call->workspace};
    const size_t square = job.width * job.width, most = most_parts(call, job.width);
    job.parts = most < call->window.height ? most : call->window.height;
    nst__workers_run(workers, job.parts, sum_part, &job);
    for (size_t part = 1; part < job.parts; part++)
        for (size_t i = 0; i < square; i++)
            job.parts_of[i] += job.parts_of[part * square + i];
    expansion e = {filters, job.parts_of, job.width, call->sums, call->totals};
    nst__workers_run(workers, filters->out, expand_row, &e);
}

/* ---- Gradient ---- */

/* The sum over all losses of row A of K, column B. */
static double matrix_at(const nst__slopes *slopes, size_t channels, size_t a, size_t b)
{
    double sum = 0;
    for (size_t i = 0; i < slopes->count; i++)
        if (slopes->of[i].slope.matrix) sum += (double)slopes->of[i].slope.matrix[a * channels + b];
    return sum;
}

static float folded_bias(const nst__slopes *slopes, const nst__filters *filters, size_t b)
{
    double sum = 0;
    for (size_t a = 0; a < filters->out; a++)
        sum += matrix_at(slopes, filters->out, a, b) * (double)filters->bias[a];
    for (size_t i = 0; i < slopes->count; i++)
        if (slopes->of[i].slope.vector) sum += (double)slopes->of[i].slope.vector[b];
    return (float)sum;
}

typedef struct folding {
    const nst__slopes *slopes;
    const nst__filters *filters;
    float *weights, *bias;
} folding;

/* The filter to channel B. */
static void fold_filter(void *user, size_t b, int worker)
{
    const folding *f = user;
    const size_t depth = 9 * f->filters->in;
    double sum[9 * NST__LANES] = {0};
    (void)worker;
    for (size_t a = 0; a < f->filters->out; a++) {
        const double k = matrix_at(f->slopes, f->filters->out, a, b);
        for (size_t i = 0; i < depth; i++)
            sum[i] += k * (double)f->filters->weights[a * depth + i];
    }
    for (size_t i = 0; i < depth; i++)
        f->weights[b * depth + i] = (float)sum[i];
    f->bias[b] = folded_bias(f->slopes, f->filters, b);
}

static size_t own_scratch(const nst__engine *engine, const nst__conv_method *method, const nst__conv_shape *shape)
{
    return nst__round_up(method->scratch(engine, shape), NST__LANES);
}

static size_t packed_floats(const nst__engine *engine, const nst__conv_method *method, size_t in, size_t out)
{
    const nst__packing packing = method->packing(engine, in, out);
    return packing.depth * packing.columns;
}

void nst__affine_slopes(const nst__pass *pass, const nst__conv_method *method, const nst__filters *filters,
                        const nst__slopes_call *call)
{
    const size_t in = filters->in, out = filters->out;
    const nst__map *to = &pass->epilogue.to;
    const nst__conv_shape shape = {in, out, to->height, to->width, false};
    /* Behind the scratch memory of the first worker that the pass itself needs. */
    float *packed = nst__engine_scratch(pass->engine, 0) + own_scratch(pass->engine, method, &shape);
    float *weights = packed + packed_floats(pass->engine, method, in, out);
    folding f = {&call->before, filters, weights, weights + 9 * in * out};
    nst__pass folded = *pass;
    nst__workers_run(nst__engine_workers(pass->engine), out, fold_filter, &f);
    nst__packed_write(packed, pass->engine, method, in, out, f.weights);
    folded.weights = packed;
    folded.epilogue = (nst__epilogue){.to = *to, .bias = f.bias};
    method->run(&folded);
    nst__slopes_clear(call);
}

size_t nst__affine_scratch(const nst__engine *engine, const nst__conv_method *method, const nst__conv_shape *shape)
{
    const size_t in = shape->from, out = shape->to, own = own_scratch(engine, method, shape);
    if (method != &nst__few_method) return own;
    const size_t all = own + packed_floats(engine, method, in, out) + (9 * in + 1) * out,
                 sums = gram_scratch(engine, in);
    return all > sums ? all : sums;
}
