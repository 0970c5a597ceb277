/* OkLab (Björn Ottosson, 2020), in which equal distances look about equal. */
#ifndef NST_TOOLS_LAB_H
#define NST_TOOLS_LAB_H

/* LAB [3]: lightness 0..1, and two of colour, about -0.4..0.4, of RGB [3], 0..1, sRGB-encoded. */
void lab_of(float *lab, const float *rgb);

#endif
