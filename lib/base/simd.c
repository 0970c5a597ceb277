#include "base/simd.h"

#include <nst/nst.h>

bool nst__simd_has(nst_simd simd)
{
    switch (simd) {
    case NST_SIMD_GENERIC: return true;
#ifdef NST__HAVE_X86
    case NST_SIMD_SSE2: return __builtin_cpu_supports("sse2");
    case NST_SIMD_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case NST_SIMD_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif
#ifdef NST__HAVE_NEON
    case NST_SIMD_NEON: return true;
#endif
    default: return false;
    }
}

nst_simd nst__simd_best(void)
{
    nst_simd best = NST_SIMD_GENERIC;
    for (int simd = NST_SIMD_GENERIC; simd < NST__SIMDS; simd++)
        if (nst__simd_has((nst_simd)simd)) best = (nst_simd)simd;
    return best;
}

const char *nst__simd_name(nst_simd simd)
{
    return nst_param_choice(NST_PARAM_SIMD, (size_t)simd, NULL);
}

nst_status nst__simd_choose(nst_simd *out, int wanted)
{
    *out = wanted == NST_SIMD_AUTO ? nst__simd_best() : (nst_simd)wanted;
    if (nst__simd_has(*out)) return NST_OK;
    const char *name = nst__simd_name(*out);
    return nst__fail(NST_ERR_RANGE, "instruction set '%s' is not available here, the best is '%s'", name ? name : "?",
                     nst__simd_name(nst__simd_best()));
}
