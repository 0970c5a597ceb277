/* One file of a picture whose bands several ranks have: nst_image_save_band(). Rank 0 writes it and asks the others for
 * rows, as the format needs them. */
#include "base/alloc.h"
#include "image/distributed.h"
#include "nn/engine_handle.h"

#include <string.h>

enum { PIECE = 1 << 20 /* bytes of rows that are sent at once */ };

/* Of rank 0. */
typedef struct gathering {
    nst__ranks *ranks;
    const nst_image *band; /* its own */
    const nst__rows *has;  /* of every rank */
    float *piece;          /* rows HERE of another rank */
    nst__rows here;
    size_t most; /* rows of a piece */
} gathering;

/* What rank 0 asks for; no rows: nothing more. */
typedef struct request {
    uint64_t first, count;
} request;

static bool has(nst__rows rows, size_t y)
{
    return y >= rows.first && y < rows.end;
}

static void fetch(gathering *g, size_t y)
{
    const size_t row = (size_t)g->band->width * 3;
    for (int r = 1; r < nst__ranks_count(g->ranks); r++) {
        if (!has(g->has[r], y)) continue;
        const size_t left = g->has[r].end - y, count = left < g->most ? left : g->most;
        const request wanted = {y, count};
        nst__ranks_send(g->ranks, r, &wanted, sizeof wanted);
        nst__ranks_receive(g->ranks, r, g->piece, count * row * sizeof *g->piece);
        g->here = (nst__rows){y, y + count};
    }
}

static const float *row_at(void *user, uint32_t y)
{
    gathering *g = user;
    const size_t row = (size_t)g->band->width * 3;
    if (has(g->has[0], y)) return g->band->pixels + (y - g->has[0].first) * row;
    if (!has(g->here, y)) fetch(g, y);
    return g->piece + (y - g->here.first) * row;
}

static nst_status write_file(gathering *g, const char *path, const char *type)
{
    const nst__row_source rows = {row_at, g};
    const size_t row = (size_t)g->band->width * 3 * sizeof *g->piece;
    const request no_more = {0, 0};
    nst_image whole = *g->band;
    nst_status status = NST_ERR_OUT_OF_MEMORY;
    whole.height = nst_image_whole_height(g->band);
    whole.rows = &rows;
    g->most = PIECE > row ? PIECE / row : 1;
    g->piece = nst__alloc_aligned(g->most, row);
    if (g->piece) status = nst_image_save_as(&whole, path, type);
    nst__free_aligned(g->piece);
    for (int r = 1; r < nst__ranks_count(g->ranks); r++)
        nst__ranks_send(g->ranks, r, &no_more, sizeof no_more);
    return status;
}

static void serve(nst__ranks *ranks, const nst_image *band)
{
    const size_t row = (size_t)band->width * 3;
    request wanted = {0, 1};
    for (;;) {
        nst__ranks_receive(ranks, 0, &wanted, sizeof wanted);
        if (ranks->failed || wanted.count == 0) return;
        nst__ranks_send(ranks, 0, band->pixels + (wanted.first - band->top) * row,
                        (size_t)wanted.count * row * sizeof(float));
    }
}

/* All ranks return what rank 0 does. */
static nst_status agree(nst__ranks *ranks, nst_status status, const char *path)
{
    double code = status;
    nst__ranks_agree(ranks, &code);
    if (ranks->failed) return nst__ranks_check(ranks);
    if (nst__ranks_index(ranks) > 0 && code > 0)
        return nst__fail((nst_status)code, "%s: rank 0 could not write it", path);
    return status;
}

static nst_status save(const nst_image *band, nst__ranks *ranks, const char *path, const char *type)
{
    gathering g = {.ranks = ranks, .band = band};
    nst_status status = NST_OK;
    nst__distributed picture;
    NST_TRY(nst__distributed_open(&picture, ranks, band));
    if (band->alpha) NST_TRY(nst__fail(NST_ERR_UNSUPPORTED, "%s: expected bands without alpha", path));
    g.has = picture.has;
    if (nst__ranks_index(ranks) == 0)
        status = write_file(&g, path, type);
    else
        serve(ranks, band);
    status = agree(ranks, status, path);
out:
    nst__distributed_close(&picture);
    return status;
}

nst_status nst_image_save_band(const nst_image *band, nst_engine *engine, const char *path, const char *type)
{
    nst_status status = NST_OK;
    nst__engine *place = NULL;
    NST_NEED(band);
    NST_NEED(engine);
    NST_NEED(path);
    NST_NEED(type);
    NST_TRY(nst__engine_enter(&place, engine));
    nst__ranks *ranks = nst__engine_ranks(place);
    status = ranks ? save(band, ranks, path, type) : nst_image_save_as(band, path, type);
    nst__engine_leave(engine, place);
out:
    return status;
}
