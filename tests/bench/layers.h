/* What the benchmarks of convolutions share: VGG-19's layers, a clock, and the median. */
#ifndef NST_BENCH_LAYERS_H
#define NST_BENCH_LAYERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

typedef struct bench_layer {
    const char *name;
    size_t in, out;
    int halvings; /* of the picture's side */
} bench_layer;

#define BENCH_LAYERS 13
static const bench_layer bench_layers[BENCH_LAYERS] = {
    {"conv1_1", 3, 64, 0},    {"conv1_2", 64, 64, 0},   {"conv2_1", 64, 128, 1},  {"conv2_2", 128, 128, 1},
    {"conv3_1", 128, 256, 2}, {"conv3_2", 256, 256, 2}, {"conv3_3", 256, 256, 2}, {"conv3_4", 256, 256, 2},
    {"conv4_1", 256, 512, 3}, {"conv4_2", 512, 512, 3}, {"conv4_3", 512, 512, 3}, {"conv4_4", 512, 512, 3},
    {"conv5_1", 512, 512, 4}};

static inline void bench_noise(float *out, size_t count)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (float)(seed >> 8) / (1 << 24) - 0.5f;
    }
}

static inline double bench_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of fifteen runs, after one to warm up. On a busy machine the best says more. */
typedef struct bench_time {
    double median, best;
} bench_time;

static inline bench_time bench_run(void (*run)(void *user), void *user)
{
    double seconds[15];
    run(user);
    for (int i = 0; i < 15; i++) {
        const double start = bench_seconds();
        run(user);
        seconds[i] = bench_seconds() - start;
    }
    qsort(seconds, 15, sizeof seconds[0], bench_compare);
    return (bench_time){seconds[7], seconds[0]};
}

#endif
