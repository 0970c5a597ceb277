/*
 * The program nst: libnst from the shell. It uses the public header alone.
 */
#include "commands.h"
#include "one_thread.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct entry {
    const char *name, *help;
    int (*run)(int, char **);
} entries[] = {
    {"stylize", "repaint a picture in the style of others", command_stylize},
    {"eval", "print the losses of a given picture", command_eval},
    {"grid", "lay out small pictures on a sheet, to choose by eye", command_grid},
    {"mask", "make a mask: where a style is painted, or what stays", command_mask},
    {"model", "show, list, convert and fetch models", command_model},
    {"style", "save what was measured of a painting, and show it", command_style},
    {"train", "train a painter for one style, to paint at once", command_train},
    {"paint", "paint pictures and video with a painter", command_paint},
    {"bench", "measure the time and the memory of an evaluation", command_bench},
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

static void usage(FILE *file)
{
    fputs("Usage: nst COMMAND [ARGUMENTS]\n\n"
          "Neural style transfer: repaints a picture in the style of others.\n\n",
          file);
    for (size_t i = 0; i < ENTRIES; i++)
        fprintf(file, "  %-9s %s\n", entries[i].name, entries[i].help);
    fputs("\n"
          "  nst stylize town.jpg painting.jpg -o result.png\n\n"
          "nst COMMAND --help tells more; nst --version tells the version.\n"
          "Exit codes: 0 done, 1 bad use, 2 bad input, 3 out of memory or a failure of the system,\n"
          "130 stopped by the user.\n",
          file);
}

static int version(void)
{
    printf("nst %s (%s, %s; reads %s; models: %s)\n", nst_version(), nst_build_text(NST_BUILD_BLAS),
           nst_build_text(NST_BUILD_SIMD), nst_build_text(NST_BUILD_PICTURES), nst_build_text(NST_BUILD_READERS));
    return EXIT_DONE;
}

static int unknown(const char *name)
{
    const char *names[ENTRIES + 1] = {0};
    for (size_t i = 0; i < ENTRIES; i++)
        names[i] = entries[i].name;
    const char *meant = closest(name, names);
    return meant ? complain(EXIT_USE, "there is no command '%s': did you mean '%s'?", name, meant)
                 : complain(EXIT_USE, "there is no command '%s': nst --help lists those that there are", name);
}

static int run(int count, char **arguments)
{
    if (count < 2) {
        usage(stderr);
        return EXIT_USE;
    }
    const char *name = arguments[1];
    if (strcmp(name, "--version") == 0) return version();
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(name, entries[i].name) == 0) return entries[i].run(count - 2, arguments + 2);
    return unknown(name);
}

extern char **environ;

int main(int count, char **arguments)
{
    one_thread(count, arguments, environ);
    signal(SIGXFSZ, SIG_IGN); /* a file that is larger than allowed is a write that fails */
    const int code = run(count, arguments);
    if (fflush(stdout) != 0 || ferror(stdout)) return complain(EXIT_SYSTEM, "standard output cannot be written");
    return code;
}
