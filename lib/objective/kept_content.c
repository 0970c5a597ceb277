#include "objective/kept_content.h"
#include "base/alloc.h"

void nst__kept_content_clear(nst__kept_content *kept)
{
    for (size_t i = 0; i < NST__MAX_TAPS; i++)
        nst__free_aligned(kept->features[i]);
    nst__free(kept->numbers);
    *kept = (nst__kept_content){.ready = false};
}
