/*
 * Vectors for the files that are compiled once for each instruction set, NST__ISA being its name: the flags
 * that CMakeLists.txt gives decide how wide a vector is. GCC's vector extensions, which clang has too;
 * intrinsics only to collect sign bits, which the extensions cannot say.
 */
#ifndef NST_NN_LANES_H
#define NST_NN_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define TEXT_(a)    #a
#define TEXT(a)     TEXT_(a)

#if defined(__AVX512F__)
#define WIDTH 16 /* floats in a vector */
#elif defined(__AVX2__)
#define WIDTH 8
#else
#define WIDTH 4
#endif

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

typedef float vec __attribute__((vector_size(WIDTH * 4)));
typedef float loose __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t ints __attribute__((vector_size(WIDTH * 4)));

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS vec load(const float *p)
{
    return *(const loose *)p;
}

ALWAYS void store(float *p, vec v)
{
    *(loose *)p = v;
}

ALWAYS vec splat(float x)
{
    return x - (vec){0};
}

ALWAYS vec keep(vec v, ints mask)
{
    return (vec)((ints)v & mask);
}

ALWAYS vec positive(vec v)
{
    return keep(v, v > 0);
}

/* ---- From sums to a map ---- */

ALWAYS vec select_by(ints mask, vec yes, vec no)
{
    return (vec)(((ints)yes & mask) | ((ints)no & ~mask));
}

/* Bit i is whether lane i of a comparison holds. */
ALWAYS unsigned all_bits(ints mask)
{
#if defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)mask);
#elif defined(__AVX2__)
    return (unsigned)_mm256_movemask_ps((__m256)mask);
#elif defined(__SSE2__)
    return (unsigned)_mm_movemask_ps((__m128)mask);
#else
    unsigned bits = 0;
    for (int i = 0; i < WIDTH; i++)
        bits |= (unsigned)mask[i] & 1u << i;
    return bits;
#endif
}

/* Bit i is whether v[i] > 0. */
ALWAYS unsigned sign_bits(vec v)
{
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)v, _mm512_setzero_ps(), _CMP_GT_OQ);
#else
    return all_bits(v > 0);
#endif
}

/* All ones in lane i where bit i is set. */
ALWAYS ints from_bits(unsigned bits)
{
    ints lane;
    for (int i = 0; i < WIDTH; i++)
        lane[i] = 1 << i;
    return (((int32_t)bits - (ints){0}) & lane) != 0;
}

/* Lanes beyond COUNT are 0. */
ALWAYS vec load_part(const float *p, size_t count)
{
    if (count == WIDTH) return load(p);
    float part[WIDTH] = {0};
    memcpy(part, p, count * sizeof *part);
    return load(part);
}

ALWAYS void store_part(float *p, vec v, size_t count)
{
    if (count == WIDTH) {
        store(p, v);
        return;
    }
    float part[WIDTH];
    store(part, v);
    memcpy(p, part, count * sizeof *part);
}

/* A vector's bits are two bytes, one, or half of one: then the vector with the lower channels comes first. */
ALWAYS void put_bits(uint8_t *mask, size_t channel, unsigned bits, size_t count)
{
    if (count < WIDTH) bits &= (1u << count) - 1;
    if (WIDTH == 4) {
        mask[channel / 8] = (uint8_t)(channel % 8 == 0 ? bits : (mask[channel / 8] & 15u) | bits << 4);
        return;
    }
    mask[channel / 8] = (uint8_t)bits;
    if (WIDTH == 16 && count > 8) mask[channel / 8 + 1] = (uint8_t)(bits >> 8);
}

ALWAYS unsigned get_bits(const uint8_t *mask, size_t channel, size_t count)
{
    if (WIDTH == 4) return (unsigned)mask[channel / 8] >> channel % 8;
    return mask[channel / 8] | (WIDTH == 16 && count > 8 ? (unsigned)mask[channel / 8 + 1] << 8 : 0);
}

#endif
