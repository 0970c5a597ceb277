#include "interrupt.h"
#include "together.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
enum { ALONE = 3, TOGETHER = 4 }; /* of them: mpirun passes on only the last */

enum { MEANT = 2 }; /* so many signals may wait; one more ends what waits itself, as the write to a pipe */

/* All that the handler may reach. It may run in two threads at once, as a BLAS has some that block nothing; which is
 * also why a mask of signals would hold nothing up. */
static _Atomic int32_t asked; /* what the run looks at */
static atomic_int held, told;
static atomic_int waiting; /* the signal that came while files were written */
static atomic_int ignored; /* how many came then */

static struct sigaction before[TOGETHER];

static int count_signals(void)
{
    return together() ? TOGETHER : ALONE;
}

static void end_at_once(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    raise(number); /* which it does when this handler returns */
}

static void ask(void)
{
    static const char words[] = "\r\033[Kstopping with the best picture so far; once more: at once, without";
    if (atomic_load(&told) && write(STDERR_FILENO, words, sizeof words - 1) < 0) atomic_store(&told, 0);
}

static void on_signal(int number)
{
    if (atomic_load(&held)) {
        atomic_store(&waiting, number);
        if (atomic_fetch_add(&ignored, 1) >= MEANT) end_at_once(number);
    } else if (atomic_exchange(&asked, 1))
        end_at_once(number);
    else
        ask();
}

/* What the parent has set to be ignored stays so: nohup, and the shell for jobs in the background. */
void interrupt_catch(nst_transfer *transfer, bool tell)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    atomic_store(&asked, 0);
    if (transfer)
        (void)nst_transfer_set_cancel_flag(transfer, (const volatile int32_t *)&asked); /* it does not run yet */
    atomic_store(&told, tell);
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < count_signals(); i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (int i = 0; i < count_signals(); i++)
        if (sigaction(numbers[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

bool interrupt_asked(void)
{
    return atomic_load(&asked) != 0;
}

void interrupt_release(void)
{
    for (int i = 0; i < count_signals(); i++)
        sigaction(numbers[i], &before[i], NULL);
    atomic_store(&held, 0);
    const int number = atomic_exchange(&waiting, 0);
    if (number) raise(number);
}

void interrupt_hold(void)
{
    atomic_store(&ignored, 0);
    atomic_store(&held, 1);
}

void interrupt_let(void)
{
    atomic_store(&held, 0);
    const int number = atomic_exchange(&waiting, 0);
    if (number) on_signal(number);
}
