/* nst grid: many small pictures that differ in one or two things, on one sheet, to choose by eye. */
#include "choices.h"
#include "commands.h"
#include "interrupt.h"
#include "outputs.h"
#include "progress.h"
#include "setup.h"
#include "sheet.h"
#include "shell_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE   "256"     /* of a cell, where no size is given */
#define PIXELS (1 << 26) /* the most of all cells together */

enum { STEPS = 1000 };

typedef struct job {
    setup_choice setup;
    command_line parsed;
    words contents, vary;
    const char *out, *given_type, *type, *path, *across_text;
    bool quiet, controls;

    axis *axis;                 /* rows and columns; with one axis, the rows are one choice that changes nothing */
    size_t axes, across, count; /* cells in a row, and all of them */

    nst_engine *engine; /* of all cells */
    nst_model *model;
    const char *model_name; /* of MODEL */
    sheet_cell *cells;
    progress bar;
    char *warned; /* what was told last */
} job;

/* What is painted in one cell. */
typedef struct cell {
    setup_choice setup;
    command_line parsed;
    const char *content;
    words texts; /* of shares; owned */
} cell;

/* ---- One cell ---- */

static void set(cell *c, setting s)
{
    for (size_t i = 0; i < c->parsed.count; i++)
        if (c->parsed.settings[i].param == s.param) {
            c->parsed.settings[i] = s;
            return;
        }
    c->parsed.settings = grow(c->parsed.settings, c->parsed.count + 1, sizeof s);
    c->parsed.settings[c->parsed.count++] = s;
}

/* Style number INDEX of the command, or TEXT in its place, with its masks. */
static void add_style(cell *c, const setup_choice *from, size_t index, const char *text)
{
    words_add(&c->setup.styles, text ? text : from->styles.word[index]);
    words_add(&c->setup.where, index < from->where.count ? from->where.word[index] : "");
    words_add(&c->setup.style_where, index < from->style_where.count ? from->style_where.word[index] : "");
}

static int add_path(cell *c, const setup_choice *from, double part)
{
    for (size_t i = 0; i < 2; i++) {
        style_name name;
        const int code = setup_style(&name, from->styles.word[i]);
        char *text = print_text("%s=%.6g", name.path, i ? part : 1 - part);
        free(name.path);
        words_add(&c->texts, text);
        add_style(c, from, i, text);
        if (code) return code;
    }
    return EXIT_DONE;
}

static int apply(cell *c, const job *j, const choice *change)
{
    if (change->content) c->content = change->content;
    if (change->model) c->setup.model = change->model;
    if (change->preset) c->setup.preset = change->preset;
    if (change->sets) set(c, change->setting);
    if (change->style != NO_STYLE) add_style(c, &j->setup, (size_t)change->style, NULL);
    return change->path >= 0 ? add_path(c, &j->setup, change->path) : EXIT_DONE;
}

static void cell_end(cell *c)
{
    for (size_t i = 0; i < c->texts.count; i++)
        free((char *)(uintptr_t)c->texts.word[i]);
    words_free(&c->texts);
    setup_end(&c->setup);
    free(c->parsed.settings);
}

static int cell_start(cell *out, const job *j, size_t index)
{
    const axis *rows = &j->axis[0], *columns = &j->axis[1];
    *out = (cell){.setup = j->setup, .content = j->contents.word[0]};
    out->setup.styles = out->setup.where = out->setup.style_where = (words){0};
    set(out, (setting){NST_PARAM_SIZE, SIDE});
    for (size_t i = 0; i < j->parsed.count; i++)
        set(out, j->parsed.settings[i]);
    int code = apply(out, j, &rows->choice[index / columns->count]);
    if (!code) code = apply(out, j, &columns->choice[index % columns->count]);
    if (out->setup.styles.count == 0) add_style(out, &j->setup, 0, NULL);
    return code;
}

/* "3  town, style-loss=w2" */
static char *caption(const job *j, size_t index)
{
    const char *row = j->axis[0].choice[index / j->axis[1].count].caption;
    const char *column = j->axis[1].choice[index % j->axis[1].count].caption;
    return print_text("%zu  %s%s%s", index + 1, row, *row ? ", " : "", column);
}

/* ---- Painting ---- */

static bool is_of_engine(nst_param param)
{
    return param == NST_PARAM_THREADS || param == NST_PARAM_SIMD || param == NST_PARAM_CONVOLUTION ||
           param == NST_PARAM_GEMM;
}

