/* Command lines of nst stylize as a shell takes them. */
#ifndef NST_TOOLS_SHELL_WORDS_H
#define NST_TOOLS_SHELL_WORDS_H

#include "setup.h"

#include <stdio.h>

/* " WORD", in quotes where the shell would change it. */
void shell_word(FILE *file, const char *word);
/* The command that paints CONTENT in this way to OUT, without a line's end. */
void shell_stylize(FILE *file, const char *content, const setup_choice *setup, const command_line *parsed,
                   const char *out);

#endif
