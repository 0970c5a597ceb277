/* CMakeLists.txt compiles this file once for each instruction set; NST__ISA is its name. */
#include "solver/chunk.h"

#include <stdint.h>
#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define ALWAYS      static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define WIDTH 8 /* doubles in a vector */
#elif defined(__AVX2__)
#define WIDTH 4
#else
#define WIDTH 2
#endif
#define LANES 8
#define PARTS (LANES / WIDTH)

typedef double vec __attribute__((vector_size(WIDTH * 8)));
typedef float narrow __attribute__((vector_size(WIDTH * 4)));
typedef int32_t ints __attribute__((vector_size(WIDTH * 4)));
typedef int16_t shorts __attribute__((vector_size(WIDTH * 2)));

ALWAYS vec load(const double *x)
{
    vec value;
    memcpy(&value, x, sizeof value);
    return value;
}

ALWAYS void store(double *out, vec value)
{
    memcpy(out, &value, sizeof value);
}

ALWAYS narrow load_narrow(const float *x)
{
    narrow value;
    memcpy(&value, x, sizeof value);
    return value;
}

ALWAYS vec wide(const float *x)
{
    return __builtin_convertvector(load_narrow(x), vec);
}

ALWAYS void store_rounded(float *out, vec value)
{
    const narrow rounded = __builtin_convertvector(value, narrow);
    memcpy(out, &rounded, sizeof rounded);
}

/* Adds the lanes in a fixed order: the even ones, the odd ones, then both sums. */
ALWAYS double total(const vec sum[PARTS])
{
    double lane[LANES];
    memcpy(lane, sum, sizeof lane);
    return ((lane[0] + lane[2]) + (lane[4] + lane[6])) + ((lane[1] + lane[3]) + (lane[5] + lane[7]));
}

static void widen(double *out, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store(out + i, wide(x + i));
    for (; i < n; i++)
        out[i] = (double)x[i];
}

static void scale(double *out, double a, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store(out + i, a * wide(x + i));
    for (; i < n; i++)
        out[i] = a * (double)x[i];
}

static double dot(const double *a, const float *b, size_t n)
{
    vec sum[PARTS] = {{0}};
    size_t i = 0;
    double rest = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < PARTS; k++)
            sum[k] += load(a + i + WIDTH * k) * wide(b + i + WIDTH * k);
    for (; i < n; i++)
        rest += a[i] * (double)b[i];
    return total(sum) + rest;
}

static double dot_wide(const double *a, const double *b, size_t n)
{
    vec sum[PARTS] = {{0}};
    size_t i = 0;
    double rest = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < PARTS; k++)
            sum[k] += load(a + i + WIDTH * k) * load(b + i + WIDTH * k);
    for (; i < n; i++)
        rest += a[i] * b[i];
    return total(sum) + rest;
}

static void dot2(double *out1, double *out2, const double *a, const double *b, const float *x, size_t n)
{
    vec sum1[PARTS] = {{0}}, sum2[PARTS] = {{0}};
    size_t i = 0;
    double rest1 = 0, rest2 = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < PARTS; k++) {
            const vec value = wide(x + i + WIDTH * k);
            sum1[k] += load(a + i + WIDTH * k) * value;
            sum2[k] += load(b + i + WIDTH * k) * value;
        }
    for (; i < n; i++) {
        rest1 += a[i] * (double)x[i];
        rest2 += b[i] * (double)x[i];
    }
    *out1 = total(sum1) + rest1;
    *out2 = total(sum2) + rest2;
}

static void add2(double *sum, double a, const float *x, double b, const float *y, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store(sum + i, load(sum + i) + (a * wide(x + i) + b * wide(y + i)));
    for (; i < n; i++)
        sum[i] += a * (double)x[i] + b * (double)y[i];
}

static void subtract(float *out, const float *x, const float *y, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const narrow value = load_narrow(x + i) - load_narrow(y + i);
        memcpy(out + i, &value, sizeof value);
    }
    for (; i < n; i++)
        out[i] = x[i] - y[i];
}

static void move(float *out, const float *x, double step, const float *d, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store_rounded(out + i, wide(x + i) + step * wide(d + i));
    for (; i < n; i++)
        out[i] = (float)((double)x[i] + step * (double)d[i]);
}

static void move_by(float *out, float *d, const float *x, const double *sum, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const vec value = load(sum + i);
        store_rounded(d + i, value);
        store_rounded(out + i, wide(x + i) + value);
    }
    for (; i < n; i++) {
        d[i] = (float)sum[i];
        out[i] = (float)((double)x[i] + sum[i]);
    }
}

static double largest(const float *x, size_t n)
{
    narrow most = {0};
    float one = 0;
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const narrow size = (narrow)((ints)load_narrow(x + i) & 0x7fffffff);
        const ints more = size > most;
        most = (narrow)(((ints)size & more) | ((ints)most & ~more));
    }
    for (; i < n; i++) {
        const float size = x[i] < 0 ? -x[i] : x[i];
        one = size > one ? size : one;
    }
    for (size_t k = 0; k < WIDTH; k++)
        one = most[k] > one ? most[k] : one;
    return (double)one;
}

/* Adding ROUNDER rounds a small float to a whole number, and leaves that number in the last bits of the sum. */
#define ROUNDER      12582912.0F /* 1.5 x 2^23 */
#define ROUNDER_BITS 0x4b400000
#define MOST         32767.0F
#define LEAST        1e-30F /* a chunk of smaller numbers becomes 0 */

static float pack(int16_t *out, const float *x, size_t n)
{
    const float most = (float)largest(x, n), by = most > LEAST ? MOST / most : 0;
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        const narrow sum = load_narrow(x + i) * by + ROUNDER;
        const shorts whole = __builtin_convertvector((ints)sum - ROUNDER_BITS, shorts);
        memcpy(out + i, &whole, sizeof whole);
    }
    for (; i < n; i++) {
        const float sum = x[i] * by + ROUNDER;
        int32_t bits;
        memcpy(&bits, &sum, sizeof bits);
        out[i] = (int16_t)(bits - ROUNDER_BITS);
    }
    return by > 0 ? most / MOST : 0;
}

static void unpack(float *out, const int16_t *x, float scale, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        shorts whole;
        memcpy(&whole, x + i, sizeof whole);
        const narrow value = __builtin_convertvector(__builtin_convertvector(whole, ints), narrow) * scale;
        memcpy(out + i, &value, sizeof value);
    }
    for (; i < n; i++)
        out[i] = (float)x[i] * scale;
}

const nst__chunks JOIN(nst__chunks_, NST__ISA) = {
    .widen = widen,
    .scale = scale,
    .dot = dot,
    .dot_wide = dot_wide,
    .dot2 = dot2,
    .add2 = add2,
    .subtract = subtract,
    .move = move,
    .move_by = move_by,
    .largest = largest,
    .pack = pack,
    .unpack = unpack,
};
