#include "objective/guide.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct nst__guide {
    float *map[NST__MAX_CONVS];
};

/* Two planes brought down side by side: of the mask, and of its square. */
struct planes {
    size_t height, width;
    float *mask, *square;
};

struct job {
    const struct planes *from;
    struct planes *to;
    float *guide;
};

/* ---- One step down the network, row by row ---- */

static float mean_3x3(const float *x, size_t height, size_t width, size_t i, size_t j)
{
    const size_t rows[3] = {i ? i - 1 : 0, i, i + 1 < height ? i + 1 : i};
    const size_t columns[3] = {j ? j - 1 : 0, j, j + 1 < width ? j + 1 : j};
    float sum = 0;
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 3; c++)
            sum += x[rows[r] * width + columns[c]];
    return sum / 9;
}

static void convolve_row(void *user, size_t i, int worker)
{
    const struct job *job = user;
    const size_t height = job->from->height, width = job->from->width;
    (void)worker;
    for (size_t j = 0; j < width; j++) {
        job->to->mask[i * width + j] = mean_3x3(job->from->mask, height, width, i, j);
        job->to->square[i * width + j] = mean_3x3(job->from->square, height, width, i, j);
    }
}

static float mean_2x2(const float *x, size_t width)
{
    return (x[0] + x[1] + x[width] + x[width + 1]) / 4;
}

static void pool_row(void *user, size_t i, int worker)
{
    const struct job *job = user;
    const size_t width = job->from->width;
    (void)worker;
    for (size_t j = 0; j < job->to->width; j++) {
        const size_t at = 2 * i * width + 2 * j, to = i * job->to->width + j;
        job->to->mask[to] = mean_2x2(job->from->mask + at, width);
        job->to->square[to] = mean_2x2(job->from->square + at, width);
    }
}

static void guide_row(void *user, size_t i, int worker)
{
    const struct job *job = user;
    (void)worker;
    for (size_t j = i * job->from->width; j < (i + 1) * job->from->width; j++) {
        const float b = job->from->mask[j];
        const float g = b > 0 ? 2 * b - job->from->square[j] / b : 0;
        job->guide[j] = g > 0 ? g : 0;
    }
}

/* ---- All steps ---- */

static double sum_of(const float *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    return sum;
}

static nst_status keep(nst__guide *guide, nst__workers *workers, const struct planes *planes, size_t conv)
{
    const size_t count = planes->height * planes->width;
    struct job job = {.from = planes};
    guide->map[conv] = job.guide = nst__alloc(count, sizeof(float));
    if (!job.guide) return NST_ERR_OUT_OF_MEMORY;
    nst__workers_run(workers, planes->height, guide_row, &job);
    if (sum_of(job.guide, count) < 1) memcpy(job.guide, planes->mask, count * sizeof(float));
    return NST_OK;
}

static void swap(struct planes *a, struct planes *b)
{
    const struct planes t = *a;
    *a = *b;
    *b = t;
}

static nst_status walk_down(nst__guide *guide, const nst__net *net, struct planes *now, struct planes *next)
{
    nst__workers *workers = nst__engine_workers(net->engine);
    nst_status status = NST_OK;
    for (size_t conv = 0; conv < net->depth; conv++) {
        struct job job = {.from = now, .to = next};
        if (nst__model_pool_before(net->model, conv)) {
            next->height = now->height / 2;
            next->width = now->width / 2;
            nst__workers_run(workers, next->height, pool_row, &job);
            swap(now, next);
        }
        next->height = now->height;
        next->width = now->width;
        nst__workers_run(workers, now->height, convolve_row, &job);
        swap(now, next);
        if (nst__net_kept(net, conv)) NST_TRY(keep(guide, workers, now, conv));
    }
out:
    return status;
}

static bool is_full(const float *mask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mask[i] < 1) return false;
    return true;
}

nst_status nst__guide_create(nst__guide **out, const nst__net *net, size_t height, size_t width, const float *mask)
{
    const size_t count = height * width;
    nst_status status = NST_OK;
    struct planes now = {height, width, NULL, NULL}, next = now;
    nst__guide *guide = NULL;
    float *all = NULL;
    *out = NULL;
    if (is_full(mask, count)) return NST_OK;
    guide = nst__zalloc(1, sizeof *guide);
    all = nst__alloc(count, 4 * sizeof *all);
    if (!guide || !all) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    now.mask = all;
    now.square = all + count;
    next.mask = all + 2 * count;
    next.square = all + 3 * count;
    for (size_t i = 0; i < count; i++) {
        now.mask[i] = fminf(fmaxf(mask[i], 0), 1);
        now.square[i] = now.mask[i] * now.mask[i];
    }
    NST_TRY(walk_down(guide, net, &now, &next));
    *out = guide;
    guide = NULL;
out:
    nst__guide_destroy(guide);
    nst__free(all);
    return status;
}

void nst__guide_destroy(nst__guide *guide)
{
    if (!guide) return;
    for (size_t i = 0; i < NST__MAX_CONVS; i++)
        nst__free(guide->map[i]);
    nst__free(guide);
}

const float *nst__guide_at(const nst__guide *guide, size_t conv)
{
    return guide->map[conv];
}

size_t nst__guide_bytes(const nst__net *net, size_t height, size_t width)
{
    size_t floats = 4 * height * width;
    for (size_t conv = 0; conv < net->depth; conv++) {
        const size_t step = nst__net_step(net, conv);
        if (nst__net_kept(net, conv)) floats += (height / step) * (width / step);
    }
    return floats * sizeof(float);
}
