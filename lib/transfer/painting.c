#include "transfer/painting.h"
#include "base/alloc.h"
#include "transfer/noise.h"

/* The rows of this rank; one if it has none. */
static nst__rows rows_of(const nst__bands *bands)
{
    nst__rows rows = nst__bands_own(bands);
    if (rows.first == rows.end) rows.first--;
    return rows;
}

nst_status nst__painting_open(nst__painting *painting, const nst__bands *bands, size_t width)
{
    const nst__rows rows = rows_of(bands);
    nst_status status = NST_OK;
    painting->bands = *bands;
    NST_TRY(nst_image_create(&painting->image, (uint32_t)width, (uint32_t)nst__rows_count(rows), 0));
    if (bands->ranks) nst__image_place(painting->image, rows.first, bands->height);
out:
    return status;
}

/* Bands of no rows are known, so nothing is asked. */
static nst_status open_painting(nst__distributed *out, const nst__painting *painting)
{
    nst__ranks *ranks = painting->bands.ranks;
    const int count = nst__ranks_count(ranks);
    *out = (nst__distributed){.ranks = ranks, .image = painting->image, .height = painting->bands.height};
    out->has = nst__alloc((size_t)count, sizeof *out->has);
    if (!out->has) return NST_ERR_OUT_OF_MEMORY;
    for (int r = 0; r < count; r++)
        out->has[r] = nst__bands_rows(&painting->bands, r);
    out->own = out->has[nst__ranks_index(ranks)];
    out->top = out->own.first;
    return NST_OK;
}

nst_status nst__painting_begin(nst__painting *painting, const nst__distributed *from, uint64_t seed,
                               const nst__bands *bands, size_t width)
{
    const nst__rows rows = rows_of(bands);
    nst_status status = NST_OK;
    painting->bands = *bands;
    if (from) NST_TRY(nst__distributed_resize(&painting->image, from, width, bands->height, nst__bands_all(bands)));
    if (painting->image) return NST_OK;
    NST_TRY(nst__painting_open(painting, bands, width));
    if (!from) nst__noise(painting->image->pixels, rows.first * width * 3, nst__rows_count(rows) * width * 3, seed);
out:
    return status;
}

/* The rows at an older height from which the rows of a band are enlarged. */
struct older {
    const nst__bands *bands;
    size_t height;
};

static nst__rows older_rows(const void *user, int rank)
{
    const struct older *older = user;
    return nst__resize_reads(older->height, older->bands->height, nst__bands_rows(older->bands, rank));
}

/* Adds to IMAGE the detail that FROM has at the size of IMAGE but not at WIDTH x HEIGHT. IMAGE is NULL on a rank
 * without rows. */
static nst_status add_detail(nst_image *image, const nst__distributed *from, const nst__bands *bands, size_t new_width,
                             size_t width, size_t height)
{
    const struct older older = {bands, height};
    nst_image *sharp = NULL, *coarse = NULL, *smooth = NULL;
    nst_status status = NST_OK;
    NST_TRY(nst__distributed_resize(&sharp, from, new_width, bands->height, nst__bands_all(bands)));
    NST_TRY(nst__distributed_resize(&coarse, from, width, height, (nst__rows_of){older_rows, &older}));
    if (!image) goto out;
    NST_TRY(nst__image_resize_rows(&smooth, coarse, image->width, bands->height, nst__bands_own(bands)));
    for (size_t i = 0; i < (size_t)image->width * image->height * 3; i++)
        image->pixels[i] += sharp->pixels[i] - smooth->pixels[i];
out:
    nst_image_destroy(sharp);
    nst_image_destroy(coarse);
    nst_image_destroy(smooth);
    return status;
}

nst_status nst__painting_resize(nst__painting *painting, const nst__distributed *from, const nst__bands *bands,
                                size_t width)
{
    const size_t old_height = painting->bands.height, old_width = painting->image->width;
    nst__distributed old = nst__distributed_alone(painting->image);
    nst__painting resized = {.bands = *bands};
    nst_status status = NST_OK;
    if (bands->ranks) NST_TRY(open_painting(&old, painting));
    NST_TRY(nst__distributed_resize(&resized.image, &old, width, bands->height, nst__bands_all(bands)));
    if (from) NST_TRY(add_detail(resized.image, from, bands, width, old_width, old_height));
    if (!resized.image) NST_TRY(nst__painting_open(&resized, bands, width));
    nst_image_destroy(painting->image);
    *painting = resized;
    resized.image = NULL;
out:
    nst__distributed_close(&old);
    nst_image_destroy(resized.image);
    return status;
}

void nst__painting_release(nst__painting *painting)
{
    nst_image_destroy(painting->image);
    painting->image = NULL;
}
