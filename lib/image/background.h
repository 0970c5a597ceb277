/*
 * The colour behind transparent parts in formats without alpha: NST_PARAM_BACKGROUND.
 */
#ifndef NST_IMAGE_BACKGROUND_H
#define NST_IMAGE_BACKGROUND_H

#include "base/status.h"

/* RGB, 0..1, of "white", "black" or "#rrggbb"; anything else is NST_ERR_ARGUMENT. */
nst_status nst__background_parse(float rgb[3], const char *text);

#endif
