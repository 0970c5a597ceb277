#include "model/load.h"

#ifdef NST__HAVE_LITE
/* embed.cmake makes these from lite.safetensors. */
extern const unsigned char nst__lite_data[];
extern const size_t nst__lite_size;

const unsigned char *nst__lite(size_t *size)
{
    *size = nst__lite_size;
    return nst__lite_data;
}
#else
const unsigned char *nst__lite(size_t *size)
{
    *size = 0;
    return NULL;
}
#endif
