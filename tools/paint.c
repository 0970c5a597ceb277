#include "paint.h"
#include "verdict.h"
#include "frames.h"
#include "interrupt.h"
#include "json_write.h"
#include "outputs.h"
#include "picture.h"
#include "plot.h"
#include "together.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    const painting *p;
    nst_image *result;
    FILE *log;
    plot plot;
    verdict verdict;
    long long every, evaluations; /* over all sizes */
    size_t frames;                /* saved so far */
    double first, best;           /* at the last size */
    bool failed;                  /* the last checkpoint has */
    int late_code;                /* of a failure that does not end the run */
} job;

/* Among several pictures it is said which one. */
static int fail(const job *j, nst_status status)
{
    if (j->p->progress->count == 1) return complain_of(status);
    return complain(exit_code(status), "%s: %s%s", j->p->content, nst_last_error(), advice(status));
}

/* For words on a terminal: below the picture that is shown, in place of the bar. */
static void make_way(const job *j)
{
    progress_clear(j->p->progress);
    preview_leave(j->p->preview);
}

/* ---- While it runs ---- */

static void write_log(job *j, nst_transfer *transfer)
{
    json line = {.file = j->log};
    json_open(&line, NULL, '{');
    json_number(&line, "evaluation", (double)j->evaluations);
    json_number(&line, "level", nst_transfer_progress(transfer, NST_PROGRESS_LEVEL));
    json_number(&line, "width", nst_transfer_progress(transfer, NST_PROGRESS_WIDTH));
    json_number(&line, "height", nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT));
    json_number(&line, "iteration", nst_transfer_progress(transfer, NST_PROGRESS_ITERATION));
    json_number(&line, "time", floor(1e3 * clock_time()));
    json_number(&line, "seconds", nst_transfer_progress(transfer, NST_PROGRESS_SECONDS));
    json_number(&line, "seconds_preparing", nst_transfer_progress(transfer, NST_PROGRESS_SECONDS_PREPARING));
    json_number(&line, "total", nst_transfer_progress(transfer, NST_PROGRESS_TOTAL));
    json_open(&line, "terms", '{');
    for (size_t i = 0; i < nst_transfer_term_count(transfer); i++) {
        const char *name;
        double value, weight;
        if (nst_transfer_term(transfer, i, &name, &value, &weight) != NST_OK) continue;
        json_open(&line, name, '{');
        json_number(&line, "value", value);
        json_number(&line, "weight", weight);
        json_close(&line, '}');
    }
    json_close(&line, '}');
    json_close(&line, '}');
    fputc('\n', j->log);
    if (fflush(j->log) == 0) return;
    make_way(j);
    j->late_code = complain(EXIT_SYSTEM, "%s: %s; the log ends here", j->p->log, strerror(errno));
    fclose(j->log);
    j->log = NULL;
}

/* Of the result's size, so that snapshots of all sizes make a film. */
static nst_status take_snapshot(nst_image **out, nst_transfer *transfer)
{
    nst_image *small;
    const nst_status status = nst_transfer_snapshot(&small, transfer);
    if (status != NST_OK) return status;
    const nst_status resized =
        nst_image_resize(out, small, (uint32_t)nst_transfer_progress(transfer, NST_PROGRESS_RESULT_WIDTH),
                         (uint32_t)nst_transfer_progress(transfer, NST_PROGRESS_RESULT_HEIGHT));
    nst_image_destroy(small);
    return resized;
}

static int save_frame(job *j, const nst_image *image)
{
    char *path = frames_name(j->p->frames, ++j->frames);
    const int code = picture_write(image, path, "png");
    free(path);
    return code;
}

static int save_snapshot(job *j, const nst_image *image)
{
    if (j->p->frames) return save_frame(j, image);
    char number[32];
    snprintf(number, sizeof number, "-%04lld", j->evaluations);
    char *path = path_with(j->p->out, number);
    int code = EXIT_DONE;
    if (j->p->spared) code = outputs_spare(&(words){&(const char *){path}, 1, NULL}, j->p->spared, "--force allows it");
    if (!code) code = picture_write(image, path, j->p->type);
    free(path);
    return code;
}

