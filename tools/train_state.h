/*
 * The state of a training, to go on with: a line that says how it was trained, and the state of the optimizer.
 */
#ifndef NST_TOOLS_TRAIN_STATE_H
#define NST_TOOLS_TRAIN_STATE_H

#include <nst/nst.h>

/* TRAINING: how it is trained, one line. Both complain. */
int train_state_save(const nst_optimizer *optimizer, const char *path, const char *training);
/* Refuses the state of another TRAINING. */
int train_state_load(nst_optimizer *optimizer, const char *path, const char *training);

#endif