static int make_engine(job *j)
{
    nst_status status = nst_engine_create(&j->engine);
    for (size_t i = 0; i < j->parsed.count && status == NST_OK; i++) {
        const setting *s = &j->parsed.settings[i];
        if (is_of_engine(s->param)) status = nst_engine_set_text(j->engine, s->param, s->value);
    }
    return status == NST_OK ? EXIT_DONE : complain_of(status);
}

/* The model stays for the next cell. */
static int find_model(job *j, const setup_choice *setup)
{
    const bool same = setup->model ? j->model_name && strcmp(setup->model, j->model_name) == 0 : !j->model_name;
    if (j->model && same) return EXIT_DONE;
    nst_model_destroy(j->model);
    j->model = NULL;
    j->model_name = setup->model;
    return setup_model(&j->model, setup);
}

static int make_transfer(nst_transfer **out, job *j, const cell *c)
{
    *out = NULL;
    int code = find_model(j, &c->setup);
    if (!code) code = setup_transfer_of(out, j->model, &c->setup, &c->parsed);
    if (code) return code;
    const nst_status status = nst_transfer_set_engine(*out, j->engine);
    if (status == NST_OK) return EXIT_DONE;
    nst_transfer_destroy(*out);
    *out = NULL;
    return complain_of(status);
}

static int follow(nst_transfer *transfer, void *user)
{
    progress_show(user, transfer);
    return 0;
}

static void warn(job *j, const char *lines)
{
    if (j->quiet || (j->warned && strcmp(j->warned, lines) == 0)) return;
    tell_warnings(NULL, lines);
    free(j->warned);
    j->warned = print_text("%s", lines);
}

static int run(nst_image **out, job *j, nst_transfer *transfer, nst_optimizer *optimizer)
{
    uint64_t bytes;
    nst_status status = nst_transfer_memory(&bytes, transfer, optimizer);
    if (status != NST_OK) return complain_of(status);
    warn(j, nst_transfer_warnings(transfer));
    interrupt_catch(transfer, j->bar.terminal && !j->quiet);
    status = nst_transfer_set_progress(transfer, follow, &j->bar);
    if (status == NST_OK) status = nst_transfer_run(out, transfer, optimizer);
    progress_clear(&j->bar);
    interrupt_release();
    if (status != NST_OK) return complain_of(status);
    return nst_transfer_stop_reason(transfer) == NST_STOP_CANCELLED ? EXIT_STOPPED : EXIT_DONE;
}

static int paint_cell(nst_image **out, job *j, const cell *c)
{
    nst_transfer *transfer;
    nst_optimizer *optimizer = NULL;
    int code = make_transfer(&transfer, j, c);
    if (!code) code = options_to_optimizer(&c->parsed, transfer, &optimizer);
    if (!code) code = setup_styles(transfer, &c->setup);
    if (!code) code = setup_masks(transfer, &c->setup);
    if (!code) code = setup_content(transfer, c->content, &c->setup.reading);
    if (!code) code = run(out, j, transfer, optimizer);
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    return code;
}

/* The command line on standard output, as a comment if the cell failed. */
static void print_cell(const job *j, const cell *c, size_t index, bool failed)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "-%zu", index + 1);
    char *out = path_with(j->out, suffix);
    if (failed) printf("# failed: ");
    shell_stylize(stdout, c->content, &c->setup, &c->parsed, out);
    putchar('\n');
    fflush(stdout);
    free(out);
}

static int make_cell(job *j, size_t index)
{
    cell c;
    char *named = caption(j, index);
    nst_image *image = NULL;
    progress_next(&j->bar, strchr(named, ' ') + 2);
    int code = cell_start(&c, j, index);
    if (!code) code = paint_cell(&image, j, &c);
    const bool failed = code && code != EXIT_STOPPED;
    if (failed) complain(code, "cell %s failed", named);
    print_cell(j, &c, index, failed);
    j->cells[index] = (sheet_cell){image, failed ? print_text("%s: failed", named) : print_text("%s", named)};
    free(named);
    cell_end(&c);
    return code;
}

/* ---- The sheet ---- */

static int save(const job *j, size_t count)
{
    nst_image *sheet = NULL;
    const nst_status status = sheet_draw(&sheet, j->cells, count, j->across);
    int code = status == NST_OK ? options_to_image(&j->parsed, sheet) : complain_of(status);
    if (!code) code = picture_write(sheet, j->out, j->type);
    nst_image_destroy(sheet);
    return code;
}

