/*
 * Presets: everything that makes an approach, as a list of parameters and their values.
 */
#ifndef NST_TRANSFER_PRESET_H
#define NST_TRANSFER_PRESET_H

#include "base/settings.h"

/* Sets what preset NAME says: of the transfer in SETTINGS, of its optimizer in SOLVER. */
nst_status nst__preset_apply(const char *name, nst__settings *settings, nst__settings *solver);

#endif
