/*
 * The objective by its definition: in double, one value after another, forward only. Its differences are the
 * truth that the library's gradients are held against.
 */
#ifndef NST_UNIT_ORACLE_H
#define NST_UNIT_ORACLE_H

#include <nst/nst.h>

#include <stdbool.h>
#include <stddef.h>

enum { ORACLE_CONVS = 5, ORACLE_LOOKS = 8 }; /* conv1_1 to conv3_1 */

typedef struct oracle_look {
    int conv; /* 0 to 4 */
    bool relu;
    double content, style; /* weights; 0: no such loss */
} oracle_look;

typedef struct oracle {
    size_t channels[ORACLE_CONVS];
    const float *weights[ORACLE_CONVS]; /* [out, in, 3, 3] */
    const float *bias[ORACLE_CONVS];
    nst_padding padding;
    nst_pooling pooling;
    nst_form form;
    nst_style_loss style_loss;
    oracle_look look[ORACLE_LOOKS];
    size_t looks;
    double content_weight, style_weight, tv_weight, range_weight;
} oracle;

typedef struct oracle_picture {
    size_t height, width;
    double *pixels; /* [height, width, 3], RGB 0..1 */
} oracle_picture;

/* The model is taken to be of input space rgb01. Styles are mixed with equal weights. */
double oracle_value(const oracle *o, const oracle_picture *x, const oracle_picture *content,
                    const oracle_picture *styles, size_t style_count);

#endif
