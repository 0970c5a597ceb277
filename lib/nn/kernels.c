#include "nn/kernels.h"

#include <stdbool.h>
#include <stddef.h>

/* Values of NST_PARAM_SIMD, worst first. */
enum { AUTO, GENERIC, SSE2, AVX2, AVX512, NEON, LEVELS };

/* The generic code is written in vectors of four floats, which the compiler turns into the instructions that
 * the baseline of the target has. On x86-64 that is SSE2: one compiled copy goes by both names. */
static const nst__kernels *level(int simd)
{
    switch (simd) {
#ifdef __x86_64__
    case GENERIC: return &nst__kernels_sse2;
#else
    case GENERIC: return &nst__kernels_generic;
#endif
#ifdef NST__HAVE_X86
    case SSE2: return __builtin_cpu_supports("sse2") ? &nst__kernels_sse2 : NULL;
    case AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &nst__kernels_avx2 : NULL;
    case AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
                   ? &nst__kernels_avx512
                   : NULL;
#endif
#ifdef NST__HAVE_NEON
    case NEON: return &nst__kernels_neon;
#endif
    default: return NULL;
    }
}

nst_status nst__kernels_find(const nst__kernels **out, int simd)
{
    const nst__kernels *best = NULL;
    for (int i = GENERIC; i < LEVELS; i++)
        if (level(i)) best = level(i);
    *out = simd == AUTO ? best : level(simd);
    if (*out) return NST_OK;
    return nst__fail(NST_ERR_RANGE, "instruction set '%s' is not available here, the best is '%s'",
                     nst_param_choice(NST_PARAM_SIMD, simd) ? nst_param_choice(NST_PARAM_SIMD, simd) : "?", best->name);
}
