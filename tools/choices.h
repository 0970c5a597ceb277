/*
 * What the cells of nst grid differ in: axes of choices, one for the rows and one for the columns.
 */
#ifndef NST_TOOLS_CHOICES_H
#define NST_TOOLS_CHOICES_H

#include "options.h"

enum { NO_STYLE = -1 };

/* What a cell changes; NULL, NO_STYLE and such: as it is for all. */
typedef struct choice {
    char *caption;
    const char *content, *model, *preset;
    long style;  /* of --style, by its index */
    double path; /* how far on the path from the first style to the second; negative: no path */
    setting setting;
    bool sets; /* SETTING has one */
} choice;

typedef struct axis {
    choice *choice;
    size_t count;
    words texts; /* what settings point to; owned */
} axis;

void axis_free(axis *a);
void axis_nothing(axis *out); /* one choice, which changes nothing */
void axis_contents(axis *out, const words *contents);
void axis_styles(axis *out, const words *styles);
/* From the first style to the second in STEPS pictures. */
void axis_path(axis *out, const words *styles, long long steps);
/* NAME=A,B,C, a parameter of COMMAND, model or preset; with ; between values that have commas. Complains. */
int axis_vary(axis *out, const command_spec *command, const char *text);
/* One cell as it is, and one for each of the artist's controls. Complains. */
int axis_controls(axis *out, const command_spec *command);

#endif
