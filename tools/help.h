/*
 * What --help prints: a command's own options, and the library's table of parameters.
 */
#ifndef NST_TOOLS_HELP_H
#define NST_TOOLS_HELP_H

#include "options.h"

int help_print(const command_spec *command);
/* What the help calls the value of PARAM: "N", "NAME". */
const char *help_argument(nst_param param);

#endif
