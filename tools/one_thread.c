#include "one_thread.h"

/*
 * OpenBLAS starts a thread for each core as soon as it is loaded, which is before main(). Where a limit on memory or
 * on threads is in the way, it ends the process by SIGINT, or spins for ever when the process ends. No call can keep it
 * from that, only a variable that is set when the program begins. The program loses nothing by it: the library has
 * threads of its own and holds the BLAS to one.
 */
#ifdef __linux__

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const char SETTING[] = "OPENBLAS_NUM_THREADS=1";
enum { NAME = sizeof "OPENBLAS_NUM_THREADS=" - 1 };

/* Not where the dynamic linker was started with the program as its argument: it would be started alone. */
static void start_again(char **arguments, char **environment)
{
    char path[PATH_MAX];
    if (getauxval(AT_BASE) == 0) return;
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = '\0';
    execve(path, arguments, environment);
}

void one_thread(int count, char **arguments, char **environment)
{
    size_t entries = 0, kept = 0;
    (void)count;
    for (; environment[entries]; entries++)
        if (strcmp(environment[entries], SETTING) == 0) return;
    char **changed = malloc((entries + 2) * sizeof *changed);
    if (!changed) return;
    for (size_t i = 0; i < entries; i++)
        if (strncmp(environment[i], SETTING, NAME) != 0) changed[kept++] = environment[i];
    changed[kept++] = (char *)SETTING;
    changed[kept] = NULL;
    start_again(arguments, changed);
    free(changed);
}

/* glibc calls this before the constructors of the libraries; elsewhere main() comes first, which is better than never. */
static void (*before_libraries)(int, char **, char **) __attribute__((used, section(".preinit_array"))) = one_thread;

#else

void one_thread(int count, char **arguments, char **environment)
{
    (void)count;
    (void)arguments;
    (void)environment;
}

#endif