static int make_all(job *j)
{
    size_t done = 0, failed = 0;
    int first = EXIT_DONE;
    j->cells = grow(NULL, j->count, sizeof *j->cells);
    progress_start(&j->bar, j->quiet, j->count);
    for (bool stopped = false; done < j->count && !stopped; done++) {
        const int code = make_cell(j, done);
        stopped = code == EXIT_STOPPED;
        failed += code && !stopped;
        if (code && !first) first = code;
    }
    const int code = failed < done ? save(j, done) : complain(first, "no cell was painted");
    if (!code && !j->quiet) {
        char time[32];
        format_seconds(time, sizeof time, now() - j->bar.started);
        tell("%s: %zu of %zu cells in %s", j->out, done - failed, j->count, time);
    }
    for (size_t i = 0; i < done; i++) {
        nst_image_destroy(j->cells[i].image);
        free((char *)(uintptr_t)j->cells[i].words);
    }
    return code ? code : first;
}

/* ---- Before it runs ---- */

static int sort_operands(job *j)
{
    const words *names = &j->parsed.operands;
    const bool styled = j->setup.styles.count > 0;
    if (names->count < (styled ? 1 : 2) || (names->count > 2 && !styled))
        return complain(EXIT_USE,
                        "grid needs contents and styles: nst grid CONTENT ... --style STYLE ... -o SHEET.png");
    for (size_t i = 0; i < (styled ? names->count : 1); i++)
        words_add(&j->contents, names->word[i]);
    if (!styled) words_add(&j->setup.styles, names->word[1]);
    return EXIT_DONE;
}

static int check_output(job *j)
{
    if (!j->out || picture_is_stream(j->out))
        return complain(EXIT_USE, "grid needs a name for the sheet: -o SHEET.png");
    int code = picture_type(&j->type, j->out, j->given_type);
    if (!code) code = picture_check(j->out);
    if (!code) code = outputs_spare(&(words){&j->out, 1, NULL}, &j->contents, "expected another name");
    if (!code) code = outputs_spare(&(words){&j->out, 1, NULL}, &j->setup.styles, "expected another name");
    return code;
}

static axis *add_axis(job *j)
{
    j->axis = grow(j->axis, j->axes + 1, sizeof *j->axis);
    j->axis[j->axes] = (axis){0};
    return &j->axis[j->axes++];
}

static int add_path_axis(job *j)
{
    long long steps;
    const int code = parse_count(&steps, j->path, 2, "path");
    if (code) return code;
    if (j->setup.styles.count != 2 || steps > STEPS)
        return complain(EXIT_USE, "--path: expected two styles and at most %d steps, found %zu and %lld", STEPS,
                        j->setup.styles.count, steps);
    axis_path(add_axis(j), &j->setup.styles, steps);
    return EXIT_DONE;
}

/* Whatever there are several of. */
static int find_axes(job *j, const command_spec *command)
{
    int code = EXIT_DONE;
    if (j->contents.count > 1) axis_contents(add_axis(j), &j->contents);
    if (j->path)
        code = add_path_axis(j);
    else if (j->setup.styles.count > 1)
        axis_styles(add_axis(j), &j->setup.styles);
    if (!code && j->controls) code = axis_controls(add_axis(j), command);
    for (size_t i = 0; i < j->vary.count && !code; i++)
        code = axis_vary(add_axis(j), command, j->vary.word[i]);
    if (code) return code;
    if (j->axes == 1 || j->axes == 2) return EXIT_DONE;
    return complain(EXIT_USE,
                    "expected one or two of: several contents, several styles or --path, --controls, --vary; found %zu",
                    j->axes);
}

static int arrange(job *j)
{
    long long across = 0;
    if (j->axes == 1) {
        axis *second = add_axis(j);
        *second = j->axis[0];
        j->axis[0] = (axis){0};
        axis_nothing(&j->axis[0]);
    }
    const size_t columns = j->axis[1].count;
    j->count = j->axis[0].count * columns;
    j->across = columns > 5 && j->axis[0].count == 1 ? (size_t)ceil(sqrt((double)columns)) : columns;
    if (!j->across_text) return EXIT_DONE;
    const int code = parse_count(&across, j->across_text, 1, "columns");
    if (!code && (size_t)across < j->count) j->across = (size_t)across;
    return code;
}

