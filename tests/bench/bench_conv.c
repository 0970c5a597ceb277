/*
 * Times the convolutions of VGG-19 layer by layer, forward and backward, at the sizes that a picture gives
 * them:
 *
 *   bench_conv [size 512] [layers 5] [threads 0] [simd auto] [convolution auto] [gemm auto] [padding zero]
 *
 * Layers 5 ends with conv3_1, 13 with conv5_1. Prints median and best of some runs, direct-equivalent GFLOP/s
 * of the best, and the sums. Weights and maps are random numbers.
 */
#include "bench/layers.h"

#include "base/alloc.h"
#include "nn/conv.h"
#include "tensor/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static nst__map new_map(size_t height, size_t width, size_t channels)
{
    nst__map map = {height, width, channels, nst__alloc_aligned(height * width * channels, sizeof(float))};
    if (!map.data) exit(EXIT_FAILURE);
    bench_noise(map.data, height * width * channels);
    return map;
}

static int choice(nst_param param, const char *text)
{
    int64_t value;
    for (size_t i = 0; nst_param_choice(param, i, &value); i++)
        if (strcmp(nst_param_choice(param, i, NULL), text) == 0) return (int)value;
    fprintf(stderr, "%s: no such choice\n", text);
    exit(EXIT_FAILURE);
}

typedef struct layer_run {
    const nst__conv *conv;
    nst__engine *engine;
    nst__conv_call call;
    nst__map x, y;
} layer_run;

static void forward(void *user)
{
    layer_run *r = user;
    nst__conv_forward(r->conv, r->engine, &r->call, r->x, r->y);
}

static void backward(void *user)
{
    layer_run *r = user;
    nst__conv_backward(r->conv, r->engine, &r->call, r->y, r->x);
}

/* Forward and backward of one layer. */
static bench_time run_layer(nst__engine *engine, const bench_layer *layer, size_t size, nst_padding padding)
{
    const size_t side = size >> layer->halvings;
    nst__map weights = new_map(layer->out, layer->in, 9);
    const nst__conv_use use = {side, side, true, padding};
    nst__conv *conv;
    if (nst__conv_create(&conv, layer->in, layer->out, weights.data, weights.data) != NST_OK ||
        nst__conv_prepare(conv, engine, &use) != NST_OK) {
        fprintf(stderr, "%s\n", nst_last_error());
        exit(EXIT_FAILURE);
    }
    layer_run r = {conv,
                   engine,
                   {.padding = padding, .edges = NST__ALL_EDGES, .relu_y = true},
                   new_map(side, side, layer->in),
                   new_map(side, side, layer->out)};
    uint8_t *mask_y = nst__zalloc(side * side, nst__mask_stride(layer->out));
    uint8_t *mask_x = nst__zalloc(side * side, nst__mask_stride(layer->in));
    r.call.mask_y = mask_y;
    r.call.mask_x = layer->in == 3 ? NULL : mask_x;
    const bench_time there = bench_run(forward, &r), back = bench_run(backward, &r);
    const double work = 2e-9 * 9 * (double)(side * side) * (double)(layer->in * layer->out);
    printf("%-8s %4zu -> %4zu  %4zu x %-4zu  forward %7.2f %7.2f ms %6.0f GFLOP/s  backward %7.2f %7.2f ms "
           "%6.0f "
           "GFLOP/s\n",
           layer->name, layer->in, layer->out, side, side, there.median * 1e3, there.best * 1e3, work / there.best,
           back.median * 1e3, back.best * 1e3, work / back.best);
    nst__free(mask_x);
    nst__free(mask_y);
    nst__free_aligned(r.x.data);
    nst__free_aligned(r.y.data);
    nst__free_aligned(weights.data);
    nst__conv_destroy(conv);
    return (bench_time){there.median + back.median, there.best + back.best};
}

int main(int argc, char **argv)
{
    const size_t size = argc > 1 ? (size_t)atoi(argv[1]) : 512, layers = argc > 2 ? (size_t)atoi(argv[2]) : 5;
    nst__engine *engine;
    bench_time total = {0, 0};
    nst_status status =
        nst__engine_create(&engine, argc > 3 ? atoi(argv[3]) : 0, choice(NST_PARAM_SIMD, argc > 4 ? argv[4] : "auto"),
                           choice(NST_PARAM_CONVOLUTION, argc > 5 ? argv[5] : "auto"),
                           choice(NST_PARAM_GEMM, argc > 6 ? argv[6] : "auto"), NULL);
    if (status != NST_OK) {
        fprintf(stderr, "%s\n", nst_last_error());
        return EXIT_FAILURE;
    }
    const nst_padding padding = (nst_padding)choice(NST_PARAM_PADDING, argc > 7 ? argv[7] : "zero");
    nst__blas_enter();
    printf("%s, %d threads, %s\n", nst__engine_simd(engine), nst__workers_count(nst__engine_workers(engine)),
           nst__blas_name());
    for (size_t i = 0; i < layers && i < BENCH_LAYERS; i++) {
        const bench_time t = run_layer(engine, &bench_layers[i], size, padding);
        total.median += t.median;
        total.best += t.best;
    }
    printf("all convolutions, forward and backward: median %.1f ms, best %.1f ms\n", total.median * 1e3,
           total.best * 1e3);
    nst__blas_leave();
    nst__engine_destroy(engine);
    return EXIT_SUCCESS;
}
