/* A run: from coarse to fine, each size by the solver. */
#include "base/alloc.h"
#include "base/log.h"
#include "image/image.h"
#include "image/oklab.h"
#include "solver/optimizer.h"
#include "transfer/checkpoints.h"
#include "transfer/finish.h"
#include "transfer/painted_colors.h"
#include "transfer/painting.h"
#include "transfer/recolored_content.h"
#include "transfer/run_progress.h"
#include "transfer/run_ranks.h"
#include "transfer/stage.h"
#include "transfer/transfer.h"
#include "transfer/warnings.h"

#include <string.h>

/* One run. */
struct run {
    nst_transfer *transfer;
    nst_optimizer *optimizer;
    nst__ranks *ranks;     /* NULL: this process is alone */
    const nst_image *from; /* of nst_transfer_resume(); NULL: by NST_PARAM_INIT */
    bool last_alone;       /* a run of nst_transfer_resume() */
    uint64_t most;         /* its evaluations; 0: as the settings say */
    nst__config config;
    nst__level level[NST__MAX_LEVELS];
    size_t levels;
    nst__run_plan plan;
    nst_image *copy;          /* of the content at the last size, in grey if the painting is; NULL: none is needed */
    nst_image *recolored;     /* the content in the colours of the styles, by NST_INIT_RECOLORED; else NULL */
    nst__distributed content; /* the copy, or that of the transfer */
    nst__distributed start;   /* the picture that the run starts from; IMAGE NULL: noise */
    nst__painting painting;   /* at the level's size: the solver's x are its pixels */
    nst__stage *stage;
    nst__gain gain; /* of this size */
    bool may_end;   /* this size, before its evaluations are used up */
    bool ended;     /* it has */
    nst__run_progress progress;
    double outside; /* seconds of the minimisation outside the solver: evaluations, callbacks */
    size_t index;   /* of this size */
    nst__checkpoints checkpoints;
    nst__run_point larger; /* when the larger picture of the painting ended */
    bool left;             /* the checkpoint of a run that is stopped was written */
    nst_stop asked;        /* why to stop, if something asked for it */
    nst_status failure;    /* of a term of the host */
};

/* ---- Checkpoints ---- */

static nst__run_point point_of(const struct run *run, nst__size_phase phase)
{
    nst__run_point point = {
        .level = run->index,
        .phase = phase,
        .from_picture = run->last_alone,
        .most = run->most,
        .gain = run->gain,
    };
    nst__progress_save(&run->progress, &point);
    if (phase == NST__SIZE_ENDED) point.stop = run->transfer->stop;
    if (phase == NST__SIZE_SOLVES) { /* the solver's state may be of an evaluation before */
        point.evaluations = nst__optimizer_saved_evaluations(run->optimizer);
        point.best = nst__optimizer_saved_best(run->optimizer);
    }
    return point;
}

/* X: the picture, unless the solver has it. What is painted at smaller sizes, to change a larger picture, takes little
 * time, and is painted again. */
static void write_checkpoint(struct run *run, nst__size_phase phase, const float *x)
{
    const nst__painting *painting = &run->painting;
    if (run->checkpoints.goes_on) return; /* from one that has more */
    const nst__run_point point = painting->larger ? run->larger : point_of(run, phase);
    const nst__level *level = &run->level[point.level];
    if (painting->larger)
        nst__checkpoints_write(&run->checkpoints, &point, level, &painting->larger_bands, painting->larger->pixels);
    else
        nst__checkpoints_write(&run->checkpoints, &point, level, &painting->bands, x);
    run->left = run->asked != NST_STOP_NONE;
}

/* From the objective, which was called with X. */
static void save(struct run *run, const float *x)
{
    write_checkpoint(run, nst__optimizer_has_state(run->optimizer) ? NST__SIZE_SOLVES : NST__SIZE_BEGINS, x);
}

/* What was known of this size when the checkpoint was written from which the run goes on. */
static void restore_size(struct run *run)
{
    nst__progress_restore_size(&run->progress, &run->checkpoints.point);
    run->gain = run->checkpoints.point.gain;
}

/* ---- An evaluation ---- */