/* Whichever fails is not tried again. */
static void show_picture(job *j, nst_transfer *transfer, bool save, bool show)
{
    nst_image *image;
    progress_clear(j->p->progress);
    const nst_status status = take_snapshot(&image, transfer);
    const int code = status == NST_OK ? options_to_image(j->p->parsed, image) : complain_of(status);
    const int shown = code || !show ? code : preview_show(j->p->preview, image);
    const int saved = code || !save ? code : save_snapshot(j, image);
    nst_image_destroy(image);
    if (saved) j->every = 0;
    if (shown || saved) j->late_code = shown ? shown : saved;
}

/* Said once for each time that it begins to fail: the disk may have room again later. */
static void look_at_checkpoints(job *j, const nst_transfer *transfer)
{
    const char *failure = nst_transfer_checkpoint_failure(transfer);
    const bool failed = *failure != '\0';
    if (failed && !j->failed) {
        make_way(j);
        j->late_code = complain(EXIT_SYSTEM, "%s; the run goes on, the checkpoint of before is kept", failure);
    }
    j->failed = failed;
}

static void take_numbers(job *j)
{
    j->evaluations = (long long)nst_transfer_progress(j->p->transfer, NST_PROGRESS_ALL_EVALUATIONS);
    j->first = nst_transfer_progress(j->p->transfer, NST_PROGRESS_START);
    j->best = nst_transfer_progress(j->p->transfer, NST_PROGRESS_BEST);
}

static int follow(nst_transfer *transfer, void *user)
{
    job *j = user;
    take_numbers(j);
    interrupt_hold();
    look_at_checkpoints(j, transfer);
    if (j->log) write_log(j, transfer);
    if (j->p->plot) plot_add(&j->plot, transfer);
    verdict_follow(&j->verdict, transfer);
    const bool save = j->every && j->evaluations % j->every == 0, show = preview_due(j->p->preview);
    if (save || show) show_picture(j, transfer, save, show);
    progress_show(j->p->progress, transfer);
    interrupt_let();
    return 0;
}

/* ---- After it ran ---- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_transparent(const nst_image *image)
{
    const float *alpha = nst_image_alpha(image);
    const size_t count = (size_t)nst_image_width(image) * nst_image_height(image);
    for (size_t i = 0; i < count && alpha; i++)
        if (alpha[i] < 1) return true;
    return false;
}

static int save_picture(job *j)
{
    const char *background;
    int code = options_to_image(j->p->parsed, j->result);
    if (!code) code = picture_write(j->result, j->p->out, j->p->type);
    if (code || j->p->quiet || nst_image_type_has_alpha(j->p->type) || !is_transparent(j->result)) return code;
    nst_image_get_text(j->result, NST_PARAM_BACKGROUND, &background);
    tell("nst: warning: %s: %s has no transparency: the picture is laid on %s (--background; PNG keeps it)", j->p->out,
         j->p->type, background);
    return code;
}

static int save_plot(const job *j)
{
    if (!j->p->plot) return EXIT_DONE;
    char *title = print_text("%s after %s%s", name_of(j->p->content), name_of(j->p->style),
                             j->p->styles > 1 ? " and others" : "");
    const int code = plot_save(&j->plot, j->p->plot, title);
    free(title);
    return code;
}

static void report(const job *j, double seconds)
{
    char time[32];
    if (j->p->quiet) return;
    format_seconds(time, sizeof time, seconds);
    tell("%s: %ux%u in %s, %lld evaluation%s, loss %.4g (%.3g at the start of the last size): %s",
         picture_is_stream(j->p->out) ? "standard output" : j->p->out, nst_image_width(j->result),
         nst_image_whole_height(j->result), time, j->evaluations, j->evaluations == 1 ? "" : "s", j->best, j->first,
         nst_stop_text(nst_transfer_stop_reason(j->p->transfer)));
}

static void remove_file(const char *path)
{
    char *file = realpath(path, NULL); /* no symbolic link */
    if (file) unlink(file);
    free(file);
}

/* A run that is complete needs none any more. */
static void end_checkpoints(job *j, bool stopped)
{
    const char *file = j->p->checkpoint;
    if (!file) return;
    look_at_checkpoints(j, j->p->transfer);
    if (!stopped && together_first())
        remove_file(file);
    else if (stopped && !j->failed && !j->p->quiet)
        tell("%s: --resume %s goes on with this run", file, file);
}

