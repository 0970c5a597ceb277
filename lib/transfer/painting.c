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

/* IMAGE by BANDS. Bands of no rows are known, so nothing is asked. */
static nst_status open_bands(nst__distributed *out, const nst_image *image, const nst__bands *bands)
{
    nst__ranks *ranks = bands->ranks;
    const int count = nst__ranks_count(ranks);
    *out = nst__distributed_alone(image);
    if (!ranks) return NST_OK;
    *out = (nst__distributed){.ranks = ranks, .image = image, .height = bands->height};
    out->has = nst__alloc((size_t)count, sizeof *out->has);
    if (!out->has) return NST_ERR_OUT_OF_MEMORY;
    for (int r = 0; r < count; r++)
        out->has[r] = nst__bands_rows(bands, r);
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

static void add(nst_image *image, const nst_image *other, float factor)
{
    for (size_t i = 0; i < (size_t)image->width * image->height * 3; i++)
        image->pixels[i] += factor * other->pixels[i];
}

/* The rows of this rank of IMAGE at another size, NULL if it has none. If there is a picture FROM, they are its own,
 * changed by what IMAGE has other than FROM at the size of IMAGE; IMAGE becomes this difference. */
static nst_status resize(nst_image **out, nst_image *image, const nst__bands *old_bands, const nst__distributed *from,
                         const nst__bands *bands, size_t width)
{
    nst__distributed old = {.ranks = NULL};
    nst_image *coarse = NULL, *sharp = NULL;
    nst_status status = NST_OK;
    NST_TRY(open_bands(&old, image, old_bands));
    if (from)
        NST_TRY(nst__distributed_resize(&coarse, from, image->width, old_bands->height, nst__bands_all(old_bands)));
    if (coarse) add(image, coarse, -1);
    NST_TRY(nst__distributed_resize(out, &old, width, bands->height, nst__bands_all(bands)));
    if (from) NST_TRY(nst__distributed_resize(&sharp, from, width, bands->height, nst__bands_all(bands)));
    if (sharp) add(*out, sharp, 1);
out:
    nst__distributed_close(&old);
    nst_image_destroy(coarse);
    nst_image_destroy(sharp);
    return status;
}

/* KEEP: the old picture becomes the larger one. */
static nst_status change_size(nst__painting *painting, const nst__distributed *from, const nst__bands *bands,
                              size_t width, bool keep)
{
    nst__painting changed = {.bands = *bands, .larger = painting->larger, .larger_bands = painting->larger_bands};
    nst_status status = NST_OK;
    NST_TRY(resize(&changed.image, painting->image, &painting->bands, from, bands, width));
    if (!changed.image) NST_TRY(nst__painting_open(&changed, bands, width));
    if (keep) {
        changed.larger = painting->image;
        changed.larger_bands = painting->bands;
    } else {
        nst_image_destroy(painting->image);
    }
    *painting = changed;
    changed.image = NULL;
out:
    nst_image_destroy(changed.image);
    return status;
}

/* Towards the larger picture, or up to it if the new size is beyond. */
static nst_status go_back(nst__painting *painting, const nst__bands *bands, size_t width)
{
    const nst__bands larger_bands = painting->larger_bands;
    const size_t larger_width = painting->larger->width;
    const bool all = bands->height >= larger_bands.height && width >= larger_width;
    nst__distributed larger = {.ranks = NULL};
    nst_status status = NST_OK;
    NST_TRY(open_bands(&larger, painting->larger, &larger_bands));
    NST_TRY(change_size(painting, &larger, all ? &larger_bands : bands, all ? larger_width : width, false));
    if (!all) goto out;
    nst_image_destroy(painting->larger);
    painting->larger = NULL;
out:
    nst__distributed_close(&larger);
    return status;
}

static bool has_size(const nst__painting *painting, const nst__bands *bands, size_t width)
{
    return painting->bands.height == bands->height && painting->image->width == width;
}

nst_status nst__painting_resize(nst__painting *painting, const nst__distributed *from, const nst__bands *bands,
                                size_t width)
{
    const bool smaller = bands->height < painting->bands.height || width < painting->image->width;
    nst_status status = NST_OK;
    if (smaller) return change_size(painting, NULL, bands, width, true);
    if (painting->larger && !has_size(painting, bands, width)) NST_TRY(go_back(painting, bands, width));
    if (!has_size(painting, bands, width)) NST_TRY(change_size(painting, from, bands, width, false));
out:
    return status;
}

nst_status nst__painting_seen(nst_image **out, const nst_image *image, const nst_image *larger)
{
    const nst__net none = {.model = NULL};
    nst_image *copy = NULL;
    nst_status status = NST_OK;
    *out = NULL;
    NST_TRY(nst_image_copy(&copy, image));
    if (larger) {
        const nst__distributed from = nst__distributed_alone(larger);
        const nst__bands old = nst__bands_make(NULL, &none, image->height),
                         bands = nst__bands_make(NULL, &none, larger->height);
        NST_TRY(resize(out, copy, &old, &from, &bands, larger->width));
    } else {
        *out = copy;
        copy = NULL;
    }
out:
    nst_image_destroy(copy);
    return status;
}

void nst__painting_release(nst__painting *painting)
{
    nst_image_destroy(painting->image);
    nst_image_destroy(painting->larger);
    painting->image = painting->larger = NULL;
}
