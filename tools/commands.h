/*
 * The commands of nst. COUNT and ARGUMENTS are what stands behind the command's name, NULL-ended; the exit
 * code.
 */
#ifndef NST_TOOLS_COMMANDS_H
#define NST_TOOLS_COMMANDS_H

int command_stylize(int count, char **arguments);
int command_eval(int count, char **arguments);
int command_model(int count, char **arguments);
int command_fetch(int count, char **arguments); /* nst model fetch */
int command_grid(int count, char **arguments);
int command_mask(int count, char **arguments);
int command_style(int count, char **arguments);
int command_train(int count, char **arguments);
int command_paint(int count, char **arguments);
int command_bench(int count, char **arguments);

#endif
