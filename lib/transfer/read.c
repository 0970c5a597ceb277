/* Features and Gram matrices of any layer, for those who want to look or compare. */
#include "base/alloc.h"
#include "image/image.h"
#include "loss/gram_sums.h"
#include "tensor/gemm.h"
#include "objective/sweep.h"
#include "transfer/transfer.h"

struct reading {
    const nst__net *net;
    nst__tiling tiling;
    nst__tile tile;
    nst__tap tap;
    size_t height, width, channels; /* of the layer */
    float *features;                /* one of these two is wanted */
    double *gram;
};

/* The net down to LAYER, and the sizes there. */
static nst_status open_layer(struct reading *reading, nst__net *net, nst_transfer *transfer, const nst_image *image,
                             const char *layer)
{
    nst_status status = NST_OK;
    NST_TRY(nst__model_find(transfer->model, layer, &reading->tap.layer));
    NST_TRY(nst__transfer_engine(transfer));
    *net = (nst__net){.model = transfer->model,
                      .engine = transfer->engine,
                      .cancel = &transfer->cancel,
                      .padding = (nst_padding)nst__settings_int(&transfer->settings, NST_PARAM_PADDING),
                      .pooling = (nst_pooling)nst__settings_int(&transfer->settings, NST_PARAM_POOLING)};
    nst__net_tap(net, &reading->tap, 1);
    const size_t step = nst__net_least(net);
    if (image->height < step || image->width < step)
        return nst__fail(NST_ERR_TOO_SMALL, "a picture of %ux%u is too small for %s, which needs %zux%zu", image->width,
                         image->height, layer, step, step);
    reading->net = net;
    reading->height = image->height / step;
    reading->width = image->width / step;
    reading->channels = nst__net_channels(net, reading->tap.layer);
out:
    return status;
}

static void read_map(void *user, size_t layer, nst__map map, float *workspace)
{
    struct reading *reading = user;
    (void)layer;
    const nst__window window = nst__tile_window(&reading->tile, nst__net_least(reading->net), map.channels, map.data);
    /* The net watches this layer alone, so that what is stored is what is asked for. */
    if (reading->features) nst__window_copy(&window, reading->features);
    if (reading->gram) nst__gram_add(reading->net->engine, &window, reading->gram, workspace);
}

static nst_status read_layer(struct reading *reading, const nst_image *image)
{
    nst_status status = NST_OK;
    nst__sweep *sweep = NULL;
    const nst__observer observer = {.forward = read_map, .user = reading};
    reading->tiling = nst__tiling_make(reading->net, image->height, image->width, 1, 1);
    reading->tile = nst__tile_at(&reading->tiling, 0);
    const nst__sweep_plan plan = nst__sweep_plan_make(reading->net, &reading->tiling, false);
    NST_TRY(nst__sweep_create(&sweep, reading->net, &plan));
    nst__blas_enter();
    status = nst__sweep_forward(sweep, &reading->tile, image->pixels, &observer);
    nst__blas_leave();
out:
    nst__sweep_destroy(sweep);
    return status;
}

static nst_status check_capacity(size_t capacity, size_t needed)
{
    if (capacity < needed)
        return nst__fail(NST_ERR_RANGE, "the buffer holds %zu floats, %zu are needed", capacity, needed);
    return NST_OK;
}

nst_status nst_transfer_features(nst_transfer *transfer, const nst_image *image, const char *layer, float *buffer,
                                 size_t capacity, uint32_t *height, uint32_t *width, uint32_t *channels)
{
    nst_status status = NST_OK;
    struct reading reading = {.features = buffer};
    nst__net net;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_NEED(layer);
    status = nst__transfer_begin(transfer, __func__);
    if (status != NST_OK) return status;
    NST_TRY(open_layer(&reading, &net, transfer, image, layer));
    if (buffer) {
        NST_TRY(check_capacity(capacity, reading.height * reading.width * reading.channels));
        NST_TRY(read_layer(&reading, image));
    }
    if (height) *height = (uint32_t)reading.height;
    if (width) *width = (uint32_t)reading.width;
    if (channels) *channels = (uint32_t)reading.channels;
out:
    return nst__transfer_end(transfer, __func__, status);
}

nst_status nst_transfer_gram(nst_transfer *transfer, const nst_image *image, const char *layer, float *buffer,
                             size_t capacity, uint32_t *channels)
{
    nst_status status = NST_OK;
    struct reading reading = {.features = NULL};
    nst__net net;
    NST_NEED(transfer);
    NST_NEED(image);
    NST_NEED(layer);
    status = nst__transfer_begin(transfer, __func__);
    if (status != NST_OK) return status;
    NST_TRY(open_layer(&reading, &net, transfer, image, layer));
    const size_t count = reading.channels * reading.channels;
    if (buffer) {
        NST_TRY(check_capacity(capacity, count));
        reading.gram = nst__zalloc(count, sizeof *reading.gram);
        if (!reading.gram) {
            status = NST_ERR_OUT_OF_MEMORY;
            goto out;
        }
        NST_TRY(read_layer(&reading, image));
        for (size_t i = 0; i < count; i++)
            buffer[i] = (float)(reading.gram[i] / ((double)reading.height * (double)reading.width));
    }
    if (channels) *channels = (uint32_t)reading.channels;
out:
    nst__free(reading.gram);
    return nst__transfer_end(transfer, __func__, status);
}
