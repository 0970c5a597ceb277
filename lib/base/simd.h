/*
 * The instruction sets that inner loops (*_isa.c) are compiled for, and which of them this machine has.
 */
#ifndef NST_BASE_SIMD_H
#define NST_BASE_SIMD_H

#include "base/status.h"

#include <stdbool.h>

enum { NST__SIMDS = NST_SIMD_NEON + 1 }; /* values of nst_simd, which go from the slowest to the fastest */

bool nst__simd_has(nst_simd simd);
nst_simd nst__simd_best(void);
const char *nst__simd_name(nst_simd simd); /* "avx2" */
/* WANTED, or the best set for AUTO. NST_ERR_RANGE if the machine does not have it. */
nst_status nst__simd_choose(nst_simd *out, int wanted);

/*
 * A table of inner loops for each instruction set: NST__SIMD_TABLE(nst__kernels_) is indexed by nst_simd. The compiler
 * translates the generic code, which uses vectors, to the baseline of the target. On x86-64 this is SSE2, so both names
 * mean the same compiled copy. Sets that are not compiled in are NULL.
 */
#if defined(NST__HAVE_X86) && defined(__x86_64__)
#define NST__SIMD_TABLE(name) \
    { \
        NULL, &name##sse2, &name##sse2, &name##avx2, &name##avx512, NULL \
    }
#elif defined(NST__HAVE_X86)
#define NST__SIMD_TABLE(name) \
    { \
        NULL, &name##generic, &name##sse2, &name##avx2, &name##avx512, NULL \
    }
#elif defined(NST__HAVE_NEON)
#define NST__SIMD_TABLE(name) \
    { \
        NULL, &name##generic, NULL, NULL, NULL, &name##neon \
    }
#else
#define NST__SIMD_TABLE(name) \
    { \
        NULL, &name##generic, NULL, NULL, NULL, NULL \
    }
#endif

#endif
