/*
 * Refuses pixels on a scale other than 0..1. This is the most common mistake with arrays of floats, and hard to notice:
 * to a network that expects 0..1, values of 0..255 are noise, and it paints noise.
 *
 * Half a unit on each side is allowed, since resizing at sharp edges, sharpening and solvers overshoot.
 */
#include "image/image.h"

#include <math.h>

static const float lowest = -0.5f, highest = 1.5f;

/* The message for values LEAST..MOST: which scale they seem to have, and how to convert them to 0..1. */
static nst_status refuse(const char *what, double least, double most)
{
    if (least < (double)lowest)
        return nst__fail(NST_ERR_RANGE, "%s: expected 0..1, found %g to %g: undo the normalisation, or pass uint8",
                         what, least, most);
    if (most <= 255)
        return nst__fail(NST_ERR_RANGE, "%s: expected 0..1, found up to %g: divide by 255 or pass uint8", what, most);
    return nst__fail(NST_ERR_RANGE, "%s: expected 0..1, found up to %g: divide by the largest value of the scale", what,
                     most);
}

static nst_status check_values(const float *values, size_t count, const char *what)
{
    float least = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return nst__fail(NST_ERR_NON_FINITE, "%s: expected 0..1, found a value that is not finite", what);
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    return least < lowest || most > highest ? refuse(what, (double)least, (double)most) : NST_OK;
}

nst_status nst__image_check_range(const nst_image *image, const char *what)
{
    nst_status status = NST_OK;
    const size_t count = (size_t)image->width * image->height;
    NST_TRY(check_values(image->pixels, 3 * count, what));
    if (image->alpha) NST_TRY(check_values(image->alpha, count, what));
out:
    return status;
}
