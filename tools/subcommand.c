#include "subcommand.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 8 };

static void usage(FILE *file, const char *command, const subcommand *table)
{
    fprintf(file, "Usage: nst %s COMMAND\n\n", command);
    for (size_t i = 0; table[i].name; i++)
        fprintf(file, "  %-8s %s\n", table[i].name, table[i].help);
    fprintf(file, "\nnst %s COMMAND --help tells more.\n", command);
}

int subcommand_run(const char *command, const subcommand *table, int count, char **arguments)
{
    const char *names[MOST + 1] = {0};
    if (count == 0) {
        usage(stderr, command, table);
        return EXIT_USE;
    }
    const char *name = arguments[0];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        usage(stdout, command, table);
        return EXIT_DONE;
    }
    for (size_t i = 0; table[i].name; i++) {
        if (strcmp(name, table[i].name) == 0) return table[i].run(count - 1, arguments + 1);
        if (i < MOST) names[i] = table[i].name;
    }
    const char *meant = closest(name, names);
    return meant
               ? complain(EXIT_USE, "there is no 'nst %s %s': did you mean 'nst %s %s'?", command, name, command, meant)
               : complain(EXIT_USE, "there is no 'nst %s %s': nst %s --help lists those that there are", command, name,
                          command);
}
