#include "nn/kernels.h"
#include "base/simd.h"

nst_status nst__kernels_find(const nst__kernels **out, int wanted)
{
    static const nst__kernels *const table[NST__SIMDS] = NST__SIMD_TABLE(nst__kernels_);
    nst_simd simd;
    const nst_status status = nst__simd_choose(&simd, wanted);
    *out = status == NST_OK ? table[simd] : NULL;
    return status;
}
