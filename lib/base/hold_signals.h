/*
 * By default, a file beyond the size limit (SIGXFSZ) and a pipe without a reader (SIGPIPE) end the process. While these
 * signals are blocked, the write fails with EFBIG or EPIPE instead, and the pending signal is removed.
 */
#ifndef NST_BASE_HOLD_SIGNALS_H
#define NST_BASE_HOLD_SIGNALS_H

#include <signal.h>

typedef struct nst__hold {
    sigset_t before, pending, ours;
} nst__hold;

void nst__hold_signals(nst__hold *hold);
/* FAILURE: the errno of the write, 0 for none. */
void nst__release_signals(const nst__hold *hold, int failure);

#endif