/* What is wrong with any model; a layer that only some have fails in its cell. */
static int check_value(const choice *c, nst_transfer *transfer)
{
    nst_optimizer *optimizer;
    setting s = c->setting;
    const command_line one = {.settings = &s, .count = 1};
    if (!c->sets) return EXIT_DONE;
    if (nst_param_object(s.param) == NST_OBJECT_TRANSFER) {
        const nst_status status = nst_transfer_set_text(transfer, s.param, s.value);
        return exit_code(status) == EXIT_USE ? options_to_transfer(&one, transfer) : EXIT_DONE;
    }
    const int code = options_to_optimizer(&one, transfer, &optimizer);
    nst_optimizer_destroy(optimizer);
    return code;
}

/* The size that all cells have leaves room for them on the sheet. */
static int check_room(const job *j, const nst_transfer *transfer)
{
    int64_t side;
    const nst_status status = nst_transfer_get_int(transfer, NST_PARAM_SIZE, &side);
    if (status != NST_OK) return complain_of(status);
    if (side > 0 && (uint64_t)(side * side) <= PIXELS / j->count) return EXIT_DONE;
    return complain(EXIT_USE, "--size: expected a size of which %zu cells fit into %d pixels, found %lld", j->count,
                    PIXELS, (long long)side);
}

static int check_values(job *j, const cell *base)
{
    nst_transfer *transfer;
    int code = make_transfer(&transfer, j, base);
    if (!code) code = check_room(j, transfer);
    for (size_t i = 0; i < j->axes; i++)
        for (size_t k = 0; k < j->axis[i].count && !code; k++)
            code = check_value(&j->axis[i].choice[k], transfer);
    nst_transfer_destroy(transfer);
    return code;
}

static int check(job *j, const command_spec *command)
{
    int code = sort_operands(j);
    if (!code) code = check_output(j);
    if (!code) code = find_axes(j, command);
    if (!code) code = arrange(j);
    if (!code) code = make_engine(j);
    if (code) return code;
    cell base;
    code = cell_start(&base, j, 0);
    if (!code) code = check_values(j, &base);
    cell_end(&base);
    return code;
}

int command_grid(int count, char **arguments)
{
    job j = {0};
    const option options[] = {
        {"output", 'o', "FILE", "the sheet: .png, .jpg or another picture", NULL, &j.out, NULL},
        PICTURE_TYPE(j.given_type),
        {"vary", 0, "NAME=A,B,C",
         "a cell for each value of an option, of model, or of preset; with ; between values that have commas; may be "
         "given twice",
         NULL, NULL, &j.vary},
        {"path", 0, "N", "N cells on the path from the first style to the second", NULL, &j.path, NULL},
        {"controls", 0, NULL, "a cell for each of the artist's controls", &j.controls, NULL, NULL},
        {"columns", 0, "N", "cells in a row; by what they differ in", NULL, &j.across_text, NULL},
        SETUP_STYLE(j.setup),
        SETUP_MASKS(j.setup),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        PICTURE_READING(j.setup.reading),
        {"quiet", 'q', NULL, "say nothing but errors, and the command lines", &j.quiet, NULL, NULL},
        {0},
    };
    const command_spec command = {
        .usage = "nst grid CONTENT ... --style STYLE ... [--vary NAME=A,B,C] -o SHEET [OPTIONS]",
        .about = "Paints small pictures that differ in one or two things, and lays them out on one sheet\n"
                 "with captions, to choose by eye. Several contents are rows, several styles columns. The\n"
                 "command line of each cell is printed: with a larger --size it paints that cell large.",
        .options = options,
        .takes = TAKES_TRANSFER | TAKES_OPTIMIZER | TAKES_IMAGE,
        .without = (const nst_param[]){NST_PARAM_MAX_EVALUATIONS, (nst_param)0},
        .preset = &j.setup.preset,
    };
    setup_begin(&j.setup);
    int code = options_parse(&j.parsed, &command, count, arguments);
    j.setup.reading.quiet = j.quiet;
    if (code < 0) {
        code = check(&j, &command);
        if (!code) code = make_all(&j);
    }
    for (size_t i = 0; i < j.axes; i++)
        axis_free(&j.axis[i]);
    free(j.axis);
    free(j.cells);
    free(j.warned);
    nst_model_destroy(j.model);
    nst_engine_destroy(j.engine);
    words_free(&j.contents);
    words_free(&j.vary);
    setup_end(&j.setup);
    options_free(&j.parsed);
    return code;
}
