#include "lab.h"

#include <math.h>

static double linear(double v)
{
    return v <= .04045 ? v / 12.92 : pow((v + .055) / 1.055, 2.4);
}

void lab_of(float *lab, const float *rgb)
{
    const double r = linear(rgb[0]), g = linear(rgb[1]), b = linear(rgb[2]);
    const double l = cbrt(.4122214708 * r + .5363325363 * g + .0514459929 * b);
    const double m = cbrt(.2119034982 * r + .6806995451 * g + .1073969566 * b);
    const double s = cbrt(.0883024619 * r + .2817188376 * g + .6299787005 * b);
    lab[0] = (float)(.2104542553 * l + .7936177850 * m - .0040720468 * s);
    lab[1] = (float)(1.9779984951 * l - 2.4285922050 * m + .4505937099 * s);
    lab[2] = (float)(.0259040371 * l + .7827717662 * m - .8086757660 * s);
}
