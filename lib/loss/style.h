/*
 * The style loss of one layer: how far its Gram matrix G, of M positions, is from the target.
 *
 *   form       normalised by n(M)   value
 *   relative   1 / M                |D|^2 / |T|^2        no unit: 1 where all of the style is missing
 *   mean       1 / (C M)            |D|^2 / C^2          Johnson et al., arXiv:1603.08155, eq. 4
 *   gatys      1 / M                |D|^2 / (4 C^2)      Gatys et al., arXiv:1508.06576, eq. 4, per position
 *   sum        1                    |D|^2 / 2
 *
 * with D = n(M) G - T and the target T = the mean, over the style pictures, of n(M') A. As dG = F' dF + dF' F, the
 * gradient is dF = 4 n(M) k F D where k is the value's factor on |D|^2.
 */
#ifndef NST_LOSS_STYLE_H
#define NST_LOSS_STYLE_H

#include <nst/nst.h>

/* n(M) of the table above. */
double nst__style_norm(nst_form form, size_t channels, size_t positions);

/* Value of the loss at GRAM [C,C] (not normalised) of POSITIONS positions, against TARGET [C,C] (normalised).
 * If SLOPE is not NULL, it becomes WEIGHT x 4 n k D, so that WEIGHT times the loss has the gradient dF = F
 * SLOPE. A target of zeros has no relative loss: 0. */
double nst__style_loss(nst_form form, size_t channels, size_t positions, const double *gram, const double *target,
                       double weight, float *slope);

#endif
