/* nst stylize: paints one picture, or several in one style. */
#include "commands.h"
#include "frames.h"
#include "outputs.h"
#include "paint.h"
#include "picture.h"
#include "preview.h"
#include "setup.h"
#include "together.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    setup_choice setup;
    command_line parsed;
    words contents;
    words inputs; /* all files that are read */
    const char *out, *given_type, *type, *log, *plot, *init, *resume, *save_every, *frames, *preview_where, *checkpoint,
        *seconds_text;
    bool quiet, force;
    long long every; /* evaluations from one snapshot to the next; 0: none */
    double seconds;  /* from one checkpoint to the next; 0: by default */
    bool goes_on;    /* from a checkpoint, which is RESUME */
    nst_image *from; /* the picture of RESUME */

    nst_transfer *transfer;
    nst_optimizer *optimizer;
    preview preview;
} job;

/* ---- Before it runs: all that can be known to fail is found before the long work ---- */

/* Whether the word after --preview is its file or a picture to paint: the one that leaves the command whole. */
static int sort_preview(job *j)
{
    words *names = &j->parsed.operands;
    const size_t at = j->parsed.loose - 1, needed = j->setup.styles.count ? 1 : 2;
    if (!j->parsed.loose || !j->preview_where || *j->preview_where || names->count <= needed) return EXIT_DONE;
    const char *word = names->word[at];
    if (needed == 1 && j->out && output_has_name(j->out) && access(word, F_OK) == 0)
        return complain(EXIT_USE,
                        "%s: a picture to paint, or the file of --preview? --preview=%s says the latter, and "
                        "--preview as the last word the former",
                        word, word);
    j->preview_where = word;
    memmove(&names->word[at], &names->word[at + 1], (names->count - at - 1) * sizeof *names->word);
    names->count--;
    return EXIT_DONE;
}

/* Without --style, content and style are two names. */
static int sort_operands(job *j)
{
    const words *names = &j->parsed.operands;
    const bool styled = j->setup.styles.count > 0;
    if (names->count < (styled ? 1 : 2))
        return complain(EXIT_USE, "stylize needs a content and a style picture: nst stylize CONTENT STYLE -o OUT");
    if (names->count > 2 && !styled)
        return complain(EXIT_USE,
                        "expected CONTENT and STYLE, found %zu names: with several contents or styles each style is "
                        "named by --style",
                        names->count);
    for (size_t i = 0; i < (styled ? names->count : 1); i++)
        words_add(&j->contents, names->word[i]);
    if (!styled) words_add(&j->setup.styles, names->word[1]);
    return EXIT_DONE;
}

static int check_pattern(const job *j, const char *flag, const char *pattern)
{
    if (!pattern || j->contents.count < 2 || output_has_name(pattern)) return EXIT_DONE;
    return complain(EXIT_USE, "%s: expected a name for each of %zu pictures, as '%s', found '%s'", flag,
                    j->contents.count, "{name}.png", pattern);
}

static void add_names(words *out, const job *j, const char *pattern)
{
    for (size_t i = 0; pattern && i < j->contents.count; i++)
        words_add(out, output_name(pattern, j->contents.word[i]));
}

static void add_masks(words *out, const words *masks)
{
    bool inverted;
    for (size_t i = 0; i < masks->count; i++)
        if (*masks->word[i]) words_add(out, print_text("%s", setup_mask(&inverted, masks->word[i])));
}

static int list_inputs(job *j)
{
    words *out = &j->inputs;
    int code = EXIT_DONE;
    const bool replaced = j->goes_on && j->checkpoint && strcmp(j->resume, j->checkpoint) == 0;
    const char *const others[] = {j->init, replaced ? NULL : j->resume, j->setup.regions};
    for (size_t i = 0; i < j->contents.count; i++)
        words_add(out, print_text("%s", j->contents.word[i]));
    for (size_t i = 0; i < j->setup.styles.count && !code; i++) {
        style_name name;
        code = setup_style(&name, j->setup.styles.word[i]);
        words_add(out, name.path);
    }
    add_masks(out, &j->setup.where);
    add_masks(out, &j->setup.style_where);
    for (size_t i = 0; i < 2; i++) {
        const char *mask = i ? j->setup.content_map : j->setup.freeze;
        if (mask) add_masks(out, &(words){&mask, 1, NULL});
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i]) words_add(out, print_text("%s", others[i]));
    if (j->setup.model) words_add(out, setup_model_file(j->setup.model));
    return code;
}