/* Calls the host, which may ask to stop. */
static void call_progress(struct run *run, const float *x)
{
    nst_transfer *transfer = run->transfer;
    if (transfer->callback) {
        nst_image view = *run->painting.image;
        if (run->stage->height > 0) view.pixels = (float *)(uintptr_t)nst__stage_seen(run->stage, x);
        transfer->at_work = &view;
        transfer->at_work_larger = run->ranks ? NULL : run->painting.larger;
        if (transfer->callback(transfer, transfer->callback_user) != 0 && !run->asked) run->asked = NST_STOP_CALLBACK;
        transfer->at_work = NULL;
    }
    if (nst__cancelled(&transfer->cancel)) run->asked = NST_STOP_CANCELLED;
}

static int evaluate(struct run *run, const float *x, double *value, float *gradient)
{
    nst__host_answer answer = {.code = 0};
    const nst_status status = nst__stage_evaluate(run->transfer, run->stage, x, value, gradient, &answer);
    if (status != NST_OK) {
        if (status == NST_ERR_CALLBACK && answer.code != NST_OBJECTIVE_STOP) run->failure = status;
        run->asked = status == NST_ERR_CALLBACK ? NST_STOP_CALLBACK : NST_STOP_CANCELLED;
        return NST_OBJECTIVE_STOP;
    }
    nst__progress_evaluation(&run->progress, *value, nst_optimizer_iterations(run->optimizer));
    call_progress(run, x);
    return 0;
}

/* What one rank was asked, all do. */
static void agree_to_stop(struct run *run)
{
    double asked = run->asked;
    nst__ranks_maximum(run->ranks, &asked, 1);
    run->asked = (nst_stop)asked;
}

static double pixels_of(const nst__level *level)
{
    return (double)level->height * (double)level->width;
}

/* Called by the solver for each evaluation. If the callback asks to stop, the next evaluation stops the solver, so the
 * value just found is not lost. Cancelling ends the current evaluation at once, without a value. */
static int objective(nst_optimizer *optimizer, size_t n, const float *x, double *value, float *gradient, void *user)
{
    struct run *run = user;
    (void)n;
    const double start = nst__seconds();
    const nst__level *last = &run->level[run->levels - 1];
    nst__checkpoints_loaded(&run->checkpoints);
    agree_to_stop(run);
    if (run->asked) {
        save(run, x);
        return NST_OBJECTIVE_STOP;
    }
    if (run->may_end && nst__gain_is_small(&run->gain, pixels_of(&run->level[run->index]) / pixels_of(last),
                                           nst_optimizer_iterations(optimizer), nst_optimizer_value(optimizer))) {
        run->ended = true;
        return NST_OBJECTIVE_STOP;
    }
    if (nst__ranks_any(run->ranks, nst__checkpoints_due(&run->checkpoints))) save(run, x);
    if (run->transfer->progress[NST_PROGRESS_EVALUATION] == 0) run->progress.level_started = start;
    const int stop = evaluate(run, x, value, gradient);
    if (stop) save(run, x);
    run->outside += nst__seconds() - start;
    return stop;
}

/* ---- The run ---- */

/* Every size reads the content several times, so a large photo is reduced to the last size first. */
static nst_status open_content(struct run *run)
{
    const nst__level *last = &run->level[run->levels - 1];
    const nst__bands *bands = &run->plan.level[run->levels - 1].objective.bands;
    nst_status status = NST_OK;
    NST_TRY(nst__distributed_open(&run->content, run->ranks, run->transfer->content));
    if (run->from && nst__stage_has_content(run->transfer, &run->config, &run->plan.level[0])) return NST_OK;
    if (!nst__run_copies(run->transfer, run->ranks, last)) return NST_OK;
    NST_TRY(nst__distributed_resize(&run->copy, &run->content, last->width, last->height, nst__bands_all(bands)));
    if (nst__paints_grey(run->transfer)) nst__image_to_grey(run->copy);
    nst__distributed_close(&run->content);
    NST_TRY(nst__distributed_open(&run->content, run->ranks, run->copy));
out:
    return status;
}

