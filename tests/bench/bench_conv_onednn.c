/*
 * The convolutions of bench_conv by oneDNN, each of its algorithms, so that both can be compared on one
 * machine:
 *
 *   bench_conv_onednn [size 512] [layers 5]
 *
 * OMP_NUM_THREADS sets the threads. Layouts are oneDNN's own choice, weights are reordered beforehand, bias
 * and ReLU are fused forward, and backward is to the input alone. Winograd is only there for some instruction
 * sets.
 */
#include "bench/layers.h"

#include <dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CHECK(call) \
    do { \
        if ((call) != dnnl_success) return none; \
    } while (0)

static const bench_time none = {1e9, 1e9};
static dnnl_engine_t engine;
static dnnl_stream_t stream;

typedef struct job {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t args[5];
    int count;
} job;

static void execute(void *user)
{
    job *j = user;
    if (dnnl_primitive_execute(j->primitive, stream, j->count, j->args) != dnnl_success ||
        dnnl_stream_wait(stream) != dnnl_success)
        exit(EXIT_FAILURE);
}

static bool fill(dnnl_memory_t memory)
{
    const dnnl_memory_desc_t *md;
    void *data;
    if (dnnl_memory_get_memory_desc(memory, &md) != dnnl_success ||
        dnnl_memory_get_data_handle(memory, &data) != dnnl_success)
        return false;
    bench_noise(data, dnnl_memory_desc_get_size(md) / sizeof(float));
    return true;
}

static bool add(job *j, int arg, const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
    dnnl_exec_arg_t *to = &j->args[j->count++];
    to->arg = arg;
    return md && dnnl_memory_create(&to->memory, md, engine, DNNL_MEMORY_ALLOCATE) == dnnl_success && fill(to->memory);
}

static bench_time run(const bench_layer *layer, int64_t side, dnnl_alg_kind_t algorithm, bool backward)
{
    const dnnl_dims_t x_dims = {1, (int64_t)layer->in, side, side}, y_dims = {1, (int64_t)layer->out, side, side};
    const dnnl_dims_t w_dims = {(int64_t)layer->out, (int64_t)layer->in, 3, 3}, b_dims = {(int64_t)layer->out};
    const dnnl_dims_t one = {1, 1};
    dnnl_memory_desc_t x, w, b, y;
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t forward_pd, pd;
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t ops;
    job j = {.count = 0};
    CHECK(dnnl_memory_desc_init_by_tag(&x, 4, x_dims, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_memory_desc_init_by_tag(&w, 4, w_dims, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_memory_desc_init_by_tag(&b, 1, b_dims, dnnl_f32, dnnl_x));
    CHECK(dnnl_memory_desc_init_by_tag(&y, 4, y_dims, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_convolution_forward_desc_init(&desc, dnnl_forward, algorithm, &x, &w, &b, &y, one, one, one));
    CHECK(dnnl_primitive_attr_create(&attr));
    if (!backward) {
        CHECK(dnnl_post_ops_create(&ops));
        CHECK(dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0));
        CHECK(dnnl_primitive_attr_set_post_ops(attr, ops));
    }
    CHECK(dnnl_primitive_desc_create(&forward_pd, &desc, attr, engine, NULL));
    pd = forward_pd;
    if (backward) {
        CHECK(dnnl_convolution_backward_data_desc_init(&desc, algorithm, &x, &w, &y, one, one, one));
        CHECK(dnnl_primitive_desc_create(&pd, &desc, NULL, engine, forward_pd));
    }
    CHECK(dnnl_primitive_create(&j.primitive, pd));
    if (!add(&j, backward ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, pd,
             backward ? dnnl_query_diff_src_md : dnnl_query_src_md) ||
        !add(&j, DNNL_ARG_WEIGHTS, pd, dnnl_query_weights_md) ||
        !add(&j, backward ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST, pd,
             backward ? dnnl_query_diff_dst_md : dnnl_query_dst_md))
        return none;
    if (!backward) {
        dnnl_exec_arg_t *to = &j.args[j.count++];
        to->arg = DNNL_ARG_BIAS;
        CHECK(dnnl_memory_create(&to->memory, &b, engine, DNNL_MEMORY_ALLOCATE));
        if (!fill(to->memory)) return none;
    }
    const bench_time time = bench_run(execute, &j);
    for (int i = 0; i < j.count; i++)
        dnnl_memory_destroy(j.args[i].memory);
    dnnl_primitive_destroy(j.primitive);
    if (backward) dnnl_primitive_desc_destroy(pd);
    dnnl_primitive_desc_destroy(forward_pd);
    dnnl_primitive_attr_destroy(attr);
    return time;
}

static bench_time faster(const bench_layer *layer, int64_t side, bool backward, const char **name)
{
    const bench_time direct = run(layer, side, dnnl_convolution_direct, backward);
    const bench_time winograd = run(layer, side, dnnl_convolution_winograd, backward);
    *name = winograd.median < direct.median ? "winograd" : "direct";
    return winograd.median < direct.median ? winograd : direct;
}

int main(int argc, char **argv)
{
    const int64_t size = argc > 1 ? atoi(argv[1]) : 512;
    const size_t layers = argc > 2 ? (size_t)atoi(argv[2]) : 5;
    bench_time total = {0, 0};
    const dnnl_version_t *version = dnnl_version();
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success)
        return EXIT_FAILURE;
    printf("oneDNN %d.%d\n", version->major, version->minor);
    for (size_t i = 0; i < layers && i < BENCH_LAYERS; i++) {
        const bench_layer *layer = &bench_layers[i];
        const char *there_name, *back_name;
        const bench_time there = faster(layer, size >> layer->halvings, false, &there_name);
        const bench_time back = faster(layer, size >> layer->halvings, true, &back_name);
        printf("%-8s %4zu -> %4zu  forward %7.2f %7.2f ms %-8s  backward %7.2f %7.2f ms %s\n", layer->name, layer->in,
               layer->out, there.median * 1e3, there.best * 1e3, there_name, back.median * 1e3, back.best * 1e3,
               back_name);
        total.median += there.median + back.median;
        total.best += there.best + back.best;
    }
    printf("all convolutions, forward and backward: median %.1f ms, best %.1f ms\n", total.median * 1e3,
           total.best * 1e3);
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
    return EXIT_SUCCESS;
}
