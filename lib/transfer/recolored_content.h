/*
 * The content in the colours of its styles, for NST_INIT_RECOLORED.
 */
#ifndef NST_TRANSFER_RECOLORED_CONTENT_H
#define NST_TRANSFER_RECOLORED_CONTENT_H

#include "transfer/transfer_state.h"

/* A copy of CONTENT, which is that of TRANSFER at any size, in grey if the painting is. In each region of CONFIG its
 * colours have the mean and the covariance of the styles there, but for the seams (region_seams.h); frozen pixels stay.
 */
nst_status nst__recolored_content(nst_image **out, const nst_transfer *transfer, const nst__config *config,
                                  const nst_image *content);

#endif
