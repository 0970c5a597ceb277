/* What the library was built with: here, where every folder is in sight. */
#include "base/simd.h"
#include "format/format.h"
#include "image/codec.h"
#include "tensor/gemm.h"

const char *nst_build_text(nst_build key)
{
    switch (key) {
    case NST_BUILD_BLAS: return nst__blas_name();
    case NST_BUILD_SIMD: return nst__simd_name(nst__simd_best());
    case NST_BUILD_READERS: return nst__format_readers();
    case NST_BUILD_PICTURES: return nst__codec_types();
    case NST_BUILD_FORCE_32BIT: break;
    }
    return NULL;
}
