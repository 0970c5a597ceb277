#include "waves.h"

#include <math.h>

nst_status waves_create(nst_image **out, uint32_t width, uint32_t height, double turn)
{
    const nst_status status = nst_image_create(out, width, height, 0);
    if (status != NST_OK) return status;
    float *pixel = nst_image_mutable_pixels(*out);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                const double a = x * cos(turn) + y * sin(turn), b = y * cos(turn) - x * sin(turn);
                *pixel++ = (float)(0.5 + 0.2 * sin(a / 3 + c) + 0.15 * sin(b / 11 + 2 * c) + 0.1 * sin((a + b) / 41));
            }
    return NST_OK;
}
