#include "transfer/painting.h"
#include "transfer/noise.h"

nst_status nst__painting_begin(nst_image **painting, const nst_image *from, uint64_t seed, size_t height, size_t width)
{
    if (from) return nst_image_resize(painting, from, (uint32_t)width, (uint32_t)height);
    const nst_status status = nst_image_create(painting, (uint32_t)width, (uint32_t)height, 0);
    if (status == NST_OK) nst__noise((*painting)->pixels, height * width * 3, seed);
    return status;
}

/* Adds to IMAGE the detail that FROM has at the size of IMAGE but not at WIDTH x HEIGHT. */
static nst_status add_detail(nst_image *image, const nst_image *from, uint32_t width, uint32_t height)
{
    nst_image *sharp = NULL, *coarse = NULL, *smooth = NULL;
    const size_t values = (size_t)image->width * image->height * 3;
    nst_status status = NST_OK;
    NST_TRY(nst_image_resize(&sharp, from, image->width, image->height));
    NST_TRY(nst_image_resize(&coarse, from, width, height));
    NST_TRY(nst_image_resize(&smooth, coarse, image->width, image->height));
    for (size_t i = 0; i < values; i++)
        image->pixels[i] += sharp->pixels[i] - smooth->pixels[i];
out:
    nst_image_destroy(sharp);
    nst_image_destroy(coarse);
    nst_image_destroy(smooth);
    return status;
}

nst_status nst__painting_resize(nst_image **painting, const nst_image *from, size_t height, size_t width)
{
    const nst_image *old = *painting;
    nst_image *resized = NULL;
    nst_status status = NST_OK;
    NST_TRY(nst_image_resize(&resized, old, (uint32_t)width, (uint32_t)height));
    if (from) NST_TRY(add_detail(resized, from, old->width, old->height));
    nst_image_destroy(*painting);
    *painting = resized;
    resized = NULL;
out:
    nst_image_destroy(resized);
    return status;
}
