/*
 * Cancelling: by a call from another thread or a signal handler, or by a flag of the host.
 */
#ifndef NST_BASE_CANCEL_H
#define NST_BASE_CANCEL_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>

/* All zero: no work is running, and there is no flag. */
typedef struct nst__cancel {
    atomic_int state;
    const volatile int32_t *flag; /* non-zero asks as well; NULL: none */
} nst__cancel;

/* Around the work that can be cancelled. */
void nst__cancel_begin(nst__cancel *cancel);
void nst__cancel_end(nst__cancel *cancel);

/* Cancels the running work; if there is none, nothing happens. Safe in a signal handler. */
void nst__cancel_ask(nst__cancel *cancel);

/* True if the work is cancelled. Then it stays true until the end of the work, even if the flag is cleared. NULL: never
 * cancelled. */
bool nst__cancelled(nst__cancel *cancel);

/* NST_OK or NST_ERR_CANCELLED, without a message: a cancelled run is not a failure. */
nst_status nst__cancel_check(nst__cancel *cancel);

#endif
