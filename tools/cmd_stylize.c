/* nst stylize: paints. */
#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "picture.h"
#include "plot.h"
#include "progress.h"
#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    setup_choice setup;
    command_line parsed;
    const char *content, *out, *given_type, *type, *log, *plot_path, *init, *save_every;
    bool quiet;
    long long every; /* evaluations from one snapshot to the next; 0: none */

    nst_transfer *transfer;
    nst_optimizer *optimizer;
    nst_image *result;
    FILE *log_file;
    progress progress;
    plot plot;
    long long evaluations; /* over all sizes */
    double first, best;    /* at the last size */
    int late_code;         /* of a failure that does not end the run */
} job;

/* ---- While it runs ---- */

static void write_log(job *j, nst_transfer *transfer)
{
    json line = {.file = j->log_file};
    json_open(&line, NULL, '{');
    json_number(&line, "evaluation", (double)j->evaluations);
    json_number(&line, "level", nst_transfer_progress(transfer, NST_PROGRESS_LEVEL));
    json_number(&line, "width", nst_transfer_progress(transfer, NST_PROGRESS_WIDTH));
    json_number(&line, "height", nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT));
    json_number(&line, "iteration", nst_transfer_progress(transfer, NST_PROGRESS_ITERATION));
    json_number(&line, "seconds", nst_transfer_progress(transfer, NST_PROGRESS_SECONDS));
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
    fputc('\n', j->log_file);
    if (fflush(j->log_file) == 0) return;
    progress_end(&j->progress);
    j->late_code = complain(EXIT_SYSTEM, "%s: %s; the log ends here", j->log, strerror(errno));
    fclose(j->log_file);
    j->log_file = NULL;
}

static nst_status save_snapshot(job *j, nst_transfer *transfer)
{
    char number[32];
    nst_image *image;
    nst_status status = nst_transfer_snapshot(&image, transfer);
    if (status != NST_OK) return status;
    snprintf(number, sizeof number, "-%04lld", j->evaluations);
    char *path = path_with(j->out, number);
    if (options_to_image(&j->parsed, image) == EXIT_DONE) status = nst_image_save_as(image, path, j->type);
    free(path);
    nst_image_destroy(image);
    return status;
}

static int follow(nst_transfer *transfer, void *user)
{
    job *j = user;
    j->evaluations++;
    j->first = nst_transfer_progress(transfer, NST_PROGRESS_START);
    j->best = nst_transfer_progress(transfer, NST_PROGRESS_BEST);
    progress_show(&j->progress, transfer);
    interrupt_hold();
    if (j->log_file) write_log(j, transfer);
    if (j->plot_path) plot_add(&j->plot, transfer);
    if (j->every && j->evaluations % j->every == 0) {
        const nst_status status = save_snapshot(j, transfer);
        if (status != NST_OK) {
            progress_end(&j->progress);
            j->late_code = complain_of(status);
            j->every = 0;
        }
    }
    interrupt_let();
    return 0;
}

/* ---- Before it runs ---- */

/* Without --style, content and style are two names. */
static int sort_operands(job *j)
{
    const words *names = &j->parsed.operands;
    const size_t wanted = j->setup.styles.count ? 1 : 2;
    if (names->count < wanted)
        return complain(EXIT_USE, "stylize needs a content and a style picture: nst stylize CONTENT STYLE -o OUT");
    if (names->count > wanted)
        return complain(EXIT_USE, "expected CONTENT and STYLE, found %zu names: several styles are named by --style",
                        names->count);
    j->content = names->word[0];
    if (wanted == 2) words_add(&j->setup.styles, names->word[1]);
    return EXIT_DONE;
}

/* All that can be known to fail is found before the long work. */
static int check(job *j)
{
    const words init = {&j->init, j->init != NULL}, *const inputs[] = {&init, &j->parsed.operands, &j->setup.styles};
    nst_image *trial;
    int code = picture_check_stream(inputs, 3);
    if (!code) code = sort_operands(j);
    if (code) return code;
    if (!j->out) return complain(EXIT_USE, "stylize needs a name for the result: -o OUT.png");
    code = picture_type(&j->type, j->out, j->given_type);
    if (!code && j->save_every) code = parse_count(&j->every, j->save_every, 1, "save-every");
    if (!code && j->every && picture_is_stream(j->out))
        code = complain(EXIT_USE, "--save-every numbers the name of the result, and '-' is none: -o OUT.png");
    if (!code) code = picture_check(j->out);
    if (!code && j->plot_path) code = check_output(j->plot_path);
    if (code) return code;
    const nst_status status = nst_image_create(&trial, 1, 1, 0);
    if (status != NST_OK) return complain_of(status);
    code = options_to_image(&j->parsed, trial);
    nst_image_destroy(trial);
    return code;
}

