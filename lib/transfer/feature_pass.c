#include "transfer/feature_pass.h"
#include "base/alloc.h"
#include "nn/backend.h"
#include "objective/guide.h"
#include "objective/plan.h"
#include "tensor/gemm.h"

void nst__features_drop(nst__feature *features, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        nst__free(features[i].result);
        nst__free(features[i].sums);
        features[i] = (nst__feature){.tap = features[i].tap, .gram = features[i].gram};
    }
}

/* One picture on its way through the network. */
struct reading {
    nst__feature *feature;
    size_t count;
    nst__net net;
    nst__tile tile;
    nst__guide *guide; /* of its alpha; NULL: every weight is 1 */
};

/* Copies the window to its place in the map of the whole picture. */
static void copy_map(const struct reading *reading, const nst__feature *item, const nst__window *window)
{
    const size_t step = nst__net_step(&reading->net, item->tap.layer);
    const size_t top = reading->tile.core_top / step, left = reading->tile.core_left / step;
    nst__window row = *window;
    row.height = 1;
    for (size_t i = 0; i < window->height; i++, row.top++)
        nst__engine_backend(reading->net.engine)
            ->copy(reading->net.engine, &row, item->result + ((top + i) * item->width + left) * item->channels);
}

static void read_layer(void *user, size_t layer, nst__map map, float *workspace)
{
    const struct reading *reading = user;
    for (size_t i = 0; i < reading->count; i++) {
        nst__feature *item = &reading->feature[i];
        if (nst__net_map(&reading->net, item->tap.layer) != layer) continue;
        const nst__window window =
            nst__guide_window(reading->guide, &reading->net, &reading->tile, item->tap.layer, map);
        if (item->gram) {
            const nst__gram_call call = {
                .engine = reading->net.engine, .window = window, .sums = item->sums, .workspace = workspace};
            nst__engine_backend(reading->net.engine)->gram(&call);
            item->mass += nst__window_mass(&window);
        } else {
            copy_map(reading, item, &window);
        }
    }
}

static nst_status sweep(struct reading *reading, const nst__sweep_plan *plan, const float *pixels)
{
    const nst__observer observer = {.forward = read_layer, .user = reading};
    nst__sweep *sweep = NULL;
    nst_status status = NST_OK;
    NST_TRY(nst__sweep_create(&sweep, &reading->net, plan));
    nst__blas_enter();
    for (size_t i = 0; i < nst__tiling_count(&plan->tiling) && status == NST_OK; i++) {
        reading->tile = nst__tile_at(&plan->tiling, i);
        status = nst__sweep_forward(sweep, &reading->tile, pixels, reading->net.depth, &observer);
    }
    nst__blas_leave();
out:
    nst__sweep_destroy(sweep);
    return status;
}

static nst_status alloc_results(const struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        nst__feature *item = &reading->feature[i];
        const size_t rows = item->gram ? item->channels : item->height * item->width;
        size_t count;
        if (!nst__multiply(&count, rows, item->channels))
            return nst__fail(NST_ERR_TOO_LARGE, "a map of %zux%zux%zu cannot be addressed", item->width, item->height,
                             item->channels);
        item->result = nst__alloc(count, sizeof *item->result);
        if (!item->result) return NST_ERR_OUT_OF_MEMORY;
        if (item->gram) item->sums = nst__zalloc(count, sizeof *item->sums);
        if (item->gram && !item->sums) return NST_ERR_OUT_OF_MEMORY;
    }
    return NST_OK;
}

/* Sets the sizes of the items, and returns the bytes of their results. */
static uint64_t set_sizes(const struct reading *reading, const nst_image *image)
{
    const nst__net *net = &reading->net;
    uint64_t bytes = 0;
    for (size_t i = 0; i < reading->count; i++) {
        nst__feature *item = &reading->feature[i];
        const size_t step = nst__net_step(net, item->tap.layer);
        item->height = image->height / step;
        item->width = image->width / step;
        item->channels = nst__net_channels(net, item->tap.layer);
        bytes += item->gram ? (uint64_t)item->channels * item->channels * (sizeof(float) + sizeof(double))
                            : (uint64_t)item->height * item->width * item->channels * sizeof(float);
    }
    return bytes;
}

/* Chooses tiles within the memory limit. RESULTS: the bytes of the results. */
static nst_status plan_sweep(nst__sweep_plan *out, const nst__net *net, const nst_image *image, uint64_t results,
                             uint64_t limit)
{
    const uint64_t parameters = nst_model_parameter_count(net->model) * sizeof(float);
    const uint64_t guide = image->alpha ? nst__guide_bytes(net, image->height, image->width) : 0;
    const uint64_t held = NST__PROCESS_BYTES + parameters + guide + results;
    const size_t room = !limit ? 0 : limit > held ? (size_t)(limit - held) : 1;
    size_t bytes;
    *out = nst__plan_measure(net, image->height, image->width, room, &bytes);
    if (limit && held + bytes > limit)
        return nst__fail(NST_ERR_MEMORY_LIMIT,
                         "memory: %ux%u pixels cannot be read in %.0f MB; the smallest limit that does is %lluM",
                         image->width, image->height, (double)limit / (1 << 20),
                         (unsigned long long)((held + bytes + (1 << 20) - 1) >> 20));
    return NST_OK;
}

static void finish_grams(const struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        nst__feature *item = &reading->feature[i];
        if (!item->gram) continue;
        for (size_t n = 0; n < item->channels * item->channels; n++)
            item->result[n] = item->mass > 0 ? (float)(item->sums[n] / item->mass) : 0;
        nst__free(item->sums);
        item->sums = NULL;
    }
}

nst_status nst__features_pass(nst__feature *features, size_t count, nst__net net, const nst_image *image,
                              uint64_t limit)
{
    struct reading reading = {.feature = features, .count = count, .net = net};
    nst__sweep_plan plan;
    nst_status status = NST_OK;
    for (size_t i = 0; i < count; i++)
        nst__net_tap(&reading.net, &features[i].tap, 1);
    NST_TRY(nst__net_check(&reading.net, image->height, image->width));
    NST_TRY(plan_sweep(&plan, &reading.net, image, set_sizes(&reading, image), limit));
    if (limit) nst__engine_trim(net.engine, 0, 0);
    NST_TRY(nst__cancel_check(net.cancel));
    NST_TRY(alloc_results(&reading));
    if (image->alpha)
        NST_TRY(nst__guide_create(&reading.guide, &reading.net, image->height, image->width, image->alpha));
    NST_TRY(sweep(&reading, &plan, image->pixels));
    finish_grams(&reading);
out:
    nst__guide_destroy(reading.guide);
    return status;
}
