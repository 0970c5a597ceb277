/*
 * The picture that a run returns, made of the one that the solver leaves.
 */
#ifndef NST_TRANSFER_FINISH_H
#define NST_TRANSFER_FINISH_H

#include "transfer/transfer_state.h"

/* Clamps IMAGE to 0..1. It gets the gradients of the content if they are asked for; a painting in grey gets the colours
 * of the content; each gets its frozen pixels, its alpha and its depth in files. *COPY: the content as the run has it,
 * NULL if that is the transfer's; destroyed where it is in the way. RECOLORED: see nst__recolored_content(); may be
 * NULL. */
nst_status nst__finish_picture(nst_image *image, nst_transfer *transfer, nst_image **copy, const nst_image *recolored);

#endif