static void drop_names(words *names)
{
    for (size_t i = 0; i < names->count; i++)
        free((char *)(uintptr_t)names->word[i]);
    words_free(names);
}

/* The first of them stands for all. */
static int check_frames(words *outputs, const job *j, const char *content)
{
    char *folder = output_name(j->frames, content);
    const int code = frames_check(folder);
    if (!code) words_add(outputs, frames_name(folder, 1));
    free(folder);
    return code;
}

static int check_names(job *j)
{
    words results = {0}, others = {0}, all = {0};
    int code = list_inputs(j);
    add_names(&results, j, j->out);
    add_names(&others, j, j->log);
    const size_t logs = others.count;
    add_names(&others, j, j->plot);
    add_names(&others, j, j->checkpoint);
    for (size_t i = 0; j->frames && i < j->contents.count && !code; i++)
        code = check_frames(&others, j, j->contents.word[i]);
    if (j->preview.file) words_add(&others, print_text("%s", j->preview.file));
    for (size_t i = 0; i < results.count && !code; i++) {
        words_add(&all, results.word[i]);
        code = picture_check(results.word[i]);
    }
    for (size_t i = 0; i < others.count && !code; i++) {
        words_add(&all, others.word[i]);
        code = output_check(others.word[i], i < logs);
    }
    if (!code) code = outputs_differ(&all);
    if (!code && !j->force) code = outputs_spare(&results, &j->inputs, "--force allows it");
    if (!code) code = outputs_spare(&others, &j->inputs, "expected another name");
    drop_names(&results);
    drop_names(&others);
    words_free(&all);
    return code;
}

static int parse_seconds(job *j)
{
    char *end;
    j->seconds = strtod(j->seconds_text, &end);
    if (!j->checkpoint) return complain(EXIT_USE, "--every: expected --checkpoint FILE too");
    if (!*j->seconds_text || *end || !(j->seconds > 0))
        return complain(EXIT_USE, "--every: expected seconds above 0, found '%s'", j->seconds_text);
    return EXIT_DONE;
}

/* One that is there was left by a run that did not end. */
static int check_checkpoints(job *j)
{
    int code = check_pattern(j, "--checkpoint", j->checkpoint);
    if (!code && j->seconds_text) code = parse_seconds(j);
    for (size_t i = 0; j->checkpoint && i < j->contents.count && !code; i++) {
        char *file = output_name(j->checkpoint, j->contents.word[i]);
        if (output_is_special(file))
            code = complain(EXIT_USE, "%s: --checkpoint needs a file on a disk", file);
        else if (!j->force && access(file, F_OK) == 0 && !(j->goes_on && strcmp(file, j->resume) == 0))
            code = complain(EXIT_USE, "%s: there is one already: --resume %s goes on with its run, --force replaces it",
                            file, file);
        free(file);
    }
    return code;
}

static int check_outputs(job *j)
{
    if (!j->out) return complain(EXIT_USE, "stylize needs a name for the result: -o OUT.png");
    int code = check_pattern(j, "-o", j->out);
    if (!code) code = check_pattern(j, "--log", j->log);
    if (!code) code = check_pattern(j, "--plot", j->plot);
    if (!code) code = check_pattern(j, "--frames", j->frames);
    if (!code) code = check_checkpoints(j);
    if (!code) code = picture_type(&j->type, j->out, j->given_type);
    if (!code && j->save_every) code = parse_count(&j->every, j->save_every, 1, "save-every");
    if (j->frames && !j->every) j->every = 1;
    if (!code && j->every && !j->frames && (picture_is_stream(j->out) || output_is_special(j->out)))
        code = complain(
            EXIT_USE, "--save-every numbers the name of the result, and %s is not that of a file: -o OUT.png", j->out);
    return code ? code : check_names(j);
}

