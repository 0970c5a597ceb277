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

nst_status nst__painting_begin(nst__painting *painting, const nst_image *from, uint64_t seed, const nst__bands *bands,
                               size_t width)
{
    const nst__rows rows = rows_of(bands);
    nst_status status = NST_OK;
    painting->bands = *bands;
    if (from) return nst__image_resize_rows(&painting->image, from, width, bands->height, rows);
    NST_TRY(nst__painting_open(painting, bands, width));
    nst__noise(painting->image->pixels, rows.first * width * 3, nst__rows_count(rows) * width * 3, seed);
out:
    return status;
}

/* Adds to IMAGE the detail that FROM has at the size of IMAGE but not at WIDTH x HEIGHT. */
static nst_status add_detail(nst_image *image, const nst_image *from, const nst__bands *bands, size_t width,
                             size_t height)
{
    nst_image *sharp = NULL, *coarse = NULL, *smooth = NULL;
    const nst__rows rows = rows_of(bands);
    const size_t values = nst__rows_count(rows) * image->width * 3;
    nst_status status = NST_OK;
    NST_TRY(nst__image_resize_rows(&sharp, from, image->width, bands->height, rows));
    NST_TRY(nst__image_resize_rows(&coarse, from, width, height, nst__resize_reads(height, bands->height, rows)));
    NST_TRY(nst__image_resize_rows(&smooth, coarse, image->width, bands->height, rows));
    for (size_t i = 0; i < values; i++)
        image->pixels[i] += sharp->pixels[i] - smooth->pixels[i];
out:
    nst_image_destroy(sharp);
    nst_image_destroy(coarse);
    nst_image_destroy(smooth);
    return status;
}

/* The rows of the old picture that the new band is made of, from the ranks that have them. */
static nst_status fetch(nst_image **out, const nst__painting *painting, const nst__bands *bands)
{
    const nst_image *old = painting->image;
    const int count = nst__ranks_count(bands->ranks), own = nst__ranks_index(bands->ranks);
    const size_t row = (size_t)old->width * 3;
    nst_status status = NST_OK;
    nst__rows *has = nst__alloc(2 * (size_t)count, sizeof *has), *wants = has + count;
    *out = NULL;
    if (!has) return NST_ERR_OUT_OF_MEMORY;
    for (int i = 0; i < count; i++) {
        has[i] = nst__bands_rows(&painting->bands, i);
        wants[i] = nst__resize_reads(painting->bands.height, bands->height, nst__bands_rows(bands, i));
    }
    const size_t wanted = nst__rows_count(wants[own]);
    NST_TRY(nst__image_create(out, old->width, (uint32_t)(wanted ? wanted : 1), false));
    nst__image_place(*out, wants[own].first, painting->bands.height);
    nst__ranks_fetch(bands->ranks, has, wants, row, old->pixels, (*out)->pixels);
    NST_TRY(nst__ranks_check(bands->ranks));
out:
    nst__free(has);
    return status;
}

nst_status nst__painting_resize(nst__painting *painting, const nst_image *from, const nst__bands *bands, size_t width)
{
    const size_t old_height = painting->bands.height, old_width = painting->image->width;
    const nst__rows own = nst__bands_own(bands);
    nst_image *old = NULL, *resized = NULL;
    nst_status status = NST_OK;
    if (bands->ranks) NST_TRY(fetch(&old, painting, bands));
    if (own.first < own.end) {
        NST_TRY(nst__image_resize_rows(&resized, old ? old : painting->image, width, bands->height, own));
        if (from) NST_TRY(add_detail(resized, from, bands, old_width, old_height));
    } else {
        NST_TRY(nst_image_create(&resized, (uint32_t)width, 1, 0));
    }
    nst_image_destroy(painting->image);
    *painting = (nst__painting){resized, *bands};
    resized = NULL;
out:
    nst_image_destroy(old);
    nst_image_destroy(resized);
    return status;
}

void nst__painting_release(nst__painting *painting)
{
    nst_image_destroy(painting->image);
    painting->image = NULL;
}
