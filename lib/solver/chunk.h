/*
 * The inner loops of passes over long vectors, for a chunk of N elements, at most NST__CHUNK. chunk_isa.c is compiled
 * for each instruction set. Products and sums are double. They run in eight lanes, in an order that the source fixes,
 * and no product is fused with a sum. So the result has the same bits with each instruction set.
 */
#ifndef NST_SOLVER_CHUNK_H
#define NST_SOLVER_CHUNK_H

#include <stddef.h>
#include <stdint.h>

enum { NST__CHUNK = 512 /* so few that several buffers of doubles stay in the first-level cache */ };

typedef struct nst__chunks {
    void (*widen)(double *out, const float *x, size_t n);
    void (*scale)(double *out, double a, const float *x, size_t n); /* out = a x */
    double (*dot)(const double *a, const float *b, size_t n);
    double (*dot_wide)(const double *a, const double *b, size_t n);
    /* *OUT1 = a·x, *OUT2 = b·x; x is read once. */
    void (*dot2)(double *out1, double *out2, const double *a, const double *b, const float *x, size_t n);
    /* sum += a x + b y */
    void (*add2)(double *sum, double a, const float *x, double b, const float *y, size_t n);
    void (*subtract)(float *out, const float *x, const float *y, size_t n);             /* out = x - y */
    void (*move)(float *out, const float *x, double step, const float *d, size_t n);    /* out = x + step d */
    void (*move_by)(float *out, float *d, const float *x, const double *sum, size_t n); /* d = sum, out = x + sum */
    double (*largest)(const float *x, size_t n); /* largest absolute value; NaN is ignored */
    /* Rounds X to whole numbers times a scale, which is returned: the largest |x| over 32767. */
    float (*pack)(int16_t *out, const float *x, size_t n);
    void (*unpack)(float *out, const int16_t *x, float scale, size_t n);
} nst__chunks;

const nst__chunks *nst__chunks_of(int simd); /* a value of NST_PARAM_SIMD that this machine has */

extern const nst__chunks nst__chunks_generic, nst__chunks_sse2, nst__chunks_avx2, nst__chunks_avx512, nst__chunks_neon;

#endif