/* The content in other colours serves to start from, or to take its gradients at the end. */
static nst_status open_start(struct run *run)
{
    const nst_init init = (nst_init)nst__settings_int(&run->transfer->settings, NST_PARAM_INIT);
    const nst_image *start = init == NST_INIT_IMAGE ? run->transfer->init : run->content.image;
    nst_status status = NST_OK;
    if (init == NST_INIT_RECOLORED) {
        NST_TRY(nst__recolored_content(&run->recolored, run->transfer, &run->config, run->content.image));
        start = run->recolored;
    }
    if (run->from) start = run->from;
    if (run->from || init != NST_INIT_NOISE) NST_TRY(nst__distributed_open(&run->start, run->ranks, start));
out:
    return status;
}

/* The picture of a checkpoint, at the size of its level; or memory for it, if the solver has it. */
static nst_status checkpoint_image(struct run *run)
{
    const nst__level *level = &run->level[run->index];
    nst_status status = NST_OK;
    const nst__bands *bands = &run->plan.level[run->index].objective.bands;
    NST_TRY(nst__painting_open(&run->painting, bands, level->width));
    NST_TRY(nst__checkpoints_load_picture(&run->checkpoints, run->painting.image, bands));
out:
    return status;
}

/* The picture at size number INDEX: the first one, or that of the size before. */
static nst_status resize_image(struct run *run, size_t index)
{
    const nst__distributed *from = run->start.image ? &run->start : NULL;
    const nst__level *level = &run->level[index];
    const nst__bands *bands = &run->plan.level[index].objective.bands;
    nst_status status = NST_OK;
    if (!run->painting.image) {
        const uint64_t seed = (uint64_t)nst__settings_int(&run->transfer->settings, NST_PARAM_SEED);
        NST_TRY(nst__painting_begin(&run->painting, from, seed, bands, level->width));
    } else if (run->painting.image->width != level->width || run->painting.bands.height != level->height) {
        if (!run->painting.larger) run->larger = point_of(run, NST__SIZE_ENDED);
        NST_TRY(nst__painting_resize(&run->painting, from, bands, level->width));
    } else {
        return NST_OK;
    }
    if (nst__paints_grey(run->transfer)) nst__image_to_grey(run->painting.image);
out:
    return status;
}

static nst_status paint_level(struct run *run, size_t index)
{
    nst_transfer *transfer = run->transfer;
    const nst__level *level = &run->level[index];
    const double start = nst__seconds();
    nst_status status = NST_OK;
    int64_t simd;
    NST_TRY(resize_image(run, index));
    NST_TRY(nst_transfer_get_int(transfer, NST_PARAM_SIMD, &simd));
    run->index = index;
    run->gain = (nst__gain){0};
    nst__progress_size(&run->progress, level, index, run->levels);
    NST_TRY(nst__stage_create(&run->stage, transfer, &run->content, &run->config, &run->plan.level[index]));
    const double prepared = nst__seconds();
    transfer->progress[NST_PROGRESS_SECONDS_PREPARING] += prepared - start;
    nst__log(NST_LOG_DEBUG, "size %zux%zu: %zu tiles, %.2f s to prepare", level->width, level->height,
             nst__objective_tiles(run->stage->objective), prepared - start);
    run->outside = 0;
    run->ended = false;
    if (run->checkpoints.goes_on) {
        restore_size(run);
        NST_TRY(nst__checkpoints_load_solver(&run->checkpoints, run->optimizer));
    }
    run->may_end = level->may_end && nst_optimizer_algorithm(run->optimizer) == NST_ALGORITHM_LBFGS;
    status = nst__optimizer_minimize_with(
        run->optimizer, nst__engine_workers(transfer->engine), run->ranks, (int)simd, &run->plan.level[index].storage,
        level->evaluations, run->stage->height * level->width * 3, run->painting.image->pixels, objective, run);
    nst__checkpoints_loaded(&run->checkpoints);
    agree_to_stop(run);
    nst__profile_add(&transfer->profile, 0, NST__WORK_SOLVER, prepared + run->outside, 0);
    NST_TRY(status);
    NST_TRY(run->failure);
    if (run->stage->freeze)
        nst__freeze_picture(run->stage->freeze, run->painting.image->pixels, run->painting.image->pixels);
    transfer->stop = run->ended ? NST_STOP_CONVERGED : nst_optimizer_stop_reason(run->optimizer);
    nst__log(NST_LOG_DEBUG, "size %zux%zu: %.0f of %.0f evaluations, value %.6g to %.6g, %.2f s", level->width,
             level->height, transfer->progress[NST_PROGRESS_EVALUATION], transfer->progress[NST_PROGRESS_EVALUATIONS],
             transfer->progress[NST_PROGRESS_START], transfer->progress[NST_PROGRESS_BEST], nst__seconds() - start);
    if (!run->left) nst__progress_size_ends(&run->progress, level);
    if (run->asked && !run->left) write_checkpoint(run, NST__SIZE_ENDED, run->painting.image->pixels);
    if (run->asked) transfer->stop = run->asked;
out:
    if (status == NST_ERR_CANCELLED) { /* before the first evaluation of this size */
        transfer->stop = run->asked = NST_STOP_CANCELLED;
        write_checkpoint(run, NST__SIZE_BEGINS, run->painting.image->pixels);
        status = NST_OK;
    }
    nst__stage_destroy(run->stage);
    run->stage = NULL;
    return status;
}

