#include "image/canvas.h"
#include "base/alloc.h"

/* The first row of band number INDEX of a picture of HEIGHT. */
static size_t band_at(const nst__reading *how, uint64_t height, uint64_t index)
{
    return (size_t)(height * index / how->bands);
}

nst_status nst__canvas_create(nst__canvas *out, uint32_t width, uint32_t height, int orientation,
                              const nst__color_layout *layout, const nst__color_profile *profile,
                              const nst__reading *how)
{
    nst_status status = NST_OK;
    nst__placement *place = &out->place;
    *out = (nst__canvas){.layout = *layout, .width = width, .place = nst__orient(orientation, width, height)};
    const size_t top = band_at(how, place->height, how->band),
                 end = band_at(how, place->height, (uint64_t)how->band + 1);
    if (how->bands > place->height)
        return nst__fail(NST_ERR_RANGE, "bands: expected at most %u for %u rows, found %u", place->height,
                         place->height, how->bands);
    NST_TRY(nst__image_create(&out->image, place->width, (uint32_t)(end - top),
                              !layout->cmyk && layout->channels % 2 == 0));
    place->first -= (ptrdiff_t)(top * place->width);
    if (how->bands > 1) nst__image_place(out->image, top, place->height);
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

/* How often DISTANCE has to be gone to come to AT or beyond, at most MOST times. */
static uint32_t steps_to(ptrdiff_t at, ptrdiff_t distance, uint32_t most)
{
    const ptrdiff_t steps = at <= 0 ? 0 : (at - 1) / distance + 1;
    return steps < (ptrdiff_t)most ? (uint32_t)steps : most;
}

/* The pixels of row Y that are in the picture. Their places go up or down by place.dx from one to the next. */
static nst__span span_of(const nst__canvas *canvas, uint32_t y)
{
    const nst__placement *place = &canvas->place;
    const ptrdiff_t first = place->first + (ptrdiff_t)y * place->dy, dx = place->dx;
    const ptrdiff_t end = (ptrdiff_t)canvas->image->height * (ptrdiff_t)place->width;
    const uint32_t width = canvas->width;
    if (dx > 0) return (nst__span){steps_to(-first, dx, width), steps_to(end - first, dx, width)};
    return (nst__span){steps_to(first - end + 1, -dx, width), steps_to(first + 1, -dx, width)};
}

bool nst__canvas_wants(const nst__canvas *canvas, uint32_t y)
{
    const nst__span span = span_of(canvas, y);
    return span.begin < span.end;
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
    const nst__span span = span_of(canvas, y);
    if (span.begin >= span.end) return;
    if (canvas->color) {
        const int channels = canvas->image->alpha ? 4 : 3;
        nst__put_row_u16(canvas->image, &canvas->place, span, y, nst__color_row(canvas->color, row), channels);
    } else if (layout->cmyk) {
        cmyk_to_rgb(canvas->rgb, row, canvas->width);
        nst__put_row_u8(canvas->image, &canvas->place, span, y, canvas->rgb, 3);
    } else if (layout->depth == 16) {
        nst__put_row_u16(canvas->image, &canvas->place, span, y, row, layout->channels);
    } else {
        nst__put_row_u8(canvas->image, &canvas->place, span, y, row, layout->channels);
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
