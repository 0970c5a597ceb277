/* nst train: a painter for one style, from the painting and a folder of photos. */
#include "commands.h"
#include "interrupt.h"
#include "outputs.h"
#include "photos.h"
#include "preview.h"
#include "progress.h"
#include "setup.h"
#include "train_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Adam's rate, which is divided by 1 + DECAY x steps. */
#define RATE  0.001
#define DECAY 0.0002
/* A network paints less content than a run for one picture does, which has 0.002. */
#define CONTENT_WEIGHT 0.04
/* Pixels of the style unless --style-scale is given, whatever the size of the crops: so strokes have the same size. */
#define STYLE_SIZE 256.0

enum { STEPS_MOST = 1000000000, SAVE_EVERY = 60, TELL_EVERY = 15 /* seconds */ };

typedef struct job {
    setup_choice setup;
    command_line parsed;
    const char *photos_folder, *out, *minutes_text, *steps_text, *size_text, *batch_text, *seed_text, *dtype_text;
    const char *preview_where;
    bool resume, quiet, before_known, stopped;
    long long minutes, steps, size, batch, seed;
    nst_dtype dtype;

    nst_transfer *transfer;
    nst_painter *painter;
    nst_optimizer *optimizer;
    photos *photos;
    preview preview;
    size_t count;
    float *weights;
    char *state_path, *training; /* how it is trained, which a state to go on with must agree with */

    double begun, told, saved;
    double content_weight, style_weight;
    double content, style; /* running means of the losses, before their weights */
    uint64_t done, before; /* steps, and those of earlier calls */
    int code;              /* of a failure in a callback */
} job;

/* ---- Before it begins ---- */

static int parse_numbers(job *j)
{
    int code = EXIT_DONE;
    j->minutes = 20;
    j->steps = STEPS_MOST;
    j->size = 128;
    j->batch = 2;
    if (j->minutes_text) code = parse_count(&j->minutes, j->minutes_text, 1, "minutes");
    if (!code && j->steps_text) code = parse_count(&j->steps, j->steps_text, 1, "steps");
    if (!code && j->size_text) code = parse_count(&j->size, j->size_text, 64, "size");
    if (!code && j->batch_text) code = parse_count(&j->batch, j->batch_text, 1, "batch");
    if (!code && j->seed_text) code = parse_count(&j->seed, j->seed_text, 0, "seed");
    if (!code && j->size > 1024) code = complain(EXIT_USE, "--size: expected 64 to 1024, found %lld", j->size);
    if (!code && j->batch > PHOTOS_BATCH)
        code = complain(EXIT_USE, "--batch: expected 1 to %d, found %lld", PHOTOS_BATCH, j->batch);
    if (j->steps_text && !j->minutes_text) j->minutes = 1000000;
    j->size = j->size / 4 * 4;
    return code ? code : setup_dtype(&j->dtype, j->dtype_text ? j->dtype_text : "f16");
}

static int check(job *j)
{
    const words *names = &j->parsed.operands;
    if (names->count == 1 && j->parsed.loose && j->preview_where && !*j->preview_where) { /* the file of --preview */
        j->preview_where = names->word[0];
        j->parsed.operands.count = 0;
    }
    if (names->count)
        return complain(EXIT_USE, "train takes no names, found '%s': nst train --style S --photos FOLDER -o P.nstpaint",
                        names->word[0]);
    if (!j->setup.styles.count || !j->photos_folder || !j->out)
        return complain(EXIT_USE, "train needs %s: nst train --style S --photos FOLDER -o P.nstpaint",
                        !j->setup.styles.count ? "a style"
                        : !j->photos_folder    ? "a folder of photos"
                                               : "a name for the painter");
    j->state_path = print_text("%s.state", j->out);
    int code = parse_numbers(j);
    if (!code) code = output_check(j->out, false);
    if (!code) code = output_check(j->state_path, false);
    if (!code) code = outputs_spare(&(words){&j->out, 1, NULL}, &j->setup.styles, "expected another name");
    return code ? code : preview_start(&j->preview, j->preview_where);
}

