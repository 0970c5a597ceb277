/* nst style: what was measured of a painting, as a file. */
#include "commands.h"
#include "json_write.h"
#include "outputs.h"
#include "setup.h"
#include "subcommand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- save ---- */

typedef struct job {
    setup_choice setup;
    command_line parsed;
    const char *out, *content, *mask, *dtype, *license;
} job;

static int save_style(job *j)
{
    nst_dtype dtype = NST_DTYPE_F32;
    nst_transfer *transfer = NULL;
    nst_style *style = NULL;
    if (j->parsed.operands.count != 1)
        return complain(EXIT_USE, "style save takes one picture, found %zu", j->parsed.operands.count);
    if (!j->out) return complain(EXIT_USE, "style save needs a name for the result: -o OUT.nststyle");
    const words outputs = {&j->out, 1, NULL};
    int code = setup_dtype(&dtype, j->dtype);
    if (!code) code = output_check(j->out, false);
    if (!code) code = outputs_spare(&outputs, &j->parsed.operands, "expected another name");
    if (!code) code = setup_transfer(&transfer, &j->setup, &j->parsed);
    if (!code && j->content) code = setup_content(transfer, j->content, &j->setup.reading);
    if (!code) code = setup_painting(&style, j->parsed.operands.word[0], &j->setup.reading);
    if (!code && j->mask) code = setup_style_mask(style, j->mask, &j->setup.reading);
    if (!code) {
        const nst_status status = nst_transfer_save_style(transfer, style, j->out, dtype, j->license);
        if (status != NST_OK) code = complain_of(status);
    }
    nst_style_destroy(style);
    nst_transfer_destroy(transfer);
    return code;
}

static int save(int count, char **arguments)
{
    job j = {.dtype = "f16"};
    const option options[] = {
        {"output", 'o', "FILE", "the file to write: any name, such as painting.nststyle", NULL, &j.out, NULL},
        {"content", 'c', "FILE", "measure only at the sizes that this content needs [all proportions up to 2:1]", NULL,
         &j.content, NULL},
        {"style-where", 0, "FILE", "measure only the part where this picture is white; !FILE: where it is black", NULL,
         &j.mask, NULL},
        {"dtype", 0, "TYPE",
         "how numbers are written: f32 for the same bits as from the picture, f16 for half the size [f16]", NULL,
         &j.dtype, NULL},
        {"license", 0, "TEXT", "a line for the file: who made the painting, and what may be done with it", NULL,
         &j.license, NULL},
        PICTURE_READING(j.setup.reading),
        SETUP_MODEL(j.setup),
        SETUP_PRESET(j.setup),
        {0},
    };
    const command_spec command = {
        .usage = "nst style save PAINTING -o OUT.nststyle [OPTIONS]",
        .about =
            "Measures a painting, and writes what nst stylize needs of it, without the painting. The file serves the\n"
            "model, style layers, padding and pooling that are given here, and runs of these sizes.",
        .options = options,
        .takes = TAKES_TRANSFER,
        .without =
            (const nst_param[]){NST_PARAM_STEPS, NST_PARAM_EFFORT, NST_PARAM_INIT, NST_PARAM_OPTIMIZER, NST_PARAM_SEED,
                                NST_PARAM_FORM, NST_PARAM_CONTENT_WEIGHT, NST_PARAM_STYLE_WEIGHT, NST_PARAM_TV_WEIGHT,
                                NST_PARAM_RANGE_WEIGHT, NST_PARAM_STYLE_LOSS, NST_PARAM_COLOR, NST_PARAM_BLEND,
                                NST_PARAM_MATTING_WEIGHT, NST_PARAM_POISSON_RADIUS, (nst_param)0},
        .preset = &j.setup.preset,
    };
    int code = options_parse(&j.parsed, &command, count, arguments);
    if (code < 0) code = save_style(&j);
    options_free(&j.parsed);
    return code;
}

/* ---- show ---- */

static const struct line {
    nst_style_key key;
    const char *name, *json;
} lines[] = {
    {NST_STYLE_SOURCE, "file", "file"},
    {NST_STYLE_PICTURE, "painting", "painting"},
    {NST_STYLE_MASKED, "masked", "masked"},
    {NST_STYLE_MODEL, "model", "model"},
    {NST_STYLE_MODEL_HASH, "model hash", "model_hash"},
    {NST_STYLE_LAYERS, "layers", "layers"},
    {NST_STYLE_SIZES, "sizes", "sizes"},
    {NST_STYLE_PADDING, "padding", "padding"},
    {NST_STYLE_POOLING, "pooling", "pooling"},
    {NST_STYLE_DTYPE, "dtype", "dtype"},
    {NST_STYLE_VERSION, "written by", "version"},
    {NST_STYLE_LICENSE, "license", "license"},
};

static void print(const nst_style *style, bool as_json, double bytes)
{
    json out = {.file = stdout};
    if (as_json) json_open(&out, NULL, '{');
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *text = nst_style_text(style, lines[i].key);
        char *shown = plain_text(text);
        if (as_json) json_text(&out, lines[i].json, text);
        if (!as_json && *text)
            printf("%-11s %s%s\n", lines[i].name, lines[i].key == NST_STYLE_VERSION ? "libnst " : "", shown);
        free(shown);
    }
    if (as_json) json_number(&out, "bytes", bytes);
    if (as_json) json_close(&out, '}');
    if (as_json) putchar('\n');
    if (!as_json) printf("%-11s %.0f\n", "bytes", bytes);
}

static int show_style(const command_line *parsed, bool as_json)
{
    struct stat facts;
    nst_style *style;
    if (parsed->operands.count != 1)
        return complain(EXIT_USE, "style show takes one file, found %zu", parsed->operands.count);
    const nst_status status = nst_style_load(&style, parsed->operands.word[0]);
    if (status != NST_OK) return complain_of(status);
    print(style, as_json, stat(parsed->operands.word[0], &facts) == 0 ? (double)facts.st_size : 0);
    nst_style_destroy(style);
    return EXIT_DONE;
}

static int show(int count, char **arguments)
{
    bool as_json = false;
    command_line parsed;
    const option options[] = {{"json", 0, NULL, "print a JSON object", &as_json, NULL, NULL}, {0}};
    const command_spec command = {
        .usage = "nst style show FILE [OPTIONS]",
        .about = "Prints what a file of nst style save says: its painting, model, layers, sizes and license.",
        .options = options,
    };
    int code = options_parse(&parsed, &command, count, arguments);
    if (code < 0) code = show_style(&parsed, as_json);
    options_free(&parsed);
    return code;
}

int command_style(int count, char **arguments)
{
    static const subcommand table[] = {
        {"save", "what was measured of a painting, as a file to paint from", save},
        {"show", "what such a file says", show},
        {0},
    };
    return subcommand_run("style", table, count, arguments);
}