/* STATUS: of the run, which took SECONDS. */
static int finish(job *j, nst_status status, double seconds)
{
    if (status != NST_OK) return fail(j, status);
    const bool stopped = nst_transfer_stop_reason(j->p->transfer) == NST_STOP_CANCELLED;
    take_numbers(j);
    if (stopped) end_checkpoints(j, true);
    if (stopped && j->evaluations == 0) return complain(EXIT_STOPPED, "stopped before anything was painted");
    int code = save_picture(j);
    if (code) return code;
    if (!stopped) end_checkpoints(j, false);
    const int saved = j->every && j->p->frames ? save_frame(j, j->result) : EXIT_DONE;
    const int shown = preview_show(j->p->preview, j->result);
    if (shown || saved) j->late_code = shown ? shown : saved;
    report(j, seconds);
    const bool from_the_start = !j->p->resume && !j->p->from;
    if (!stopped && !j->p->quiet && from_the_start && !together())
        status = verdict_tell(&j->verdict, j->p->transfer, j->result);
    code = status == NST_OK ? save_plot(j) : fail(j, status);
    if (!code) code = j->late_code;
    return code || !stopped ? code : EXIT_STOPPED;
}

/* ---- The run ---- */

static void warn(const job *j)
{
    const char *lines = nst_transfer_warnings(j->p->transfer);
    if (j->p->quiet || (*j->p->warned && strcmp(*j->p->warned, lines) == 0)) return;
    tell_warnings(NULL, lines);
    free(*j->p->warned);
    *j->p->warned = print_text("%s", lines);
}

static nst_status set_checkpoints(const job *j)
{
    const painting *p = j->p;
    uint64_t most;
    if (!p->checkpoint) return NST_OK;
    nst_status status = nst_transfer_set_checkpoint(p->transfer, p->checkpoint, p->seconds);
    if (status == NST_OK) status = nst_transfer_checkpoint_bytes(&most, p->transfer, p->optimizer);
    if (status == NST_OK && !p->quiet)
        tell("%s: checkpoints of at most %.3g MB each, and twice that while one is replaced", p->checkpoint,
             (double)most / 1e6);
    return status;
}

static nst_status paint_or_go_on(job *j)
{
    const painting *p = j->p;
    if (p->resume) return nst_transfer_continue(&j->result, p->transfer, p->resume, p->optimizer);
    if (p->from) return nst_transfer_resume(&j->result, p->transfer, p->from, 0, p->optimizer);
    return nst_transfer_run(&j->result, p->transfer, p->optimizer);
}

/* Looks at all that is set, at every size. */
static int prepare(job *j)
{
    uint64_t bytes;
    nst_image *content;
    const int code = picture_read_part(&content, j->p->content, j->p->reading);
    if (code) return code;
    nst_status status = nst_transfer_set_content(j->p->transfer, content);
    if (status == NST_OK && !together()) status = verdict_start(&j->verdict, content);
    nst_image_destroy(content);
    if (status == NST_OK) status = nst_transfer_memory(&bytes, j->p->transfer, j->p->optimizer);
    if (status == NST_OK) warn(j);
    if (status == NST_OK) status = set_checkpoints(j);
    if (status == NST_OK) status = nst_transfer_set_progress(j->p->transfer, follow, j);
    return status == NST_OK ? EXIT_DONE : fail(j, status);
}

/* Last of all that may fail before the work: it ends a log of before. */
static int open_log(job *j)
{
    if (!j->p->log) return EXIT_DONE;
    j->log = output_open(j->p->log);
    return j->log ? EXIT_DONE : EXIT_SYSTEM;
}

static int run(job *j)
{
    const double start = now();
    nst_status status = NST_OK;
    interrupt_catch(j->p->transfer, j->p->progress->terminal && !j->p->quiet);
    int code = open_log(j);
    if (!code) status = paint_or_go_on(j);
    interrupt_hold();
    progress_clear(j->p->progress);
    if (!code) warn(j);
    if (!code) code = finish(j, status, now() - start);
    interrupt_release();
    return code;
}

int paint(const painting *p)
{
    job j = {.p = p, .every = p->every};
    int code;
    preview_leave(p->preview);
    code = prepare(&j);
    if (!code) code = run(&j);
    if (j.log) {
        const int closed = output_close(j.log, p->log);
        if (!code) code = closed;
    }
    plot_free(&j.plot);
    verdict_free(&j.verdict);
    nst_image_destroy(j.result);
    return code;
}
