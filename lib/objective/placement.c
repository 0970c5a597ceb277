#include "objective/placement.h"
#include "base/alloc.h"

#include "base/assert.h"

#include <stdbool.h>

enum { MOST = 512 };

static size_t rounded(size_t bytes)
{
    return (bytes + NST__ALIGNMENT - 1) / NST__ALIGNMENT * NST__ALIGNMENT;
}

static bool collide(const nst__buffer *a, const nst__buffer *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + rounded(b->bytes) &&
           b->offset < a->offset + rounded(a->bytes);
}

/* The lowest free offset is 0 or the end of a buffer that has its place already. */
static void place(nst__buffer *buffer, nst__buffer *const *placed, size_t count)
{
    buffer->offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++)
            if (collide(buffer, placed[i])) {
                buffer->offset = placed[i]->offset + rounded(placed[i]->bytes);
                moved = true;
            }
    }
}

size_t nst__place_buffers(nst__buffer *buffers, size_t count)
{
    nst__buffer *order[MOST];
    size_t used = 0, total = 0;
    NST_ASSERT(count <= MOST);
    for (size_t i = 0; i < count; i++) {
        if (buffers[i].bytes == 0) continue;
        size_t at = used++;
        for (; at > 0 && order[at - 1]->bytes < buffers[i].bytes; at--)
            order[at] = order[at - 1];
        order[at] = &buffers[i];
    }
    for (size_t i = 0; i < used; i++) {
        place(order[i], order, i);
        const size_t end = order[i]->offset + rounded(order[i]->bytes);
        total = end > total ? end : total;
    }
    return total;
}
