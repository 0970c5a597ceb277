/*
 * Reads the numbers of a tensor into packed floats. They are read in the order of the file, piece by piece. So a layer
 * of Keras, [3, 3, in, out] in the file and [out, in, 3, 3] here, is in memory only once.
 */
#include "format/table.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

enum { PIECE = 1 << 18, BATCH = 1024 }; /* bytes of a piece of the file; numbers of a batch */

/* A dimension: the number of elements, and the distance between them in elements. */
typedef struct axis {
    uint64_t count, from, to; /* number; distance in the file; distance in the result */
} axis;

/* The part of the file that is in memory. */
typedef struct piece {
    const nst__source *source;
    unsigned char *buffer; /* NULL for a source in memory */
    uint64_t at;
    size_t size;
    uint64_t end; /* of the tensor */
} piece;

/* The SIZE bytes, at most PIECE, at AT. Bytes that are here already are kept and nothing after the tensor is read: a
 * packed source would have to start anew to go back. */
static nst_status view(piece *p, uint64_t at, size_t size, const unsigned char **out)
{
    const nst__source *source = p->source;
    if (at > source->size || size > source->size - at)
        return nst__fail(NST_ERR_CORRUPT, "%s: %zu bytes at %" PRIu64 " lie beyond the end", source->name, size, at);
    if (source->bytes) {
        *out = source->bytes + at;
        return NST_OK;
    }
    if (at < p->at || at - p->at > p->size || size > p->size - (at - p->at)) {
        const size_t most = p->end - at < PIECE ? (size_t)(p->end - at) : PIECE;
        const size_t kept = at >= p->at && at - p->at < p->size ? p->size - (size_t)(at - p->at) : 0;
        memmove(p->buffer, p->buffer + p->size - kept, kept);
        p->at = at;
        p->size = kept;
        nst_status status = nst__source_read(source, at + kept, p->buffer + kept, most - kept);
        if (status != NST_OK) return status;
        p->size = most;
    }
    *out = p->buffer + (at - p->at);
    return NST_OK;
}

/* Sorts the axes from the largest step in the file to the smallest, and merges adjacent axes that form one. */
static int sort_axes(axis *axes, const nst__tensor *t)
{
    uint64_t to = 1;
    int count = 0;
    for (int i = t->rank - 1; i >= 0; to *= t->shape[i--]) {
        int k = count;
        if (t->shape[i] == 1) continue;
        for (; k > 0 && axes[k - 1].from < t->stride[i]; k--)
            axes[k] = axes[k - 1];
        axes[k] = (axis){t->shape[i], t->stride[i], to};
        count++;
    }
    for (int i = count - 1; i > 0; i--) {
        axis *outer = &axes[i - 1], *inner = &axes[i];
        if (outer->from != inner->count * inner->from || outer->to != inner->count * inner->to) continue;
        *outer = (axis){outer->count * inner->count, inner->from, inner->to};
        count--;
        for (int k = i; k < count; k++)
            axes[k] = axes[k + 1];
    }
    if (count == 0) axes[count++] = (axis){1, 1, 1};
    return count;
}

/* Reads one row of the innermost axis, from byte AT on, to OUT. */
static nst_status read_row(float *out, piece *p, const axis *row, nst__type type, uint64_t at, bool *finite)
{
    const size_t size = nst__type_size(type);
    /* The number of elements that fit in a piece. */
    const uint64_t apart = row->from < PIECE ? row->from : PIECE;
    const uint64_t room = apart == 0 ? BATCH : (PIECE / size - 1) / apart + 1;
    float batch[BATCH];
    for (uint64_t done = 0; done < row->count;) {
        const unsigned char *bytes = NULL;
        const bool packed = row->to == 1;
        uint64_t n = row->count - done < room ? row->count - done : room;
        if (!packed && n > BATCH) n = BATCH;
        nst_status status = view(p, at + done * row->from * size, (size_t)((n - 1) * row->from + 1) * size, &bytes);
        if (status != NST_OK) return status;
        float *numbers = packed ? out + done : batch;
        *finite &= nst__numbers_read(numbers, (size_t)n, type, bytes, (size_t)row->from);
        for (uint64_t i = 0; !packed && i < n; i++)
            out[(done + i) * row->to] = batch[i];
        done += n;
    }
    return NST_OK;
}

nst_status nst__tensor_read(float *out, const nst__table *table, const nst__tensor *t)
{
    nst_status status = NST_OK;
    axis axes[NST__RANK_MAX];
    uint64_t index[NST__RANK_MAX] = {0};
    piece p = {.source = t->source ? t->source : table->source};
    bool finite = true;
    for (int i = 0; i < t->rank; i++)
        if (t->shape[i] == 0) return NST_OK;
    p.end = 1;
    for (int i = 0; i < t->rank; i++)
        p.end += (t->shape[i] - 1) * t->stride[i];
    p.end = t->at + p.end * nst__type_size(t->type);
    const int last = sort_axes(axes, t) - 1;
    if (!p.source->bytes && !(p.buffer = nst__alloc(PIECE, 1))) return NST_ERR_OUT_OF_MEMORY;
    for (int i = 0; i >= 0;) {
        uint64_t from = 0, to = 0;
        for (int k = 0; k < last; k++) {
            from += index[k] * axes[k].from;
            to += index[k] * axes[k].to;
        }
        NST_TRY(read_row(out + to, &p, &axes[last], t->type, t->at + from * nst__type_size(t->type), &finite));
        for (i = last - 1; i >= 0 && ++index[i] == axes[i].count; i--)
            index[i] = 0;
    }
    if (!finite)
        NST_TRY(nst__fail(NST_ERR_NON_FINITE, "%s: %s: holds a NaN, an infinity, or a number too large for a float",
                          p.source->name, t->name));
out:
    nst__free(p.buffer);
    return status;
}
