#include "image/oklab.h"

#include <math.h>

enum { STEPS = 40 }; /* of the bisection: the chroma is exact to 1e-12 */

/* Linear RGB to cone responses, and the cube roots of these to L, a, b; then their inverses. */
static const double rgb_to_lms[9] = {.4122214708, .5363325363, .0514459929, .2119034982, .6806995451,
                                     .1073969566, .0883024619, .2817188376, .6299787005};
static const double lms_to_lab[9] = {.2104542553, .7936177850, -.0040720468, 1.9779984951, -2.4285922050,
                                     .4505937099, .0259040371, .7827717662,  -.8086757660};
static const double lms_to_rgb[9] = {4.076741661347994,    -3.3077115904081933, .2309699287294279,
                                     -1.2684380040921763,  2.6097574006633715,  -.3413193963102196,
                                     -.004196086541837079, -.7034186144594495,  1.7076147009309446};
static const double lab_to_lms[9] = {.9999999984505197,  .3963377921737678,   .21580375806075877,
                                     1.0000000088817607, -.10556134232365633, -.0638541747717059,
                                     1.0000000546724108, -.08948418209496574, -1.2914855378640917};

/* The curve of sRGB (IEC 61966-2-1). Its straight part goes on below 0. */
static double linear(double v)
{
    return v <= .04045 ? v / 12.92 : pow((v + .055) / 1.055, 2.4);
}

static double encode(double v)
{
    return v <= .0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - .055;
}

static void multiply(double out[3], const double m[9], const double x[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = m[3 * i] * x[0] + m[3 * i + 1] * x[1] + m[3 * i + 2] * x[2];
}

static void to_lab(double lab[3], const double rgb[3])
{
    const double light[3] = {linear(rgb[0]), linear(rgb[1]), linear(rgb[2])};
    double lms[3];
    multiply(lms, rgb_to_lms, light);
    for (int i = 0; i < 3; i++)
        lms[i] = cbrt(lms[i]);
    multiply(lab, lms_to_lab, lms);
}

/* Linear RGB of LAB with its chroma scaled. */
static void to_light(double light[3], const double lab[3], double chroma)
{
    const double scaled[3] = {lab[0], lab[1] * chroma, lab[2] * chroma};
    double lms[3];
    multiply(lms, lab_to_lms, scaled);
    for (int i = 0; i < 3; i++)
        lms[i] *= lms[i] * lms[i];
    multiply(light, lms_to_rgb, lms);
}

/* Gives LIGHT too. */
static bool in_gamut(double light[3], const double lab[3], double chroma)
{
    const double rounding = 1e-9;
    to_light(light, lab, chroma);
    for (int i = 0; i < 3; i++)
        if (!(light[i] >= -rounding && light[i] <= 1 + rounding)) return false;
    return true;
}

static void fit_chroma(double light[3], const double lab[3])
{
    double least = 0, most = 1;
    if (in_gamut(light, lab, 1)) return;
    for (int i = 0; i < STEPS; i++) {
        const double middle = (least + most) / 2;
        if (in_gamut(light, lab, middle))
            least = middle;
        else
            most = middle;
    }
    to_light(light, lab, least);
}

static bool is_grey(const double rgb[3])
{
    return rgb[0] == rgb[1] && rgb[1] == rgb[2];
}

double nst__grey(const double rgb[3])
{
    double lab[3];
    if (is_grey(rgb)) return rgb[0];
    to_lab(lab, rgb);
    return encode(lab[0] * lab[0] * lab[0]);
}

static void load(double rgb[3], const float *pixel)
{
    for (int c = 0; c < 3; c++)
        rgb[c] = (double)pixel[c];
}

void nst__image_to_grey(nst_image *image)
{
    const size_t values = (size_t)image->width * image->height * 3;
    for (size_t i = 0; i < values; i += 3) {
        double rgb[3];
        load(rgb, image->pixels + i);
        image->pixels[i] = image->pixels[i + 1] = image->pixels[i + 2] = (float)nst__grey(rgb);
    }
}

static void put_color(float *pixel, const float *content)
{
    double painted[3], color[3], lab[3], light[3];
    load(painted, pixel);
    load(color, content);
    const double grey = fmin(fmax(nst__grey(painted), 0), 1);
    if (is_grey(color)) {
        pixel[0] = pixel[1] = pixel[2] = (float)grey;
        return;
    }
    to_lab(lab, color);
    lab[0] = cbrt(linear(grey));
    fit_chroma(light, lab);
    for (int c = 0; c < 3; c++)
        pixel[c] = (float)encode(fmin(fmax(light[c], 0), 1));
}

void nst__image_put_colors(nst_image *image, const nst_image *content)
{
    const size_t values = (size_t)image->width * image->height * 3;
    for (size_t i = 0; i < values; i += 3)
        put_color(image->pixels + i, content->pixels + i);
}
