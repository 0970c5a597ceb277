/*
 * What a run tells while it goes: a bar on a terminal, a line now and then elsewhere.
 */
#ifndef NST_TOOLS_PROGRESS_H
#define NST_TOOLS_PROGRESS_H

#include "common.h"

/* The terms of the last evaluation, weighted and summed by kind. */
typedef struct losses {
    double total, content, style, other;
} losses;
losses losses_of(const nst_transfer *transfer);

typedef struct progress {
    bool quiet, terminal, shown;
    double last;         /* when something was shown */
    double level;        /* that was shown */
    size_t at, count;    /* picture AT of COUNT, from 1 */
    const char *picture; /* its name */
    double started;      /* when the first began, and this one */
    double begun;
} progress;

void progress_start(progress *p, bool quiet, size_t count);
void progress_next(progress *p, const char *picture);          /* before each picture */
void progress_show(progress *p, const nst_transfer *transfer); /* after each evaluation */
void progress_clear(progress *p);                              /* the line is free for other words */

/* A line of the form "fetching x  [####----]  41%  ..." on a terminal; nothing elsewhere. */
void progress_bar(const char *before, double fraction, const char *after);

#endif
