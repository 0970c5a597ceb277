#include "format/number.h"

#include <math.h>
#include <string.h>

const char *nst__type_name(nst__type type)
{
    static const char *const name[] = {"f32", "f16", "bf16", "f64", "another type"};
    return name[type];
}

size_t nst__type_size(nst__type type)
{
    static const size_t size[] = {4, 2, 2, 8, 0};
    return size[type];
}

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float f16_at(const unsigned char *p)
{
    uint32_t half = nst__u16_at(p), sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, m = half & 0x3ff;
    if (exponent == 0) { /* zero and subnormals: m * 2^-24 */
        float x = (float)m * 0x1p-24f;
        return sign ? -x : x;
    }
    return float_of_bits(sign | (exponent == 31 ? 0xffu : exponent + 112) << 23 | m << 13);
}

static float f64_at(const unsigned char *p)
{
    uint64_t bits = nst__u64_at(p);
    double x;
    memcpy(&x, &bits, sizeof x);
    return fabs(x) <= (double)0x1.fffffep127f ? (float)x : (float)INFINITY; /* NaN and overflow become infinity */
}

bool nst__numbers_read(float *out, size_t n, nst__type type, const unsigned char *data, size_t stride)
{
    const size_t step = stride * nst__type_size(type);
    bool finite = true;
    for (size_t i = 0; i < n; i++, data += step) {
        float x = 0;
        switch (type) {
        case NST__F32: x = float_of_bits(nst__u32_at(data)); break;
        case NST__F16: x = f16_at(data); break;
        case NST__BF16: x = float_of_bits(nst__u16_at(data) << 16); break;
        case NST__F64: x = f64_at(data); break;
        case NST__OTHER: return false;
        }
        /* Tests the bits, so that the result does not depend on how the compiler treats infinities. */
        finite &= (bits_of_float(x) & 0x7f800000) != 0x7f800000;
        out[i] = x;
    }
    return finite;
}

/* Rounds off the lowest SHIFT bits, ties to even. */
static uint32_t round_bits(uint32_t bits, unsigned shift)
{
    uint32_t half = 1u << (shift - 1);
    return (bits + half - 1 + (bits >> shift & 1)) >> shift;
}

/* The exponent is rebased by 112. Numbers below 2^-14 become subnormal, in units of 2^-24; from 2^16 on infinite. */
static uint32_t f16_of(float x)
{
    uint32_t bits = bits_of_float(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude < 113u << 23) return sign | (uint32_t)nearbyintf(fabsf(x) * 0x1p24f);
    if (magnitude >= 143u << 23) return sign | 0x7c00;
    return sign | round_bits(magnitude - (112u << 23), 13);
}

bool nst__numbers_write(unsigned char *out, size_t n, nst__type type, const float *x)
{
    bool fits = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = type == NST__F32   ? bits_of_float(x[i])
                        : type == NST__F16 ? f16_of(x[i])
                                           : round_bits(bits_of_float(x[i]), 16);
        fits &= type != NST__F16 || (bits & 0x7fff) < 0x7c00;
        for (size_t b = 0; b < nst__type_size(type); b++, bits >>= 8)
            *out++ = (unsigned char)bits;
    }
    return fits;
}
