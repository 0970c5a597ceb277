/*
 * One picture painted, with all that watches it: bar, log, plot, snapshots, preview.
 */
#ifndef NST_TOOLS_PAINT_H
#define NST_TOOLS_PAINT_H

#include "picture.h"
#include "preview.h"
#include "progress.h"

typedef struct painting {
    nst_transfer *transfer; /* with its styles; gets the content */
    nst_optimizer *optimizer;
    const command_line *parsed; /* has the parameters of the file that is written */
    const picture_reading *reading;
    progress *progress;
    preview *preview;
    const char *content, *style; /* names; that of the first style, of so many, is for a title */
    size_t styles;
    const char *out, *type; /* how it is written: picture_type() */
    const char *log, *plot; /* NULL: none */
    const nst_image *from;  /* a picture to paint on from; NULL: none */
    const char *checkpoint; /* file that gets them; NULL: none */
    double seconds;         /* from one to the next; 0: as the library takes it */
    const char *resume;     /* the checkpoint to go on from; NULL: none */
    long long every;        /* evaluations from one snapshot to the next; 0: none */
    const char *frames;     /* the folder of the snapshots, and of the result as the last; NULL: beside the result */
    const words *spared;    /* files that no snapshot replaces; NULL: it may replace any */
    bool quiet;
    char **warned; /* the warnings that were told last, to be freed; the next picture may have the same */
} painting;

/* The exit code; EXIT_STOPPED where the user stopped it, whether or not something was saved. Complains. */
int paint(const painting *p);

#endif