static void log_warnings(const nst_transfer *transfer)
{
    const char *line = nst_transfer_warnings(transfer);
    while (*line) {
        const size_t length = strcspn(line, "\n");
        nst__log(NST_LOG_WARNING, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* Reserves one arena for all sizes, so each of its pages causes one page fault only. */
static nst_status reserve_arena(const struct run *run)
{
    size_t bytes = 0;
    for (size_t i = 0; i < run->levels; i++) {
        const nst__plan *plan = &run->plan.level[i].objective;
        if (plan->limited) return NST_OK; /* each size has its own */
        if (plan->arena > bytes) bytes = plan->arena;
    }
    return nst__engine_reserve_arena(run->transfer->engine, bytes);
}

/* Goes on where the checkpoint was written. */
static nst_status go_on(struct run *run)
{
    const nst__run_point *point = &run->checkpoints.point;
    nst_status status = NST_OK;
    run->index = (size_t)point->level;
    nst__progress_restore(&run->progress, point);
    NST_TRY(checkpoint_image(run));
    if (point->phase != NST__SIZE_ENDED) return NST_OK;
    nst__progress_size(&run->progress, &run->level[run->index], run->index, run->levels);
    restore_size(run);
    run->transfer->stop = point->stop;
out:
    return status;
}

static nst_status paint_levels(struct run *run)
{
    nst_transfer *transfer = run->transfer;
    nst_status status = NST_OK;
    nst__size_phase phase = NST__SIZE_BEGINS; /* of the size of run->index */
    /* A limit that is too small for any size is an error here, before the first evaluation. */
    NST_TRY(nst__run_plan_make(&run->plan, transfer, &run->config, run->level, run->levels, run->optimizer));
    NST_TRY(nst__transfer_update_warnings(transfer, &run->plan.level[run->levels - 1]));
    NST_TRY(nst__checkpoints_begin(&run->checkpoints, transfer, run->optimizer, &run->plan, run->last_alone));
    log_warnings(transfer);
    NST_TRY(reserve_arena(run));
    nst__log(NST_LOG_INFO, "run: %zu sizes to %zux%zu, %s, %.0f MB at most", run->levels,
             run->level[run->levels - 1].width, run->level[run->levels - 1].height, nst_optimizer_name(run->optimizer),
             (double)run->plan.bytes / (1 << 20));
    for (size_t i = 0; i < run->levels; i++)
        run->progress.work +=
            (double)run->level[i].evaluations * (double)run->level[i].width * (double)run->level[i].height;
    NST_TRY(open_content(run));
    NST_TRY(open_start(run));
    if (run->checkpoints.goes_on) phase = run->checkpoints.point.phase;
    NST_TRY(run->checkpoints.goes_on ? go_on(run) : resize_image(run, 0));
    for (size_t i = run->index + (phase == NST__SIZE_ENDED); i < run->levels; i++) {
        if (run->asked || transfer->stop == NST_STOP_NON_FINITE) break;
        if (nst__ranks_any(run->ranks, nst__cancelled(&transfer->cancel))) {
            run->asked = NST_STOP_CANCELLED;
            write_checkpoint(run, phase, run->painting.image->pixels);
            transfer->stop = run->asked;
            break;
        }
        NST_TRY(paint_level(run, i));
        phase = NST__SIZE_ENDED;
    }
    NST_TRY(resize_image(run, run->levels - 1));
    NST_TRY(nst__finish_picture(run->painting.image, transfer, &run->copy, run->recolored));
out:
    return status;
}

/* FROM is NULL for a run of all sizes. EVALUATIONS: at the last size; 0: as the settings say. CHECKPOINT: where the run
 * goes on, which then has these two; NULL: from the beginning. */
static nst_status paint(nst_image **out, nst_transfer *transfer, const nst_image *from, uint64_t evaluations,
                        const char *checkpoint, nst_optimizer *optimizer, const char *function)
{
    nst_status status = NST_OK;
    nst_optimizer *own = NULL;
    struct run run = {.transfer = transfer, .from = from, .last_alone = from != NULL, .most = evaluations};
    status = nst__transfer_begin(transfer, function); /* refused from its own callback */
    if (status != NST_OK) return status;
    nst__transfer_forget(transfer, false);
    transfer->resumes = from != NULL;
    if (!from) nst__kept_content_clear(&transfer->kept);
    transfer->stop = NST_STOP_NONE;
    nst__progress_begin(&run.progress, transfer->progress);
    if (checkpoint) {
        NST_TRY(nst__checkpoints_open(&run.checkpoints, checkpoint));
        run.last_alone = run.checkpoints.point.from_picture;
        run.most = run.checkpoints.point.most;
    }
    NST_TRY(nst__transfer_enter(transfer));
    NST_TRY(nst__transfer_config(transfer, &run.config));
    run.ranks = nst__engine_ranks(transfer->engine);
    NST_TRY(nst__run_ranks_check(transfer, &run.config, optimizer, run.last_alone));
    if (from) run.config.kept = &transfer->kept;
    NST_TRY(nst__run_levels(run.level, &run.levels, transfer, &run.config, run.last_alone));
    if (run.most) run.level[run.levels - 1].evaluations = run.most;
    if (!optimizer) NST_TRY(nst_transfer_make_optimizer(&own, transfer));
    run.optimizer = optimizer ? optimizer : own;
    NST_TRY(paint_levels(&run));
    nst__log(NST_LOG_INFO, "run: ended after %.2f s: %s", nst__seconds() - run.progress.started,
             nst_stop_text(transfer->stop));
    *out = run.painting.image;
    run.painting.image = NULL;
out:
    if (checkpoint && run.optimizer) nst__optimizer_forget(run.optimizer);
    nst__checkpoints_end(&run.checkpoints);
    nst__run_plan_release(&run.plan);
    nst__distributed_close(&run.content);
    nst__distributed_close(&run.start);
    nst_image_destroy(run.copy);
    nst_image_destroy(run.recolored);
    nst__painting_release(&run.painting);
    nst_optimizer_destroy(own);
    return nst__transfer_end(transfer, function, status);
}

nst_status nst_transfer_run(nst_image **out, nst_transfer *transfer, nst_optimizer *optimizer)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(transfer);
    return paint(out, transfer, NULL, 0, NULL, optimizer, __func__);
}

nst_status nst_transfer_resume(nst_image **out, nst_transfer *transfer, const nst_image *from, uint64_t evaluations,
                               nst_optimizer *optimizer)
{
    const double most = nst_param_maximum(NST_PARAM_STEPS);
    NST_NEED(out);
    *out = NULL;
    NST_NEED(transfer);
    NST_NEED(from);
    if ((double)evaluations > most)
        return nst__fail(NST_ERR_RANGE, "evaluations: expected at most %.0f, found %llu", most,
                         (unsigned long long)evaluations);
    return paint(out, transfer, from, evaluations, NULL, optimizer, __func__);
}

nst_status nst_transfer_continue(nst_image **out, nst_transfer *transfer, const char *path, nst_optimizer *optimizer)
{
    NST_NEED(out);
    *out = NULL;
    NST_NEED(transfer);
    NST_NEED(path);
    return paint(out, transfer, NULL, 0, path, optimizer, __func__);
}
