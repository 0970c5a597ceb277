/*
 * Names of what a command writes: one for each picture, and none that destroys an input or another output.
 */
#ifndef NST_TOOLS_OUTPUTS_H
#define NST_TOOLS_OUTPUTS_H

#include "options.h"

#include <stdio.h>

/* PATTERN with each "{name}" in it replaced by the name of INPUT, without folder and ending; to be freed. */
char *output_name(const char *pattern, const char *input);
bool output_has_name(const char *pattern); /* it has a "{name}" */

/* The OUTPUTS are different files, under whatever names, and other files than the INPUTS; complains. ADVICE: what helps
 * where an output is an input, as "--force allows it". */
int outputs_differ(const words *outputs);
int outputs_spare(const words *outputs, const words *inputs, const char *advice);

/* PATH is a pipe, a device or a descriptor, which is written to as it is. */
bool output_is_special(const char *path);
/* PATH can be written, as far as that is known before; else complains. GROWS: by output_open(). Waits for the reader of a
 * pipe, as the shell does. */
int output_check(const char *path, bool grows);

/* A file that grows line by line, as a log: not replaced, but emptied. NULL after a complaint. */
FILE *output_open(const char *path);
/* Syncs it too. Complains. */
int output_close(FILE *file, const char *path);

#endif
