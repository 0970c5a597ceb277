#include "interrupt.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

/* All that the handler may reach. */
static nst_transfer *volatile running;
static volatile sig_atomic_t asked, told;

static struct sigaction before[NUMBERS];
static sigset_t mask_before;

static void end_at_once(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    raise(number); /* which it does when this handler returns */
}

static void on_signal(int number)
{
    static const char words[] = "\r\033[Kstopping with the best picture so far; once more: at once, without";
    if (asked) {
        end_at_once(number);
        return;
    }
    asked = 1;
    nst_transfer_cancel(running);
    if (told && write(STDERR_FILENO, words, sizeof words - 1) < 0) told = 0;
}

/* What the parent has set to be ignored stays so: nohup, and the shell for jobs in the background. */
void interrupt_catch(nst_transfer *transfer, bool tell)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    running = transfer;
    asked = 0;
    told = tell;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < NUMBERS; i++)
        sigaddset(&action.sa_mask, numbers[i]);
    for (int i = 0; i < NUMBERS; i++)
        if (sigaction(numbers[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

void interrupt_release(void)
{
    for (int i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &before[i], NULL);
    running = NULL;
}

void interrupt_hold(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    for (int i = 0; i < NUMBERS; i++)
        sigaddset(&mask, numbers[i]);
    sigprocmask(SIG_BLOCK, &mask, &mask_before);
}

void interrupt_let(void)
{
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
