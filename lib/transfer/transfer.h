/*
 * The transfer handle: what is asked for, and what is ready to compute it.
 */
#ifndef NST_TRANSFER_TRANSFER_H
#define NST_TRANSFER_TRANSFER_H

#include "base/settings.h"
#include "base/status.h"
#include "nn/engine_handle.h"
#include "objective/objective.h"
#include "transfer/host_term.h"
#include "transfer/preset.h"
#include "transfer/style.h"

#include <stdbool.h>

/* What one size takes: worked out once, for its memory, its targets and its evaluations. */
typedef struct nst__stage_plan {
    nst__style_source *style; /* objective.styles of them; no longer than the styles of the transfer */
    nst__plan objective;
    uint64_t bytes; /* the peak, with all that the handle holds */
} nst__stage_plan;

/* The pictures at one size, and the objective that compares with them. */
typedef struct nst__stage {
    size_t height, width;
    nst_image *content; /* resized, while the objective looks at it; NULL: not needed, or the transfer's own */
    nst__objective *objective;
    float *host_gradient; /* [height, width, 3], of one term of the host; NULL where there is none */
} nst__stage;

struct nst_transfer {
    const nst_model *model; /* a reference */
    nst__settings settings;
    nst__settings solver_settings; /* of the preset: what nst_transfer_make_optimizer() hands out */

    nst_image *content, *init;
    struct nst__styling {
        nst_style *style; /* a reference */
        double share;
    } * styles;
    size_t style_count;

    nst_engine *shared; /* of nst_transfer_set_engine(), a reference; NULL: none */
    nst_engine *own; /* where none is shared; NULL until something is computed, and when a setting of it has changed */
    nst__engine *engine; /* a place at one of these, during calls that compute and as long as there is a stage */
    nst__stage *stage;   /* of the last evaluation; NULL when anything that it depends on has changed */
    nst__profile profile;
    nst__host_terms host_terms;
    nst__term_value term[NST__MAX_TERMS + NST__HOST_TERMS]; /* of the last evaluation */
    size_t terms;
    char *warnings; /* lines; NULL: none */

    nst_progress_fn callback;
    void *callback_user;
    bool running;   /* a run, or any other call that computes */
    unsigned forks; /* of the process where it does */
    nst__cancel cancel;
    nst_stop stop;
    double progress[16];      /* by nst_progress */
    const nst_image *at_work; /* during the callback: the picture just evaluated */
};

/* NST_ERR_STATE while a run is under way, or was at a fork in another thread. */
nst_status nst__transfer_idle(const nst_transfer *transfer, const char *function);
/* Around what computes and can be cancelled: refused like the above; where it succeeds, end is called with the status
 * of the work, gives that NST_ERR_CANCELLED its message, and returns it. */
nst_status nst__transfer_begin(nst_transfer *transfer, const char *function);
nst_status nst__transfer_end(nst_transfer *transfer, const char *function, nst_status status);
/* What is set has changed: the stage, and with ENGINE the engine, are made anew when next needed. */
void nst__transfer_forget(nst_transfer *transfer, bool engine);
/* Takes a place at the engine, if there is none. Leave returns it, unless a stage needs it still. */
nst_status nst__transfer_engine(nst_transfer *transfer);
void nst__transfer_leave(nst_transfer *transfer);
/* The settings as the objective wants them; the engine must be there. */
nst_status nst__transfer_config(const nst_transfer *transfer, nst__config *config);

/* What must be set for CONFIG is set, and HEIGHT x WIDTH reaches its deepest layer. */
nst_status nst__stage_check(const nst_transfer *transfer, const nst__config *config, size_t height, size_t width);
/* For its features, or for its alpha. */
bool nst__stage_needs_content(const nst_transfer *transfer, const nst__config *config);
/* PLAN need not outlive it. */
nst_status nst__stage_create(nst__stage **out, const nst_transfer *transfer, const nst__config *config,
                             const nst__stage_plan *plan);
void nst__stage_destroy(nst__stage *stage);
/* Evaluates and keeps the terms. A value that is not finite is not a failure. NST_ERR_CANCELLED, or NST_ERR_CALLBACK
 * with the *ANSWER of a term of the host. */
nst_status nst__stage_evaluate(nst_transfer *transfer, nst__stage *stage, const float *x, double *total,
                               float *gradient, int *answer);

/* Plans a stage of HEIGHT x WIDTH under NST_PARAM_MEMORY_LIMIT, beside all that the handle holds, and BESIDES. A limit
 * that is too small is NST_ERR_MEMORY_LIMIT. Release *OUT, which starts with zeroes, whatever this returns. */
nst_status nst__stage_plan_make(nst__stage_plan *out, const nst_transfer *transfer, const nst__config *config,
                                size_t height, size_t width, uint64_t besides);
void nst__stage_plan_release(nst__stage_plan *plan);

/* Appends a line to nst_transfer_warnings(). */
nst_status nst__transfer_warn(nst_transfer *transfer, const char *format, ...) NST__PRINTF(2, 3);
/* Makes nst_transfer_warnings() anew: all that is to be said of the pictures before HEIGHT x WIDTH is painted. */
nst_status nst__transfer_check_pictures(nst_transfer *transfer, const nst__config *config, size_t height, size_t width);

#endif
