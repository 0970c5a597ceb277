#include "objective/guide.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

struct nst__guide {
    float *map[NST__LAYERS_MAX];
};

/* Two planes that go through the network together: the mask and its square, one after the other in memory. */
struct planes {
    size_t height, width;
    float *mask, *square;
};

struct job {
    const struct planes *from;
    struct planes *to;
    float *guide;
};

/* ---- One layer, row by row ---- */

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

/* ---- All layers ---- */

static double sum_of(const float *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    return sum;
}

static nst_status keep(nst__guide *guide, nst__workers *workers, const struct planes *planes, size_t layer)
{
    const size_t count = planes->height * planes->width;
    struct job job = {.from = planes};
    guide->map[layer] = job.guide = nst__alloc(count, sizeof(float));
    if (!job.guide) return NST_ERR_OUT_OF_MEMORY;
    nst__workers_run(workers, planes->height, guide_row, &job);
    if (sum_of(job.guide, count) < 1) memcpy(job.guide, planes->mask, count * sizeof(float));
    return NST_OK;
}

static nst_status open_planes(struct planes *planes, const nst__net *net, size_t layer, size_t height, size_t width)
{
    const size_t step = nst__net_step(net, layer);
    *planes = (struct planes){.height = height / step, .width = width / step};
    planes->mask = nst__alloc(planes->height * planes->width, 2 * sizeof *planes->mask);
    if (!planes->mask) return NST_ERR_OUT_OF_MEMORY;
    planes->square = planes->mask + planes->height * planes->width;
    return NST_OK;
}

static void close_planes(struct planes *planes)
{
    nst__free(planes->mask);
    planes->mask = NULL;
}

/* The planes of layer 0, the picture, exist already. The planes of a layer are freed after the last layer that reads
 * them. */
static nst_status walk_down(nst__guide *guide, const nst__net *net, struct planes *planes, size_t height, size_t width)
{
    nst__workers *workers = nst__engine_workers(net->engine);
    nst_status status = NST_OK;
    for (size_t l = 1; l < net->depth; l++) {
        if (!nst__net_has_map(net, l)) continue;
        const size_t input = nst__net_input(net, l);
        struct job job = {.from = &planes[input], .to = &planes[l]};
        NST_TRY(open_planes(&planes[l], net, l, height, width));
        nst__workers_run(workers, planes[l].height,
                         nst__net_layer(net, l)->operation == NST__POOL ? pool_row : convolve_row, &job);
        if (nst__net_last_reader(net, input) == l) close_planes(&planes[input]);
        if (nst__net_kept(net, l)) NST_TRY(keep(guide, workers, &planes[l], l));
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
    struct planes planes[NST__LAYERS_MAX] = {{0}};
    nst__guide *guide = NULL;
    *out = NULL;
    if (is_full(mask, count)) return NST_OK;
    guide = nst__zalloc(1, sizeof *guide);
    if (!guide) return NST_ERR_OUT_OF_MEMORY;
    NST_TRY(open_planes(&planes[0], net, 0, height, width));
    for (size_t i = 0; i < count; i++) {
        planes[0].mask[i] = fminf(fmaxf(mask[i], 0), 1);
        planes[0].square[i] = planes[0].mask[i] * planes[0].mask[i];
    }
    NST_TRY(walk_down(guide, net, planes, height, width));
    *out = guide;
    guide = NULL;
out:
    nst__guide_destroy(guide);
    for (size_t l = 0; l < NST__LAYERS_MAX; l++)
        close_planes(&planes[l]);
    return status;
}

/* The mean of MAP over the STEP x STEP pixels of a position. */
static float mean_at(const float *map, size_t width, size_t step, size_t i, size_t j)
{
    double sum = 0;
    for (size_t r = i * step; r < (i + 1) * step; r++)
        for (size_t c = j * step; c < (j + 1) * step; c++)
            sum += (double)map[r * width + c];
    return (float)(sum / (double)(step * step));
}

nst_status nst__guide_create_map(nst__guide **out, const nst__net *net, size_t height, size_t width, const float *map,
                                 const nst__guide *guide)
{
    nst_status status = NST_OK;
    nst__guide *made = nst__zalloc(1, sizeof *made);
    *out = NULL;
    if (!made) return NST_ERR_OUT_OF_MEMORY;
    for (size_t l = 0; l < net->depth; l++) {
        if (!nst__net_has_map(net, l) || !nst__net_kept(net, l)) continue;
        const size_t step = nst__net_step(net, l), across = width / step, count = height / step * across;
        made->map[l] = nst__alloc(count, sizeof(float));
        if (!made->map[l]) {
            status = NST_ERR_OUT_OF_MEMORY;
            goto out;
        }
        for (size_t i = 0; i < count; i++)
            made->map[l][i] = mean_at(map, width, step, i / across, i % across) * (guide ? guide->map[l][i] : 1);
    }
    *out = made;
    made = NULL;
out:
    nst__guide_destroy(made);
    return status;
}

void nst__guide_destroy(nst__guide *guide)
{
    if (!guide) return;
    for (size_t i = 0; i < NST__LAYERS_MAX; i++)
        nst__free(guide->map[i]);
    nst__free(guide);
}

const float *nst__guide_at(const nst__guide *guide, size_t layer)
{
    return guide->map[layer];
}

nst__window nst__guide_window(const nst__guide *guide, const nst__net *net, const nst__tile *tile, size_t layer,
                              nst__map map)
{
    const size_t step = nst__net_step(net, layer);
    nst__window window = nst__tile_window(tile, step, map.channels, map.data);
    window.relu = nst__net_rectifies(net, layer);
    if (guide) {
        window.stride = tile->picture_width / step;
        window.weights = nst__guide_at(guide, nst__net_map(net, layer)) + tile->core_top / step * window.stride +
                         tile->core_left / step;
    }
    return window;
}

static size_t positions(const nst__net *net, size_t layer, size_t height, size_t width)
{
    const size_t step = nst__net_step(net, layer);
    return (height / step) * (width / step);
}

double nst__guide_mass(const nst__guide *guide, const nst__net *net, size_t layer, size_t height, size_t width)
{
    const size_t count = positions(net, layer, height, width);
    return guide ? sum_of(nst__guide_at(guide, nst__net_map(net, layer)), count) : (double)count;
}

/* While the planes of a layer are computed, those of earlier layers that are still needed are in memory too. */
size_t nst__guide_bytes(const nst__net *net, size_t height, size_t width)
{
    size_t most = 0, kept = 0;
    for (size_t now = 0; now < net->depth; now++) {
        size_t planes = 0;
        if (!nst__net_has_map(net, now)) continue;
        for (size_t l = 0; l <= now; l++)
            if (nst__net_has_map(net, l) && (l == now || nst__net_last_reader(net, l) >= now))
                planes += 2 * positions(net, l, height, width);
        if (nst__net_kept(net, now)) kept += positions(net, now, height, width);
        most = planes + kept > most ? planes + kept : most;
    }
    return most * sizeof(float);
}