/* The threads and methods that were set of the transfer, for both it and the painter. */
static nst_status share_engine(const job *j)
{
    static const nst_param params[] = {NST_PARAM_THREADS, NST_PARAM_SIMD, NST_PARAM_CONVOLUTION, NST_PARAM_GEMM};
    nst_engine *engine;
    nst_status status = nst_engine_create(&engine);
    for (size_t i = 0; i < sizeof params / sizeof params[0] && status == NST_OK; i++) {
        int64_t value;
        status = nst_transfer_get_int(j->transfer, params[i], &value);
        if (status == NST_OK) status = nst_engine_set_int(engine, params[i], value);
    }
    if (status == NST_OK) status = nst_transfer_set_engine(j->transfer, engine);
    if (status == NST_OK) status = nst_painter_set_engine(j->painter, engine);
    nst_engine_destroy(engine);
    return status;
}

static nst_status make_optimizer(job *j)
{
    nst_status status = nst_optimizer_create(&j->optimizer, NST_ALGORITHM_ADAM);
    if (status == NST_OK) status = nst_optimizer_set_float(j->optimizer, NST_PARAM_LEARNING_RATE, RATE);
    if (status == NST_OK) status = nst_optimizer_set_float(j->optimizer, NST_PARAM_DECAY, DECAY);
    if (status == NST_OK) status = nst_optimizer_set_int(j->optimizer, NST_PARAM_RESULT, NST_RESULT_LAST);
    if (status == NST_OK) status = nst_optimizer_set_int(j->optimizer, NST_PARAM_MAX_EVALUATIONS, j->steps);
    return status;
}

