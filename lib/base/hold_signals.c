#include "base/hold_signals.h"

#include <errno.h>
#include <stddef.h>

void nst__hold_signals(nst__hold *hold)
{
    sigemptyset(&hold->ours);
    sigaddset(&hold->ours, SIGXFSZ);
    sigaddset(&hold->ours, SIGPIPE);
    sigpending(&hold->pending);
    pthread_sigmask(SIG_BLOCK, &hold->ours, &hold->before);
}

static void take_signal(const nst__hold *hold, int number)
{
    sigset_t one, pending;
    int taken;
    if (sigismember(&hold->pending, number) || sigpending(&pending) != 0 || !sigismember(&pending, number)) return;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigwait(&one, &taken); /* at once */
}

void nst__release_signals(const nst__hold *hold, int failure)
{
    if (failure == EFBIG) take_signal(hold, SIGXFSZ);
    if (failure == EPIPE) take_signal(hold, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
}
