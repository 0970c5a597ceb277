/*
 * The picture while it is painted: on the terminal, or in a file that any viewer may keep open.
 */
#ifndef NST_TOOLS_PREVIEW_H
#define NST_TOOLS_PREVIEW_H

#include "terminal.h"

/* The option --preview for preview_start(); WHAT is shown. */
#define PREVIEW_OPTION(where, what) \
    { \
        "preview", 0, "[WHERE]", \
            "show " what \
            ", on the terminal; WHERE: a file to keep current instead, or what the terminal shows: sixel, " \
            "kitty, iterm2, blocks", \
            NULL, &(where), NULL \
    }

typedef struct preview {
    const char *file, *type;    /* NULL: the terminal */
    terminal_protocol protocol; /* TERMINAL_NONE: no terminal */
    double begun, next;         /* seconds of now(): when the last was due, and the next is */
    unsigned lines, columns;    /* of the terminal, as it was last; 0: nothing is drawn yet */
    unsigned used, id;          /* lines that the picture takes; kitty's number of it */
} preview;

/* WHERE: NULL for none, "" for what the terminal can show, the name of a protocol, or a file. Complains. */
int preview_start(preview *p, const char *where);
/* It is time for another picture, which is made next. They take a twentieth of the time at most. */
bool preview_due(preview *p);
/* Complains, and shows nothing from then on. On a terminal the cursor has to be at the line that follows the picture of before, which may be cleared. */
int preview_show(preview *p, const nst_image *image);
/* What is drawn stays where it is; the next picture is drawn below. */
void preview_leave(preview *p);

#endif
