/*
 * Commands that have commands of their own, such as nst model.
 */
#ifndef NST_TOOLS_SUBCOMMAND_H
#define NST_TOOLS_SUBCOMMAND_H

typedef struct subcommand {
    const char *name, *help;
    int (*run)(int count, char **arguments);
} subcommand;

/* Runs the one of TABLE (until one without a name) that the arguments behind COMMAND's name begin with, or prints help,
 * or complains. Returns an exit code. */
int subcommand_run(const char *command, const subcommand *table, int count, char **arguments);

#endif
