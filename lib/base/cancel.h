/*
 * Being asked to leave off: by another thread or a signal handler, or by a flag of the host's.
 */
#ifndef NST_BASE_CANCEL_H
#define NST_BASE_CANCEL_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>

/* All zero: nothing is under way, and there is no flag. */
typedef struct nst__cancel {
    atomic_int state;
    const volatile int32_t *flag; /* non-zero asks as well; NULL: none */
} nst__cancel;

/* Around the work that can be cancelled. */
void nst__cancel_begin(nst__cancel *cancel);
void nst__cancel_end(nst__cancel *cancel);

/* Asks the work under way; if there is none, nothing happens. Safe in a signal handler. */
void nst__cancel_ask(nst__cancel *cancel);

/* Was it asked for? Once it was, it stays so until the end of the work, whatever the flag says. NULL: never. */
bool nst__cancelled(nst__cancel *cancel);

/* NST_OK or NST_ERR_CANCELLED, without a message: a run that is cancelled is no failure. */
nst_status nst__cancel_check(nst__cancel *cancel);

#endif
