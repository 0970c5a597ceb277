#include "transfer/freeze.h"
#include "base/alloc.h"
#include "image/oklab.h"

#include <math.h>

struct nst__freeze {
    size_t count;       /* pixels */
    float *mask;        /* [height, width] */
    float *picture;     /* [height, width, 3], x of the last evaluation */
    nst_image *content; /* at this size */
};

size_t nst__freeze_bytes(size_t height, size_t width)
{
    return height * width * (1 + 2 * 3) * sizeof(float);
}

nst_status nst__freeze_create(nst__freeze **out, const nst_image *mask, const nst_image *content, size_t height,
                              size_t width)
{
    nst_status status = NST_OK;
    nst_image *resized = NULL;
    const nst_image *ready;
    nst__freeze *freeze = nst__zalloc(1, sizeof *freeze);
    *out = NULL;
    if (!freeze) return NST_ERR_OUT_OF_MEMORY;
    freeze->count = height * width;
    NST_TRY(nst__image_at_size(&ready, &resized, mask, height, width));
    freeze->mask = nst__alloc(freeze->count, sizeof *freeze->mask);
    freeze->picture = nst__alloc_aligned(freeze->count, 3 * sizeof *freeze->picture);
    if (!freeze->mask || !freeze->picture) {
        status = NST_ERR_OUT_OF_MEMORY;
        goto out;
    }
    for (size_t i = 0; i < freeze->count; i++)
        freeze->mask[i] = fminf(fmaxf(ready->pixels[3 * i], 0), 1);
    NST_TRY(nst_image_resize(&freeze->content, content, (uint32_t)width, (uint32_t)height));
    *out = freeze;
    freeze = NULL;
out:
    nst_image_destroy(resized);
    nst__freeze_destroy(freeze);
    return status;
}

void nst__freeze_in_grey(nst__freeze *freeze)
{
    nst__image_to_grey(freeze->content);
}

void nst__freeze_destroy(nst__freeze *freeze)
{
    if (!freeze) return;
    nst__free(freeze->mask);
    nst__free_aligned(freeze->picture);
    nst_image_destroy(freeze->content);
    nst__free(freeze);
}

void nst__freeze_picture(const nst__freeze *freeze, const float *v, float *x)
{
    const float *content = freeze->content->pixels;
    for (size_t i = 0; i < freeze->count; i++) {
        const float f = freeze->mask[i];
        for (size_t c = 3 * i; c < 3 * i + 3; c++)
            x[c] = f >= 1 ? content[c] : f * content[c] + (1 - f) * v[c];
    }
}

const float *nst__freeze_seen(nst__freeze *freeze, const float *v)
{
    nst__freeze_picture(freeze, v, freeze->picture);
    return freeze->picture;
}

void nst__freeze_restore(const nst__freeze *freeze, float *x)
{
    for (size_t i = 0; i < 3 * freeze->count; i++)
        if (freeze->mask[i / 3] >= 1) x[i] = freeze->content->pixels[i];
}

void nst__freeze_gradient(const nst__freeze *freeze, float *gradient)
{
    for (size_t i = 0; i < 3 * freeze->count; i++)
        gradient[i] *= 1 - freeze->mask[i / 3];
}