/* A checkpoint or a picture? One file for --checkpoint and --resume may be missing: the run begins. */
static void look_at_resume(job *j)
{
    char head[256] = "";
    if (!j->resume || picture_comes_once(j->resume)) return;
    FILE *file = fopen(j->resume, "rb");
    if (!file && errno == ENOENT && j->checkpoint && strcmp(j->checkpoint, j->resume) == 0) j->resume = NULL;
    if (!file) return;
    const size_t size = fread(head, 1, sizeof head - 1, file);
    fclose(file);
    j->goes_on = size > 8 && strstr(head + 8, "\"nst checkpoint\"") != NULL;
}

/* What several processes do not do. */
static int check_together(const job *j)
{
    const char *flag = j->frames ? "--frames" : j->save_every ? "--save-every" : j->preview_where ? "--preview" : NULL;
    if (!together()) return EXIT_DONE;
    if (flag) return complain(EXIT_USE, "%s: nst-mpi does not have it: nst stylize does", flag);
    if (j->resume && !j->goes_on)
        return complain(EXIT_USE, "%s: nst-mpi goes on from a checkpoint: nst stylize also does from a picture",
                        j->resume);
    if (j->contents.count > 1)
        return complain(EXIT_USE, "nst-mpi paints one picture, found %zu: nst stylize paints several",
                        j->contents.count);
    for (size_t i = 0; i < j->contents.count; i++)
        if (picture_comes_once(j->contents.word[i]))
            return complain(EXIT_USE, "%s: nst-mpi reads files: each of its processes reads them", j->contents.word[i]);
    return EXIT_DONE;
}

static int check(job *j)
{
    look_at_resume(j);
    const char *const named[] = {j->init, j->resume, j->setup.freeze, j->setup.content_map, j->setup.regions};
    const char *starts[sizeof named / sizeof named[0]];
    const words start = {starts, sizeof named / sizeof named[0], NULL};
    const words *const inputs[] = {&start, &j->contents, &j->setup.styles, &j->setup.where, &j->setup.style_where};
    nst_image *trial;
    for (size_t i = 0; i < start.count; i++)
        starts[i] = named[i] ? named[i] : "";
    int code = sort_preview(j);
    if (!code) code = sort_operands(j);
    if (!code) code = check_together(j);
    if (!code && j->init && j->resume && !j->goes_on)
        code = complain(EXIT_USE, "--resume says where the pixels start: leave --init out");
    if (!code && j->resume && j->contents.count > 1)
        code = complain(EXIT_USE, "--resume goes on with one picture, found %zu", j->contents.count);
    if (!code) code = picture_check_stream(inputs, sizeof inputs / sizeof inputs[0]);
    if (!code) code = preview_start(&j->preview, j->preview_where);
    if (!code) code = check_outputs(j);
    if (code) return code;
    const nst_status status = nst_image_create(&trial, 1, 1, 0);
    if (status != NST_OK) return complain_of(status);
    code = options_to_image(&j->parsed, trial);
    nst_image_destroy(trial);
    return code;
}

static int read_start(nst_image **out, const job *j, const char *flag, const char *expected, const char *name)
{
    *out = NULL;
    if (!picture_is_stream(name) && access(name, F_OK) != 0)
        return complain(EXIT_INPUT, "%s: expected %s: %s: %s", flag, expected, name, strerror(errno));
    return picture_read_part(out, name, &j->setup.reading);
}

