/*
 * What the calls of a transfer have in common: whether they are allowed, its engine, its settings.
 */
#ifndef NST_TRANSFER_TRANSFER_H
#define NST_TRANSFER_TRANSFER_H

#include "transfer/transfer_state.h"

/* NST_ERR_STATE during a run, or if one was under way in another thread at a fork. */
nst_status nst__transfer_check_idle(const nst_transfer *transfer, const char *function);
/* Begins work that can be cancelled; refused like the function above. If it succeeds, call end with the status of the
 * work. End returns that status, with a message for NST_ERR_CANCELLED. */
nst_status nst__transfer_begin(nst_transfer *transfer, const char *function);
nst_status nst__transfer_end(nst_transfer *transfer, const char *function, nst_status status);

/* Destroys the stage and, if ENGINE is true, the own engine. Call this after any change of what they depend on. */
void nst__transfer_forget(nst_transfer *transfer, bool engine);
/* Takes a place at the engine, if there is none. Leave returns it, unless there is a stage. */
nst_status nst__transfer_enter(nst_transfer *transfer);
void nst__transfer_leave(nst_transfer *transfer);

/* The settings in the form that an objective takes, and the colours of the styles. The engine must be there. */
nst_status nst__transfer_config(nst_transfer *transfer, nst__config *config);

#endif
