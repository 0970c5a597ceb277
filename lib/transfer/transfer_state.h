/*
 * The structure of the handle nst_transfer: what was asked for, and what is ready to compute it.
 */
#ifndef NST_TRANSFER_TRANSFER_STATE_H
#define NST_TRANSFER_TRANSFER_STATE_H

#include "base/settings.h"
#include "image/color_match.h"
#include "nn/engine_handle.h"
#include "objective/objective.h"
#include "transfer/host_term.h"
#include "transfer/style.h"

#include <stdbool.h>

enum { NST__PROGRESS_COUNT = NST_PROGRESS_ALL_EVALUATIONS + 1 };

struct nst_transfer {
    const nst_model *model; /* a reference */
    nst__settings settings;
    nst__settings solver_settings; /* of the preset: the optimizers of nst_transfer_make_optimizer() get them */

    nst_image *content, *init;
    struct nst__styling {
        nst_style *style; /* a reference */
        double share;
        nst_image *mask;      /* grey, in all three channels: where it is painted; NULL: everywhere */
        bool recolors;        /* its picture is measured in other colours: RECOLOR */
        nst__recolor recolor; /* of nst__match_colors() */
    } * styles;
    size_t style_count;
    bool colors_known;               /* RECOLOR of each style */
    nst_image *freeze, *content_map; /* grey, in all three channels; NULL: none */

    nst_engine *shared; /* of nst_transfer_set_engine(), a reference; NULL: none */
    nst_engine *own; /* if none is shared; NULL before the first computation, and after a setting of it has changed */
    nst__engine *engine;      /* a place at SHARED or OWN; NULL unless a call computes or there is a stage */
    struct nst__stage *stage; /* of the last nst_transfer_evaluate(); NULL after a change of anything it depends on */
    nst__kept_content kept;   /* from one nst_transfer_resume() to the next */
    bool resumes;             /* the last call that computed was that one: the own engine keeps its memory */
    nst__profile profile;
    nst__host_terms host_terms;
    nst__term_value term[NST__MAX_TERMS + NST__HOST_TERMS]; /* of the last evaluation */
    size_t terms;
    char *warnings; /* lines; NULL: none */

    struct nst__checkpointing {
        char *path;         /* NULL: none are written */
        double seconds;     /* from one to the next; 0: by default */
        char failure[1024]; /* of the last one; "": none */
    } checkpoint;

    nst_progress_fn callback;
    void *callback_user;
    bool running;   /* during a run, or any other call that computes */
    unsigned forks; /* of the process in which it runs */
    nst__cancel cancel;
    nst_stop stop;
    double progress[NST__PROGRESS_COUNT]; /* by nst_progress */
    const nst_image *at_work;             /* during the callback: the picture just evaluated, */
    const nst_image *at_work_larger;      /* and the one that it changes; NULL: none */
};

#endif
