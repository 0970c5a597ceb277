/*
 * The number formats of files: little-endian IEEE 754 of 16, 32 and 64 bits, and bfloat16.
 */
#ifndef NST_FORMAT_NUMBER_H
#define NST_FORMAT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nst__type { NST__F32, NST__F16, NST__BF16, NST__F64, NST__OTHER } nst__type;

const char *nst__type_name(nst__type type); /* "f32" */
size_t nst__type_size(nst__type type);      /* bytes; 0 for NST__OTHER */

static inline uint32_t nst__u16_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static inline uint32_t nst__u32_at(const unsigned char *p)
{
    return nst__u16_at(p) | nst__u16_at(p + 2) << 16;
}
static inline uint64_t nst__u64_at(const unsigned char *p)
{
    return nst__u32_at(p) | (uint64_t)nst__u32_at(p + 4) << 32;
}

/* Converts N numbers of TYPE, STRIDE elements apart, to floats. False if one is not finite as a float. */
bool nst__numbers_read(float *out, size_t n, nst__type type, const unsigned char *data, size_t stride);

/* Converts N floats to packed numbers, rounded to nearest, ties to even. False if one does not fit, which only F16 can
 * cause. */
bool nst__numbers_write(unsigned char *out, size_t n, nst__type type, const float *x);

#endif
