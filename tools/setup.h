/*
 * From the command line to a transfer that is ready: what stylize, eval and bench share.
 */
#ifndef NST_TOOLS_SETUP_H
#define NST_TOOLS_SETUP_H

#include "options.h"

typedef struct setup_choice {
    const char *model, *input, *preset, *mix;
} setup_choice;

/* The rows of these in a command's table of options. */
#define SETUP_MODEL(s) \
    {"model", 'm',        "MODEL", "a file, the name of an installed model, lite, or random:SEED [the embedded one]", \
     NULL,    &(s).model, NULL}, \
    { \
        "input", 0, "NAME", "what the model's first layer expects: auto, bgr255, rgb01 [auto]", NULL, &(s).input, NULL \
    }
#define SETUP_PRESET(s) \
    { \
        "preset", 'p', "NAME", "an approach: content, baseline, gatys, johnson [content]", NULL, &(s).preset, NULL \
    }
#define SETUP_MIX(s) \
    { \
        "mix", 0, "W,W,...", "with several styles: how much each counts, in their order [1,1,...]", NULL, &(s).mix, \
            NULL \
    }

/* Where it complains, the exit code; nothing is left behind then. */
int setup_model(nst_model **out, const setup_choice *setup);
/* Model, preset and the parameters of PARSED. */
int setup_transfer(nst_transfer **out, const setup_choice *setup, const command_line *parsed);
int setup_content(nst_transfer *transfer, const char *path);
int setup_styles(nst_transfer *transfer, const setup_choice *setup, const char *const *paths, size_t count);

int setup_dtype(nst_dtype *out, const char *name); /* of --dtype */

#endif