static int set_init(job *j)
{
    nst_image *image;
    nst_status status;
    if (!j->init) return EXIT_DONE;
    if (strcmp(j->init, "content") == 0 || strcmp(j->init, "noise") == 0) {
        status = nst_transfer_set_text(j->transfer, NST_PARAM_INIT, j->init);
        return status == NST_OK ? EXIT_DONE : complain_of(status);
    }
    if (!picture_is_stream(j->init) && access(j->init, F_OK) != 0)
        return complain(EXIT_INPUT, "--init: expected content, noise or a picture: %s: %s", j->init, strerror(errno));
    const int code = picture_read(&image, j->init);
    if (code) return code;
    status = nst_transfer_set_init(j->transfer, image);
    nst_image_destroy(image);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int prepare(job *j)
{
    uint64_t bytes;
    int code = setup_transfer(&j->transfer, &j->setup, &j->parsed);
    if (!code) code = options_to_optimizer(&j->parsed, j->transfer, &j->optimizer);
    if (!code) code = setup_content(j->transfer, j->content);
    if (!code) code = setup_styles(j->transfer, &j->setup.styles);
    if (!code) code = set_init(j);
    if (code) return code;
    /* Looks at all that is set, at every size. */
    nst_status status = nst_transfer_memory(&bytes, j->transfer, j->optimizer);
    if (status == NST_OK && !j->quiet) tell_warnings(nst_transfer_warnings(j->transfer));
    if (status == NST_OK) status = nst_transfer_set_progress(j->transfer, follow, j);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

/* ---- After it ran ---- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int save_picture(job *j)
{
    const int code = options_to_image(&j->parsed, j->result);
    return code ? code : picture_write(j->result, j->out, j->type);
}

static int save_plot(const job *j)
{
    const words *styles = &j->setup.styles;
    if (!j->plot_path) return EXIT_DONE;
    char *title = print_text("%s after %s%s", name_of(j->content), name_of(styles->word[0]),
                             styles->count > 1 ? " and others" : "");
    const int code = plot_save(&j->plot, j->plot_path, title);
    free(title);
    return code;
}

static void report(const job *j, double seconds)
{
    char time[32];
    if (j->quiet) return;
    format_seconds(time, sizeof time, seconds);
    tell("%s: %ux%u in %s, %lld evaluation%s, loss %.4g (%.3g at the start of the last size): %s",
         picture_is_stream(j->out) ? "standard output" : j->out, nst_image_width(j->result),
         nst_image_height(j->result), time, j->evaluations, j->evaluations == 1 ? "" : "s", j->best, j->first,
         nst_stop_text(nst_transfer_stop(j->transfer)));
}

/* STATUS: of the run, which took SECONDS. */
static int finish(job *j, nst_status status, double seconds)
{
    if (status != NST_OK) return complain_of(status);
    const bool stopped = nst_transfer_stop(j->transfer) == NST_STOP_CANCELLED;
    if (stopped && j->evaluations == 0) return complain(EXIT_STOPPED, "stopped before anything was painted");
    int code = save_picture(j);
    if (code) return code;
    report(j, seconds);
    code = save_plot(j);
    if (!code) code = j->late_code;
    return code || !stopped ? code : EXIT_STOPPED;
}

/* Last of all that may fail before the work: it ends a log of before. */
static int open_log(job *j)
{
    if (!j->log) return EXIT_DONE;
    j->log_file = fopen(j->log, "we");
    return j->log_file ? EXIT_DONE : complain(EXIT_SYSTEM, "%s: %s", j->log, strerror(errno));
}

static int run(job *j)
{
    const double start = now();
    nst_status status = NST_OK;
    progress_start(&j->progress, j->quiet);
    interrupt_catch(j->transfer, j->progress.terminal && !j->quiet);
    int code = open_log(j);
    if (!code) status = nst_transfer_run(&j->result, j->transfer, j->optimizer);
    interrupt_hold();
    progress_end(&j->progress);
    if (!code) code = finish(j, status, now() - start);
    interrupt_release();
    return code;
}

int command_stylize(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"output", 'o', "FILE", "the result: .png, .jpg or .jpeg; - for standard output", NULL, &j.out, NULL},
        PICTURE_TYPE(j.given_type),
        SETUP_STYLE(j.setup),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {"init", 0, "WHAT", "where the pixels start: content, noise, or a picture; by preset", NULL, &j.init, NULL},
        {"log", 0, "FILE", "write a JSON object for each evaluation, one a line", NULL, &j.log, NULL},
        {"plot", 0, "FILE", "draw the loss curves as SVG", NULL, &j.plot_path, NULL},
        {"save-every", 0, "N", "save the picture every N evaluations, as OUT-0040.png", NULL, &j.save_every, NULL},
        {"quiet", 'q', NULL, "say nothing but errors", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst stylize CONTENT STYLE -o OUT [OPTIONS]",
        .about = "Repaints the picture CONTENT in the style of the painting STYLE, or of several. Ctrl-C stops and\n"
                 "saves the best picture so far.",
        .options = options,
        .takes = TAKES_TRANSFER | TAKES_OPTIMIZER | TAKES_IMAGE,
        .without = (const nst_param[]){NST_PARAM_MAX_EVALUATIONS, (nst_param)0},
        .preset = &j.setup.preset,
    };
    int code = options_parse(&j.parsed, &command, count, arguments);
    if (code < 0)
        code = check(&j);
    else
        goto out;
    if (!code) code = prepare(&j);
    if (!code) code = run(&j);
out:
    if (j.log_file && fclose(j.log_file) != 0 && !code) code = complain(EXIT_SYSTEM, "%s: %s", j.log, strerror(errno));
    plot_free(&j.plot);
    nst_image_destroy(j.result);
    nst_optimizer_destroy(j.optimizer);
    nst_transfer_destroy(j.transfer);
    words_free(&j.setup.styles);
    options_free(&j.parsed);
    return code;
}
