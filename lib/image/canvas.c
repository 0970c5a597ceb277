#include "image/canvas.h"
#include "base/alloc.h"

nst_status nst__canvas_create(nst__canvas *out, uint32_t width, uint32_t height, int orientation,
                              const nst__color_layout *layout, const nst__color_profile *profile)
{
    nst_status status = NST_OK;
    *out = (nst__canvas){.layout = *layout, .width = width, .place = nst__orient(orientation, width, height)};
    NST_TRY(nst__image_create(&out->image, out->place.width, out->place.height,
                              !layout->cmyk && layout->channels % 2 == 0));
    if (layout->depth == 16)
        NST_TRY(nst__settings_set_int(&out->image->settings, NST_PARAM_PNG_DEPTH, NST_PNG_DEPTH_16));
    NST_TRY(nst__color_create(&out->color, profile, layout, width, out->image));
    if (layout->cmyk && !out->color) {
        out->rgb = nst__alloc(width, 3);
        if (!out->rgb) status = NST_ERR_OUT_OF_MEMORY;
    }
out:
    return status;
}

/* Black reduces the light of each ink: r = c k. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3)
        for (int i = 0; i < 3; i++)
            rgb[i] = (uint8_t)((cmyk[i] * cmyk[3] + 127) / 255);
}

void nst__canvas_row(nst__canvas *canvas, uint32_t y, const void *row)
{
    const nst__color_layout *layout = &canvas->layout;
    if (canvas->color) {
        const int channels = canvas->image->alpha ? 4 : 3;
        nst__put_row_u16(canvas->image, &canvas->place, canvas->width, y, nst__color_row(canvas->color, row), channels);
    } else if (layout->cmyk) {
        cmyk_to_rgb(canvas->rgb, row, canvas->width);
        nst__put_row_u8(canvas->image, &canvas->place, canvas->width, y, canvas->rgb, 3);
    } else if (layout->depth == 16) {
        nst__put_row_u16(canvas->image, &canvas->place, canvas->width, y, row, layout->channels);
    } else {
        nst__put_row_u8(canvas->image, &canvas->place, canvas->width, y, row, layout->channels);
    }
}

nst_image *nst__canvas_take(nst__canvas *canvas)
{
    nst_image *image = canvas->image;
    canvas->image = NULL;
    return image;
}

void nst__canvas_destroy(nst__canvas *canvas)
{
    nst_image_destroy(canvas->image);
    nst__color_destroy(canvas->color);
    nst__free(canvas->rgb);
    *canvas = (nst__canvas){0};
}