static int save_painter(const job *j)
{
    nst_status status = nst_painter_save(j->painter, j->out, j->dtype);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

/* ---- What is told ---- */

static void tell_progress(job *j)
{
    char where[64], after[128], left[32];
    const double time = now(), gone = (time - j->begun) / 60 / (double)j->minutes;
    const double by_steps = (double)(j->done - j->before) / (double)(j->steps - (long long)j->before);
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const double fraction = by_steps > gone ? by_steps : gone < 1 ? gone : 1;
    if (j->quiet || (j->told > 0 && time < j->told + (terminal ? 0.2 : TELL_EVERY))) return;
    j->told = time;
    snprintf(where, sizeof where, "step %llu", (unsigned long long)j->done);
    format_seconds(left, sizeof left, fraction > 0 ? (time - j->begun) * (1 - fraction) / fraction : 0);
    snprintf(after, sizeof after, "content %.3g  style %.3g  %s left", j->content, j->style, left);
    if (terminal)
        progress_bar(where, fraction, after);
    else
        fprintf(stderr, "%s: %s\n", where, after);
}

/* Above some of the photos that are held back, below what is made of them. */
static int show_sheet(job *j)
{
    const uint32_t size = (uint32_t)j->size;
    nst_image *sheet;
    if (nst_image_create(&sheet, size * PHOTOS_SHOWN, size * 2, 0) != NST_OK) return complain_of(NST_ERR_OUT_OF_MEMORY);
    float *to = nst_image_mutable_pixels(sheet);
    int code = EXIT_DONE;
    for (size_t i = 0; i < PHOTOS_SHOWN && !code; i++) {
        nst_image *pair[2] = {NULL, NULL};
        code = photos_held(j->photos, i * photos_judged(j->photos) / PHOTOS_SHOWN, &pair[0]);
        const nst_status status = code ? NST_OK : nst_painter_paint(&pair[1], j->painter, pair[0]);
        if (status != NST_OK) code = complain_of(status);
        for (size_t row = 0; row < 2 * (size_t)size && !code; row++)
            memcpy(to + (row * PHOTOS_SHOWN + i) * size * 3, nst_image_pixels(pair[row / size]) + row % size * size * 3,
                   size * 3 * sizeof *to);
        nst_image_destroy(pair[0]);
        nst_image_destroy(pair[1]);
    }
    if (!code) code = preview_show(&j->preview, sheet);
    nst_image_destroy(sheet);
    return code;
}

/* ---- The training ---- */

/* Adds what the last evaluation found, before its weights and divided by COUNT. */
static void add_losses(const job *j, losses *sum, double count)
{
    const losses one = losses_of(j->transfer);
    if (j->content_weight > 0) sum->content += one.content / j->content_weight / count;
    if (j->style_weight > 0) sum->style += one.style / j->style_weight / count;
}

/* The mean over the crops of a step. */
static int evaluate(nst_optimizer *optimizer, size_t n, const float *weights, double *value, float *gradient,
                    void *user)
{
    job *j = user;
    nst_image *const *crops;
    losses sum = {0};
    nst_status status = nst_painter_set_weights(j->painter, weights, n);
    *value = 0;
    memset(gradient, 0, n * sizeof *gradient);
    j->code = photos_next(j->photos, nst_optimizer_evaluations(optimizer), &crops);
    for (long long i = 0; i < j->batch && !j->code && status == NST_OK; i++) {
        double total;
        status = nst_painter_evaluate(j->painter, j->transfer, crops[i], &total, gradient);
        *value += total / (double)j->batch;
        add_losses(j, &sum, (double)j->batch);
    }
    if (status != NST_OK) j->code = complain_of(status);
    if (j->code) return NST_OBJECTIVE_STOP;
    for (size_t i = 0; i < n; i++)
        gradient[i] /= (float)j->batch;
    const double keep = j->style > 0 ? 0.98 : 0;
    j->content = keep * j->content + (1 - keep) * sum.content;
    j->style = keep * j->style + (1 - keep) * sum.style;
    return 0;
}

static int follow(nst_optimizer *optimizer, void *user)
{
    job *j = user;
    const double time = now();
    j->done = nst_optimizer_evaluations(optimizer);
    if (!j->before_known) j->before = j->done - 1;
    j->before_known = true;
    j->stopped = interrupt_asked();
    const bool over = j->stopped || time - j->begun >= 60 * (double)j->minutes || j->done >= (uint64_t)j->steps;
    interrupt_hold();
    tell_progress(j);
    if (preview_due(&j->preview)) j->code = show_sheet(j);
    if (!j->code && (over || time - j->saved >= SAVE_EVERY)) {
        j->code = train_state_save(j->optimizer, j->state_path, j->training);
        if (!j->code) j->code = save_painter(j);
        j->saved = now();
    }
    interrupt_let();
    return over || j->code;
}

/* On the photos that are held back. */
static int judge(job *j)
{
    losses sum = {0};
    const size_t count = photos_judged(j->photos);
    for (size_t i = 0; i < count; i++) {
        nst_image *photo;
        double total;
        const int code = photos_held(j->photos, i, &photo);
        if (code) return code;
        const nst_status status = nst_painter_evaluate(j->painter, j->transfer, photo, &total, NULL);
        nst_image_destroy(photo);
        if (status != NST_OK) return complain_of(status);
        add_losses(j, &sum, (double)count);
    }
    if (!j->quiet)
        tell("%s: %llu steps; on %zu photos %s: content %.4g, style %.4g", j->out, (unsigned long long)j->done, count,
             photos_holds(j->photos) ? "that it has not seen" : "of the training", sum.content, sum.style);
    return EXIT_DONE;
}

static int train(job *j)
{
    interrupt_catch(NULL, false);
    j->begun = j->saved = now();
    nst_status status = nst_optimizer_minimize(j->optimizer, j->count, j->weights, evaluate, j);
    if (isatty(STDERR_FILENO) == 1 && j->told > 0) fputs("\r\033[K", stderr);
    if (status != NST_OK && !j->code) j->code = complain_of(status);
    j->done = nst_optimizer_evaluations(j->optimizer);
    if (!j->code && (status = nst_painter_set_weights(j->painter, j->weights, j->count)) != NST_OK)
        j->code = complain_of(status);
    if (!j->code) j->code = save_painter(j);
    if (!j->code && !j->stopped) j->code = judge(j);
    interrupt_release();
    if (j->stopped && !j->code && !j->quiet)
        tell("%s: stopped after %llu steps; --resume goes on, from %s", j->out, (unsigned long long)j->done,
             j->state_path);
    return j->code || !j->stopped ? j->code : EXIT_STOPPED;
}

static nst_status set_default(job *j, nst_param param, double value)
{
    if (j->setup.preset || options_has(&j->parsed, param)) return NST_OK;
    return nst_transfer_set_float(j->transfer, param, value);
}

static int set_losses(job *j)
{
    nst_status status = set_default(j, NST_PARAM_CONTENT_WEIGHT, CONTENT_WEIGHT);
    if (status == NST_OK) status = set_default(j, NST_PARAM_STYLE_SCALE, STYLE_SIZE / (double)j->size);
    if (status == NST_OK) status = nst_transfer_get_float(j->transfer, NST_PARAM_CONTENT_WEIGHT, &j->content_weight);
    if (status == NST_OK) status = nst_transfer_get_float(j->transfer, NST_PARAM_STYLE_WEIGHT, &j->style_weight);
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

static int prepare(job *j)
{
    const char *model;
    int code = setup_transfer(&j->transfer, &j->setup, &j->parsed);
    if (!code) code = set_losses(j);
    if (!code) code = setup_styles(j->transfer, &j->setup);
    if (!code) code = photos_open(&j->photos, j->photos_folder, (uint32_t)j->size, (size_t)j->batch, (uint64_t)j->seed);
    if (code) return code;
    nst_status status = nst_painter_create(&j->painter, (uint64_t)j->seed);
    if (status == NST_OK) status = share_engine(j);
    if (status == NST_OK) status = make_optimizer(j);
    if (status != NST_OK) return complain_of(status);
    model = j->setup.model ? j->setup.model : "lite";
    const char *slash = strrchr(j->setup.styles.word[0], '/');
    j->training = print_text("%.100s, %lld crops of %lld pixels a step from %zu photos, seed %lld", model, j->batch,
                             j->size, photos_count(j->photos), j->seed);
    char *style = print_text("%.300s", slash ? slash + 1 : j->setup.styles.word[0]);
    status = nst_painter_set_text(j->painter, NST_PAINTER_STYLE, style);
    free(style);
    if (status == NST_OK) status = nst_painter_set_text(j->painter, NST_PAINTER_TRAINING, j->training);
    if (status == NST_OK) status = nst_optimizer_set_iteration(j->optimizer, follow, j);
    if (status != NST_OK) return complain_of(status);
    j->count = nst_painter_weight_count(j->painter);
    j->weights = grow(NULL, j->count, sizeof *j->weights);
    memcpy(j->weights, nst_painter_weights(j->painter), j->count * sizeof *j->weights);
    return j->resume ? train_state_load(j->optimizer, j->state_path, j->training) : EXIT_DONE;
}

int command_train(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        SETUP_STYLE(j.setup),
        {"photos", 0, "FOLDER", "what it learns to paint: a folder of photos, a hundred or more", NULL,
         &j.photos_folder, NULL},
        {"output", 'o', "FILE", "the painter, as painting.nstpaint", NULL, &j.out, NULL},
        {"minutes", 0, "N", "how long to train [20]", NULL, &j.minutes_text, NULL},
        {"steps", 0, "N", "train so many steps, and however long that takes unless --minutes says too", NULL,
         &j.steps_text, NULL},
        {"size", 0, "N", "pixels of a side of the crops [128]", NULL, &j.size_text, NULL},
        {"batch", 0, "N", "crops of a step [2]", NULL, &j.batch_text, NULL},
        {"seed", 0, "N", "of the first weights and the crops [0]", NULL, &j.seed_text, NULL},
        {"dtype", 0, "NAME", "how weights are written: f16 (0.7 MB), f32, bf16 [f16]", NULL, &j.dtype_text, NULL},
        {"resume", 0, NULL, "go on where a training to the same file ended: FILE.state", &j.resume, NULL, NULL},
        PREVIEW_OPTION(j.preview_where, "some photos and what is made of them"),
        PICTURE_READING(j.setup.reading),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {"quiet", 'q', NULL, "say nothing but errors", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst train --style STYLE --photos FOLDER -o PAINTER [OPTIONS]",
        .about = "Trains a painter for one style, with which nst paint paints pictures and video at once.\n"
                 "Ctrl-C stops and saves it as it is; --resume goes on.",
        .options = options,
        .takes = TAKES_TRANSFER,
        .without = (const nst_param[]){NST_PARAM_SIZES, NST_PARAM_STEPS, NST_PARAM_EFFORT, NST_PARAM_INIT,
                                       NST_PARAM_OPTIMIZER, NST_PARAM_COLOR, (nst_param)0},
        .preset = &j.setup.preset,
    };
    setup_begin(&j.setup);
    int code = options_parse(&j.parsed, &command, count, arguments);
    j.setup.reading.quiet = j.quiet;
    if (code < 0) {
        code = check(&j);
        if (!code) code = prepare(&j);
        if (!code) code = train(&j);
    }
    nst_optimizer_destroy(j.optimizer);
    nst_painter_destroy(j.painter);
    nst_transfer_destroy(j.transfer);
    photos_close(j.photos);
    free(j.weights);
    free(j.state_path);
    free(j.training);
    setup_end(&j.setup);
    options_free(&j.parsed);
    return code;
}