static int set_init(job *j)
{
    nst_image *image;
    nst_status status;
    if (!j->init) return EXIT_DONE;
    static const char *const named[] = {"content", "recolored", "noise"};
    bool is_file = true;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        is_file = is_file && strcmp(j->init, named[i]) != 0;
    if (is_file) {
        const int code = read_start(&image, j, "--init", "content, recolored, noise or a picture", j->init);
        if (code) return code;
        status = nst_transfer_set_init(j->transfer, image);
        nst_image_destroy(image);
    } else {
        status = nst_transfer_set_text(j->transfer, NST_PARAM_INIT, j->init);
    }
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int set_resume(job *j)
{
    if (!j->resume || j->goes_on) return EXIT_DONE;
    return read_start(&j->from, j, "--resume", "a picture or a checkpoint", j->resume);
}

/* Among several pictures, what fails with any of them is said once: with a stand-in for the content. */
static int check_settings(job *j)
{
    nst_image *image;
    uint64_t bytes;
    if (j->contents.count == 1) return EXIT_DONE;
    nst_status status = nst_image_create(&image, 256, 256, 0);
    if (status == NST_OK) status = nst_transfer_set_content(j->transfer, image);
    nst_image_destroy(image);
    if (status == NST_OK) status = nst_transfer_memory(&bytes, j->transfer, j->optimizer);
    return status == NST_ERR_NO_LAYER || status / 100 == 1 ? complain_of(status) : EXIT_DONE;
}

static int prepare(job *j)
{
    int code = setup_transfer(&j->transfer, &j->setup, &j->parsed);
    if (!code) code = options_to_optimizer(&j->parsed, j->transfer, &j->optimizer);
    if (!code) code = setup_styles(j->transfer, &j->setup);
    if (!code) code = setup_masks(j->transfer, &j->setup);
    if (!code) code = set_init(j);
    if (!code) code = set_resume(j);
    return code ? code : check_settings(j);
}

/* ---- The pictures ---- */

static int paint_one(job *j, progress *bar, char **warned, const char *content)
{
    char *out = output_name(j->out, content), *log = j->log && together_first() ? output_name(j->log, content) : NULL;
    char *plot = j->plot && together_first() ? output_name(j->plot, content) : NULL;
    char *frames = j->frames ? output_name(j->frames, content) : NULL;
    char *checkpoint = j->checkpoint ? output_name(j->checkpoint, content) : NULL;
    const words *styles = &j->setup.styles;
    progress_next(bar, content);
    const int code = paint(&(painting){
        .transfer = j->transfer,
        .optimizer = j->optimizer,
        .parsed = &j->parsed,
        .reading = &j->setup.reading,
        .progress = bar,
        .preview = &j->preview,
        .content = content,
        .style = styles->word[0],
        .styles = styles->count,
        .out = out,
        .type = j->type,
        .log = log,
        .plot = plot,
        .every = j->every,
        .frames = frames,
        .from = j->from,
        .checkpoint = checkpoint,
        .seconds = j->seconds,
        .resume = j->goes_on ? j->resume : NULL,
        .spared = j->force ? NULL : &j->inputs,
        .quiet = j->quiet,
        .warned = warned,
    });
    free(out);
    free(log);
    free(plot);
    free(frames);
    free(checkpoint);
    return code;
}

/* One failure does not stop the others; CODE is that of the first. */
static void conclude(const job *j, const words *failed, size_t painted, int code, double seconds)
{
    char time[32];
    format_seconds(time, sizeof time, seconds);
    if (failed->count)
        complain(code, "%zu of %zu pictures failed: %s%s%s%s", failed->count, j->contents.count, failed->word[0],
                 failed->count > 1 ? ", " : "", failed->count > 1 ? failed->word[1] : "",
                 failed->count > 2 ? ", ..." : "");
    if (!j->quiet) tell("%zu of %zu pictures painted in %s", painted, j->contents.count, time);
}

static int paint_all(job *j)
{
    words failed = {0};
    progress bar;
    size_t painted = 0;
    char *warned = NULL;
    bool stopped = false;
    int first = EXIT_DONE;
    progress_start(&bar, j->quiet, j->contents.count);
    for (size_t i = 0; i < j->contents.count && !stopped; i++) {
        const int code = paint_one(j, &bar, &warned, j->contents.word[i]);
        stopped = nst_transfer_stop_reason(j->transfer) == NST_STOP_CANCELLED;
        painted += code == EXIT_DONE;
        if (code == EXIT_DONE || code == EXIT_STOPPED) continue;
        words_add(&failed, j->contents.word[i]);
        if (!first) first = code;
    }
    if (stopped && !first) first = EXIT_STOPPED;
    if (j->contents.count > 1) conclude(j, &failed, painted, first, now() - bar.started);
    words_free(&failed);
    free(warned);
    return first;
}

int command_stylize(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"output", 'o', "FILE",
         "the result: .png, .jpg, .ppm, .pgm or .pam; - for standard output; with several contents {name} stands for "
         "the "
         "name of each",
         NULL, &j.out, NULL},
        PICTURE_TYPE(j.given_type),
        {"force", 0, NULL, "let the result replace a picture that is read", &j.force, NULL, NULL},
        SETUP_STYLE(j.setup),
        SETUP_MASKS(j.setup),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {"init", 0, "WHAT",
         "where the pixels start: content, recolored (the content in the colours of the style), noise, or a picture; "
         "by preset",
         NULL, &j.init, NULL},
        {"resume", 0, "FILE",
         "go on with a picture that was stopped: start from it, at the last size alone; or with the checkpoint of a "
         "run, to the same picture as if it had not been stopped",
         NULL, &j.resume, NULL},
        {"checkpoint", 0, "FILE",
         "keep in FILE all that --resume FILE needs after a crash: with L-BFGS nearly all of it is its history, 264 "
         "bytes a pixel, with Adam 48; removed when the result is saved",
         NULL, &j.checkpoint, NULL},
        {"every", 0, "N",
         "seconds from one checkpoint to the next; by default 60, or more where they would take over a twentieth of "
         "the time",
         NULL, &j.seconds_text, NULL},
        {"log", 0, "FILE", "write a JSON object for each evaluation, one a line", NULL, &j.log, NULL},
        {"plot", 0, "FILE", "draw the loss curves as SVG", NULL, &j.plot, NULL},
        {"save-every", 0, "N", "save the picture every N evaluations, at the result's size, as OUT-0040.png", NULL,
         &j.save_every, NULL},
        {"frames", 0, "FOLDER",
         "save the run for a film, after every evaluation or every N of --save-every, at the result's size, as "
         "FOLDER/0001.png and so on",
         NULL, &j.frames, NULL},
        PREVIEW_OPTION(j.preview_where, "the picture while it is painted"),
        PICTURE_READING(j.setup.reading),
        {"quiet", 'q', NULL, "say nothing but errors", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst stylize CONTENT STYLE -o OUT [OPTIONS]\n"
                 "       nst stylize CONTENT ... --style STYLE ... -o 'FOLDER/{name}.png' [OPTIONS]",
        .about = "Repaints the picture CONTENT, or several, in the style of the painting STYLE, or of\n"
                 "several. A - stands for standard input. Ctrl-C stops and saves the best picture so far.",
        .options = options,
        .takes = TAKES_TRANSFER | TAKES_OPTIMIZER | TAKES_IMAGE,
        .without = (const nst_param[]){NST_PARAM_MAX_EVALUATIONS, (nst_param)0},
        .preset = &j.setup.preset,
    };
    setup_begin(&j.setup);
    int code = options_parse(&j.parsed, &command, count, arguments);
    j.quiet = j.quiet || !together_first();
    j.setup.reading.quiet = j.quiet;
    if (code < 0) {
        code = check(&j);
        if (!code) code = prepare(&j);
        if (!code) code = paint_all(&j);
    }
    nst_image_destroy(j.from);
    nst_optimizer_destroy(j.optimizer);
    nst_transfer_destroy(j.transfer);
    drop_names(&j.inputs);
    words_free(&j.contents);
    setup_end(&j.setup);
    options_free(&j.parsed);
    return code;
}
