/*
 * The colours of a painting: what NST_PARAM_COLOR makes of the pictures before they are measured, and of the result.
 *
 * Painting in grey keeps three channels. Content, styles and the first picture are grey, and the gradient is averaged
 * over the channels, so each step of a solver leaves the picture grey: it minimises over grey pictures. A plane of its
 * own for the variables would save a part of the solver's memory, and cost a second shape everywhere that a picture
 * passes: terms and solvers of the host, snapshots, tiles.
 */
#ifndef NST_TRANSFER_PAINTED_COLORS_H
#define NST_TRANSFER_PAINTED_COLORS_H

#include "transfer/transfer_state.h"

/* True if the painting is in grey, and gets the colours of the content at the end. */
bool nst__paints_grey(const nst_transfer *transfer);

/* Computes how each style is recoloured, unless that is known: to the colours of the region that CONFIG paints it in.
 * From the pictures as they were given, so that it is the same at all sizes. NST_ERR_STATE if there is no content to
 * take colours from. */
nst_status nst__match_colors(nst_transfer *transfer, const nst__config *config);
/* Call this after a change of what that depends on. */
void nst__forget_colors(nst_transfer *transfer);

/* The masks of the regions as weights for moments of the content as it was given, whose size *SIZE gets, with the
 * content's alpha; if there are no masks, that alpha. Always release *OUT. */
nst_status nst__color_masks(nst__masks *out, nst__pixel_weights *size, const nst_transfer *transfer,
                            const nst__config *config);

/* ROWS of STYLING's picture as it is measured at HEIGHT x WIDTH, a copy. */
nst_status nst__style_in_colors(nst_image **out, const struct nst__styling *styling, size_t height, size_t width,
                                nst__rows rows);
/* CONTENT at HEIGHT x WIDTH, grey if the painting is; *OWNED is it too if it is a copy, else NULL. */
nst_status nst__content_in_colors(const nst_image **out, nst_image **owned, const nst_transfer *transfer,
                                  const nst_image *content, size_t height, size_t width);
/* The mean of the channels becomes the gradient of each; COUNT: of all values. */
void nst__grey_gradient(float *gradient, size_t count);
/* A painting in grey gets the colours of the content; any other stays as it is. */
nst_status nst__finish_colors(nst_image *painting, const nst_transfer *transfer);

#endif
